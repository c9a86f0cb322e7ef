import { hiddenVersions, type DeletedFile } from '../../layers/search/find.js';
import { entriesOf } from '../../layers/index/layer-index.js';
import { treeSizes, type TreeSizes } from '../../layers/union/sizes.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import type { Entry } from '../../model/entry.js';
import { isBelow, rootedPath } from '../../model/path.js';
import { type Sortable, sortFiles, type Sort } from '../flags/sort.js';
import { typedFile, typedNode } from '../flags/typed-path.js';
import { layerAt, type OpenedSnapshot } from '../image/open.js';
import { mapped } from '../program/iterate.js';

/** A file to be listed: of the snapshot, or a version that it hides. */
export interface Listed {
  readonly file: SnapshotFile;
  /** With everything below where that is asked for. */
  readonly bytes: number;
  readonly gone: DeletedFile | undefined;
}

/** Which files a listing has, and in which order. */
export interface ListingChoice {
  readonly recursive: boolean;
  readonly directory: boolean;
  readonly deleted: boolean;
  readonly du: boolean;
  readonly sort: Sort | undefined;
  readonly reverse: boolean;
}

/** Returns the members of one layer at and below a path. */
export function archiveEntries(
  opened: OpenedSnapshot,
  layer: number,
  path: string,
  choice: ListingChoice,
): Iterable<Entry> {
  const { index } = layerAt(opened.layers, layer);
  const top = rootedPath(path);
  const isAll = top === '/' && !choice.directory;
  const entries = function* (): Generator<Entry> {
    for (const entry of entriesOf(index))
      if (isAll || entry.path === top || (!choice.directory && isBelow(entry.path, top))) yield entry;
  };
  if (choice.sort === undefined && !choice.reverse) return { [Symbol.iterator]: entries };
  const rows = [
    ...mapped(entries(), (entry) => ({
      file: { path: entry.path, mtime: entry.mtime, layer },
      bytes: entry.size,
      entry,
    })),
  ];
  return sortFiles(rows, choice.sort ?? 'none', choice.reverse).map(({ entry }) => entry);
}

/** Returns the files of the snapshot that a path stands for, sorted, and the path that links led to. */
export function snapshotFiles(
  opened: OpenedSnapshot,
  text: string,
  choice: ListingChoice,
  image: string,
): { path: string; listed: Iterable<Listed>; nameOf: (file: SnapshotFile) => string } {
  const { union, n } = opened;
  const start = startNode(opened, text, choice, image);
  const sizes = choice.du ? treeSizes(union, n, start.node) : undefined;
  const single = choice.directory || !start.isDirectory;
  const listed = function* (): Generator<Listed> {
    const nodes = single ? [start.node] : nodesBelow(union, start.node, choice.recursive);
    for (const node of nodes) {
      const file = fileAt(union, node, n);
      if (choice.deleted)
        for (const gone of hiddenVersions(union, n, node))
          yield { file: gone.file, bytes: gone.file.size, gone };
      if (file !== undefined) yield { file, bytes: sizeOf(file, sizes), gone: undefined };
    }
  };
  const whole = choice.recursive || single;
  return {
    path: start.path,
    nameOf: (file) => (whole ? file.path : file.name),
    listed: inOrder(listed, choice),
  };
}

/** What can be gone through again and again; held whole only where an order is asked for. */
function inOrder<T extends Sortable>(
  items: () => Iterable<T>,
  { sort, reverse }: ListingChoice,
): Iterable<T> {
  if (sort !== undefined || reverse) return sortFiles([...items()], sort ?? 'none', reverse);
  return { [Symbol.iterator]: () => items()[Symbol.iterator]() };
}

function sizeOf(file: SnapshotFile, sizes: TreeSizes | undefined): number {
  return file.kind === 'directory' && sizes !== undefined ? sizes.bytes(file.node) : file.size;
}

/** Where the listing begins: links to a directory are followed, others are listed themselves. */
function startNode(
  { union, n }: OpenedSnapshot,
  text: string,
  choice: ListingChoice,
  image: string,
): { node: number; path: string; isDirectory: boolean } {
  let file: SnapshotFile;
  try {
    file = typedFile(union, n, text, { followLast: false });
  } catch (error) {
    if (!choice.deleted) throw error;
    const node = typedNode(union, n, text, image);
    const isDirectory = union.childStart[node] < union.childStart[node + 1];
    return { node, path: rootedPath(text), isDirectory };
  }
  if (file.kind === 'symlink' && !choice.directory) {
    const target = leadsTo(union, n, text);
    if (target?.kind === 'directory') file = target;
  }
  return { node: file.node, path: file.path, isDirectory: file.kind === 'directory' };
}

function leadsTo(union: Union, n: number, text: string): SnapshotFile | undefined {
  try {
    return typedFile(union, n, text);
  } catch {
    return undefined;
  }
}

/** The nodes below, children by name; with `deep` at any depth, parents first. */
function* nodesBelow(union: Union, start: number, deep: boolean): Generator<number> {
  const stack: number[] = [];
  const push = (node: number): void => {
    for (let i = union.childStart[node + 1] - 1; i >= union.childStart[node]; i--)
      stack.push(union.children[i]);
  };
  push(start);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    if (deep) push(node);
  }
}
