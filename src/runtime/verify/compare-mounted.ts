import { lstatSync, readdirSync } from 'node:fs';
import { createBreather } from '../../io/breathe.js';
import { type Anchor, createAnchor } from '../../layers/write/host-anchor.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import { childrenOf } from '../../layers/union/walk.js';
import type { Union } from '../../layers/union/union.js';
import { decodeName } from '../../model/name.js';
import { reasonToLeaveOut } from '../erofs/inodes.js';
import { differingFacets, type FacetDifference } from './compare-file.js';

/** One way in which what is mounted is not the union. */
export interface MountedDifference extends FacetDifference {
  readonly path: string;
}

export interface CompareOptions {
  /** Whether the bytes of files are read. */
  readonly content: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onDifference: (difference: MountedDifference) => void;
}

/**
 * Compares the tree mounted at the absolute path `root`, read-only and of our own making, with snapshot `n`, entry by
 * entry; returns how many were compared. What no file system can hold is expected to be as it is told to be. Throws
 * E_INTERRUPTED.
 */
export async function compareMounted(
  union: Union,
  n: number,
  root: string,
  options: CompareOptions,
): Promise<number> {
  const anchor = createAnchor(root);
  const breathe = createBreather(options.signal);
  /** The inode of the mounted file system, by that of the union. */
  const links = new Map<string, bigint>();
  let entries = 0;
  try {
    const todo: number[] = [0];
    for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
      const file = fileAt(union, node, n);
      if (file === undefined) continue;
      entries++;
      const differences = differingFacets(file, anchor.at(file.path), { content: options.content, links });
      for (const difference of differences) options.onDifference({ path: file.path, ...difference });
      await breathe(options.content ? file.size : 0);
      const isThere = file.kind === 'directory' && !differences.some(({ facet }) => facet === 'kind');
      if (isThere) todo.push(...compareNames(union, n, file, anchor, options));
    }
  } finally {
    anchor.close();
  }
  return entries;
}

/** Returns the nodes of a directory that both sides have. */
function compareNames(
  union: Union,
  n: number,
  directory: SnapshotFile,
  anchor: Anchor,
  { onDifference }: CompareOptions,
): number[] {
  const names = readdirSync(anchor.at(directory.path), { encoding: 'buffer' });
  const found = new Map(names.map((name) => [name.toString('latin1'), name]));
  const both: number[] = [];
  for (const child of childrenOf(union, n, directory.node)) {
    if (reasonToLeaveOut(union, child) !== undefined) continue;
    const key = Buffer.from(nameBytes(union, child.node)).toString('latin1');
    if (found.delete(key)) both.push(child.node);
    else onDifference({ path: child.path, facet: 'missing', expected: child.kind, found: 'nothing' });
  }
  const above = directory.path === '/' ? '' : directory.path;
  for (const name of found.values()) {
    const path = `${above}/${decodeName(name)}`;
    const kind = lstatSync(anchor.at(path)).isDirectory() ? 'directory' : 'entry';
    onDifference({ path, facet: 'extra', expected: 'nothing', found: kind });
  }
  return both.reverse();
}

function nameBytes({ paths: { names, nameEnd } }: Union, node: number): Uint8Array {
  return names.subarray(nameEnd[node - 1], nameEnd[node]);
}
