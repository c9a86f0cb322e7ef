import { createHash } from 'node:crypto';
import { encodeName } from '../../model/name.js';
import { nodePath } from '../index/path-table.js';
import { inodeOf, liveTouch, type Union } from '../union/union.js';
import { walkNodes } from '../union/walk.js';

/** Paths of one snapshot that are the same inode. */
export interface LinkGroup {
  /** In the order of paths, two or more. */
  readonly nodes: readonly number[];
  /** Two groups, also of different unions, have the same paths exactly when their keys are equal. */
  readonly key: string;
}

/** More rows than a layer can have: makes one number of layer and row. */
const ROWS = 2 ** 32;

/** Returns for each node of snapshot `n` that is one of several hard links to a file the group of them. Linear in nodes. */
export function linkGroups(union: Union, n: number): ReadonlyMap<number, LinkGroup> {
  const { links } = union;
  const several = new Set<number>();
  for (let i = 0; i < links.touch.length; i++) several.add(links.layer[i] * ROWS + links.row[i]);
  if (several.size === 0) return new Map();
  const nodesOf = new Map<number, number[]>();
  for (const node of walkNodes(union, n)) {
    const inode = inodeOf(union, liveTouch(union, node, n));
    if (inode === undefined) continue;
    const inodeKey = inode.layer * ROWS + inode.row;
    if (!several.has(inodeKey)) continue;
    const nodes = nodesOf.get(inodeKey);
    if (nodes === undefined) nodesOf.set(inodeKey, [node]);
    else nodes.push(node);
  }
  const groups = new Map<number, LinkGroup>();
  for (const nodes of nodesOf.values()) {
    if (nodes.length < 2) continue;
    const group = { nodes, key: keyOf(union, nodes) };
    for (const node of nodes) groups.set(node, group);
  }
  return groups;
}

function keyOf(union: Union, nodes: readonly number[]): string {
  const running = createHash('sha256');
  // No path holds a NUL, so that the lists cannot run into each other.
  for (const node of nodes) running.update(encodeName(nodePath(union.paths, node))).update('\0');
  return running.digest('base64');
}
