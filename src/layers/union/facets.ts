import { KIND } from '../../model/entry.js';
import { at, type LayerIndex, linkAt } from '../index/layer-index.js';

/** In what two files may differ, as bits. */
export const FACET = {
  content: 1,
  kind: 2,
  mode: 4,
  owner: 8,
  mtime: 16,
  link: 32,
  xattrs: 64,
  device: 128,
  /** Which other paths are hard links to the same file; only diff.ts compares it. */
  links: 256,
} as const;

export type Facet = keyof typeof FACET;

/** Facets that make it another thing, not the same thing with other metadata. */
export const REPLACING = FACET.content | FACET.kind | FACET.link | FACET.device;

/** Names of the facets in a mask, in a fixed order. */
export function facetNames(mask: number): Facet[] {
  return (Object.keys(FACET) as Facet[]).filter((facet) => (mask & FACET[facet]) !== 0);
}

/**
 * Returns the mask of what differs between two rows that are no hard links. Contents are compared by digest, of sparse
 * files too large for one by that of their data. A sparse file without a digest counts as another content than a whole
 * one of its size: they are compared where they can be read (commands/diff/settled.ts).
 */
export function compareRows(a: LayerIndex, rowA: number, b: LayerIndex, rowB: number): number {
  const before = a.columns;
  const after = b.columns;
  const kind = after.kind[rowB];
  let mask = 0;
  if (before.uid[rowA] !== after.uid[rowB] || before.gid[rowA] !== after.gid[rowB]) mask |= FACET.owner;
  if (
    before.mtimeSeconds[rowA] !== after.mtimeSeconds[rowB] ||
    at(before.mtimeNanoseconds, rowA) !== at(after.mtimeNanoseconds, rowB)
  )
    mask |= FACET.mtime;
  if (!sameXattrs(a, rowA, b, rowB)) mask |= FACET.xattrs;
  if (modeOf(a, rowA) !== modeOf(b, rowB)) mask |= FACET.mode;
  if (before.kind[rowA] !== kind) return mask | FACET.kind;
  if (kind === KIND.file && !sameContent(a, rowA, b, rowB)) mask |= FACET.content;
  if (kind === KIND.symlink && linkAt(a, rowA) !== linkAt(b, rowB)) mask |= FACET.link;
  if (
    (kind === KIND.character || kind === KIND.block) &&
    (at(before.deviceMajor, rowA) !== at(after.deviceMajor, rowB) ||
      at(before.deviceMinor, rowA) !== at(after.deviceMinor, rowB))
  )
    mask |= FACET.device;
  return mask;
}

/** A symbolic link's mode is always 0777 on Linux (symlink(7)). */
function modeOf(index: LayerIndex, row: number): number {
  const { kind, mode } = index.columns;
  return kind[row] === KIND.symlink ? 0o777 : mode[row];
}

function sameContent(a: LayerIndex, rowA: number, b: LayerIndex, rowB: number): boolean {
  const size = a.columns.size[rowA];
  if (size !== b.columns.size[rowB]) return false;
  if (size === 0) return true;
  const digestA = a.columns.content[rowA];
  const digestB = b.columns.content[rowB];
  if (digestA === 0 || digestB === 0) {
    const data = a.sparse.get(rowA)?.dataDigest;
    return data !== undefined && data === b.sparse.get(rowB)?.dataDigest;
  }
  for (let i = 0; i < 32; i++)
    if (a.digests[(digestA - 1) * 32 + i] !== b.digests[(digestB - 1) * 32 + i]) return false;
  return true;
}

function sameXattrs(a: LayerIndex, rowA: number, b: LayerIndex, rowB: number): boolean {
  const setA = at(a.columns.xattrs, rowA);
  const setB = at(b.columns.xattrs, rowB);
  if (setA === 0 || setB === 0) return setA === setB;
  const mapA = a.xattrSets[setA - 1];
  const mapB = b.xattrSets[setB - 1];
  if (mapA.size !== mapB.size) return false;
  for (const [name, value] of mapA) {
    const other = mapB.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}
