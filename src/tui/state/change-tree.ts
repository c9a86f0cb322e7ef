import { changeBytes, type ContainerChange } from '../../runtime/changes/container-change.js';
import { basename } from '../../model/path.js';

/** A path of the tree of changes: one that changed, or a directory above one. */
export interface ChangeNode {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  /** Index of the node above; -1 for none. */
  readonly parent: number;
  /** Index of the first node that is not below it. */
  readonly end: number;
  /** What happened to it; undefined for a directory above what changed. */
  readonly change: ContainerChange | undefined;
  /** Bytes of content at and below it: those that are there now, of what is gone those that were. */
  readonly bytes: number;
}

/** Returns the changes as a tree in the order in which it is read; a change stands before those below it. */
export function changeTree(changes: readonly ContainerChange[]): readonly ChangeNode[] {
  // With / before every other character, what lies below a directory follows it.
  const sorted = changes
    .map((change) => ({ change, key: change.path.replaceAll('/', '\0') }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const nodes: { -readonly [K in keyof ChangeNode]: ChangeNode[K] }[] = [];
  let open: number[] = [];
  const close = (depth: number): void => {
    for (let at = open.length - 1; at >= depth; at--) nodes[open[at]].end = nodes.length;
    open = open.slice(0, depth);
  };
  for (const { change } of sorted) {
    const parts = change.path === '/' ? ['/'] : change.path.slice(1).split('/');
    let shared = 0;
    while (shared < open.length && shared < parts.length && nodes[open[shared]].name === parts[shared])
      shared++;
    close(shared);
    for (let depth = shared; depth < parts.length; depth++) {
      const parent = open.at(-1) ?? -1;
      const path = parts[depth] === '/' ? '/' : `${parent < 0 ? '' : nodes[parent].path}/${parts[depth]}`;
      open.push(nodes.length);
      nodes.push({
        path,
        name: parts[depth],
        depth,
        parent,
        end: nodes.length + 1,
        change: undefined,
        bytes: 0,
      });
    }
    const bytes = changeBytes(change);
    for (const node of open) nodes[node].bytes += bytes;
    const own = open.at(-1);
    if (own !== undefined) nodes[own].change = change;
  }
  close(0);
  return nodes;
}

/** Returns which nodes are seen: those that no folded directory hides, or with a filter what fits it and what is above. */
export function visibleNodes(
  nodes: readonly ChangeNode[],
  folded: ReadonlySet<number>,
  filter: string,
): readonly number[] {
  if (filter !== '') return filteredNodes(nodes, filter);
  const seen: number[] = [];
  for (let node = 0; node < nodes.length; node = folded.has(node) ? nodes[node].end : node + 1)
    seen.push(node);
  return seen;
}

function filteredNodes(nodes: readonly ChangeNode[], filter: string): readonly number[] {
  const kept = new Set<number>();
  for (const [node, one] of nodes.entries()) {
    if (!fits(one, filter)) continue;
    for (let at = node; at >= 0 && !kept.has(at); at = nodes[at].parent) kept.add(at);
  }
  return [...kept].sort((a, b) => a - b);
}

/** Whether what changed has the words of a filter in its path, in any order; a capital makes their case count. */
export function fits({ path, change }: ChangeNode, filter: string): boolean {
  if (change === undefined) return false;
  const matters = /[A-Z]/.test(filter);
  const text = matters ? path : path.toLowerCase();
  return filter
    .split(' ')
    .filter((word) => word !== '')
    .every((word) => text.includes(matters ? word : word.toLowerCase()));
}

/** The name of a node, or its path where nothing of the tree is above it. */
export function nodeLabel({ path, depth }: ChangeNode): string {
  return depth === 0 ? path : basename(path);
}
