import { changedTree, type ChangedTree } from '../../layers/changes/changed-tree.js';
import type { Change } from '../../layers/changes/changes.js';
import { treeSizes } from '../../layers/union/sizes.js';
import { fileAt, fileOfTouch, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { childrenOf } from '../../layers/union/walk.js';
import { fail } from '../../model/error.js';
import { sortFiles, type Sort } from '../flags/sort.js';
import { typedFile, typedNode } from '../flags/typed-path.js';
import type { OpenedSnapshot } from '../image/open.js';

/** One node of the tree that is shown. */
export interface Node {
  readonly file: SnapshotFile;
  readonly depth: number;
  readonly bytes: number;
  readonly change: Change | undefined;
}

/** Which tree is drawn. */
export interface TreeChoice {
  readonly depth: number | undefined;
  readonly 'dirs-only': boolean;
  readonly sizes: boolean;
  readonly changes: boolean;
  readonly sort: Sort | undefined;
  readonly reverse: boolean;
}

export interface Count {
  directories: number;
  files: number;
  bytes: number;
}

/** The tree to be drawn; `count` grows as its nodes are asked for. */
export interface Forest {
  readonly root: Node;
  readonly children: (node: Node) => Iterable<Node>;
  readonly count: Count;
}

/** Returns the tree at the path that was typed. Throws E_NOT_FOUND. */
export function plant(opened: OpenedSnapshot, text: string, choice: TreeChoice, image: string): Forest {
  const { union, n } = opened;
  if (choice.changes && n === 0) fail('E_NOT_FOUND', 'drawing changes: no layer is in this snapshot');
  const changed = choice.changes ? changedTree(union, n) : undefined;
  const start = changed === undefined ? typedFile(union, n, text).node : changedStart(opened, text, image);
  const sizes = choice.sizes || choice.sort === 'size' ? treeSizes(union, n, start) : undefined;
  const count: Count = { directories: 0, files: 0, bytes: 0 };
  const nodeOf = (file: SnapshotFile, depth: number): Node => ({
    file,
    depth,
    bytes: file.kind === 'directory' ? (sizes?.bytes(file.node) ?? 0) : file.size,
    change: changed?.change(file.node),
  });
  const file = shownFile(union, n, start, changed);
  if (file === undefined)
    return fail('E_NOT_FOUND', `looking up ${text}: layer ${String(n)} did not change it`);
  const root = nodeOf(file, 0);
  count.bytes = root.bytes;
  if (file.kind !== 'directory') count.files = 1;
  return {
    root,
    count,
    children(parent) {
      if (choice.depth !== undefined && parent.depth >= choice.depth) return [];
      const files = filesBelow(union, n, parent.file, changed);
      const nodes: Node[] = [];
      for (const child of files) {
        if (choice['dirs-only'] && child.kind !== 'directory') continue;
        nodes.push(nodeOf(child, parent.depth + 1));
        count[child.kind === 'directory' ? 'directories' : 'files'] += 1;
      }
      return sortFiles(nodes, choice.sort ?? 'none', choice.reverse);
    },
  };
}

/** A path that the layer removed is not in the snapshot, but in the tree of changes. */
function changedStart({ union, n }: OpenedSnapshot, text: string, image: string): number {
  try {
    return typedFile(union, n, text).node;
  } catch {
    return typedNode(union, n, text, image);
  }
}

function* filesBelow(
  union: Union,
  n: number,
  parent: SnapshotFile,
  changed: ChangedTree | undefined,
): Generator<SnapshotFile> {
  if (changed === undefined) {
    yield* childrenOf(union, n, parent.node);
    return;
  }
  for (const node of changed.children(parent.node)) {
    const file = shownFile(union, n, node, changed);
    if (file !== undefined) yield file;
  }
}

/** The file at a node: for one that the layer removed, what it was before. */
function shownFile(
  union: Union,
  n: number,
  node: number,
  changed: ChangedTree | undefined,
): SnapshotFile | undefined {
  const file = fileAt(union, node, n);
  if (file !== undefined || changed === undefined) return file;
  const before = changed.change(node)?.before ?? -1;
  return before < 0 ? undefined : fileOfTouch(union, node, before);
}

/** Goes through the nodes, parents first. */
export function* preorder({ root, children }: Forest): Generator<Node> {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    stack.push(...[...children(node)].reverse());
  }
}
