import { boolean, integer, option } from '@oclif/core/flags';
import { changedTree, type ChangedTree } from '../layers/changed-tree.js';
import type { Change } from '../layers/changes.js';
import { type Facet, facetNames } from '../layers/facets.js';
import { treeSizes } from '../layers/sizes.js';
import { fileAt, fileOfTouch, type SnapshotFile } from '../layers/snapshot-file.js';
import type { Union } from '../layers/union.js';
import { childrenOf } from '../layers/walk.js';
import { fail } from '../model/error.js';
import { anomaliesJson } from '../report/anomalies.js';
import { formatBytes, plural } from '../report/bytes.js';
import type { Cell } from '../report/cell.js';
import type { Palette } from '../report/colour.js';
import { fileCell, fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { jsonList } from '../report/json.js';
import { treeLines, type TreeShape } from '../report/tree.js';
import { optionalPathArgument, snapshotArgument } from './args.js';
import { StrataCommand } from './base.js';
import { bytesFlag, reverseFlag } from './flags.js';
import { openSnapshot, type OpenedSnapshot } from './open.js';
import { sortFiles, SORTS, type Sort } from './sort.js';
import { stopping } from './iterate.js';
import { typedFile, typedNode } from './typed-path.js';

/** One node of the tree that is shown. */
interface Node {
  readonly file: SnapshotFile;
  readonly depth: number;
  readonly bytes: number;
  readonly change: Change | undefined;
}

export default class Tree extends StrataCommand {
  static override readonly summary = 'Draw the tree of a snapshot, or of what one layer changed.';
  static override readonly description = [
    '--changes draws only what layer N of IMAGE@N changed: + added, ~ modified (and in what), - removed.',
    'Ends with a line that counts what was drawn.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'Two levels of the root with the size of everything below, largest first',
      command: '<%= config.bin %> <%= command.id %> demo.tar -L 2 --sizes --sort size',
    },
    {
      description: 'What layer 3 changed',
      command: '<%= config.bin %> <%= command.id %> demo.tar@3 --changes',
    },
    {
      description: 'The directories of /app',
      command: '<%= config.bin %> <%= command.id %> demo.tar /app --dirs-only',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: optionalPathArgument() };
  static override readonly flags = {
    depth: integer({ char: 'L', min: 1, helpValue: 'LEVELS', summary: 'Draw at most that many levels.' }),
    'dirs-only': boolean({ summary: 'Draw directories only.' }),
    sizes: boolean({ aliases: ['du'], summary: 'Show sizes; a directory has that of everything below.' }),
    changes: boolean({ summary: 'Draw only what the top layer of the snapshot changed.' }),
    sort: option({ options: SORTS })({
      summary:
        'Order within a directory: name, size (largest first), mtime (newest first), layer (topmost first).',
    }),
    reverse: reverseFlag,
    bytes: bytesFlag,
  };

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Tree);
    const opened = await openSnapshot(context, args.image);
    try {
      const { output, terminal, signal } = context;
      const forest = plant(opened, args.path, flags, args.image);
      if (context.json) {
        const head = { image: imageJson(opened.image), snapshot: opened.n, path: forest.root.file.path };
        const nodes = stopping(preorder(forest), signal);
        await output.parts(
          jsonList(head, 'entries', nodesJson(nodes, flags), () => ({
            ...forest.count,
            anomalies: anomaliesJson(opened.anomalies),
          })),
        );
      } else {
        const { palette } = terminal.stdout;
        const shape: TreeShape<Node> = { label: labeller(flags, palette), children: forest.children };
        await output.lines(stopping(treeLines(forest.root, shape, terminal.glyphs), signal));
        await output.write(`\n${countLine(forest.count, flags)}\n`);
      }
      this.settleBriefly(opened.anomalies, args.image);
    } finally {
      await opened.close();
    }
  }
}

interface Flags {
  readonly depth: number | undefined;
  readonly 'dirs-only': boolean;
  readonly sizes: boolean;
  readonly changes: boolean;
  readonly sort: Sort | undefined;
  readonly reverse: boolean;
  readonly bytes: boolean;
}

interface Count {
  directories: number;
  files: number;
  bytes: number;
}

/** The tree to be drawn; `count` grows as its nodes are asked for. */
interface Forest {
  readonly root: Node;
  readonly children: (node: Node) => Iterable<Node>;
  readonly count: Count;
}

function plant(opened: OpenedSnapshot, text: string, flags: Flags, image: string): Forest {
  const { union, n } = opened;
  if (flags.changes && n === 0) fail('E_NOT_FOUND', 'drawing changes: the image has no layers');
  const changed = flags.changes ? changedTree(union, n) : undefined;
  const start = changed === undefined ? typedFile(union, n, text).node : changedStart(opened, text, image);
  const sizes = flags.sizes || flags.sort === 'size' ? treeSizes(union, n, start) : undefined;
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
  return {
    root,
    count,
    children(parent) {
      if (flags.depth !== undefined && parent.depth >= flags.depth) return [];
      const files = filesBelow(union, n, parent.file, changed);
      const nodes: Node[] = [];
      for (const child of files) {
        if (flags['dirs-only'] && child.kind !== 'directory') continue;
        nodes.push(nodeOf(child, parent.depth + 1));
        count[child.kind === 'directory' ? 'directories' : 'files'] += 1;
      }
      return sortFiles(nodes, flags.sort ?? 'none', flags.reverse);
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

const MARKS = { added: '+', modified: '~', removed: '-' } as const;

function labeller(flags: Flags, palette: Palette): (node: Node) => readonly Cell[] {
  const width = flags.bytes ? 12 : 7;
  const size = ({ file, bytes }: Node): Cell => {
    const sized = file.kind === 'file' || file.kind === 'directory';
    return {
      text: `[${(sized ? formatBytes(bytes, flags.bytes) : '-').padStart(width)}]`,
      style: palette.dim,
    };
  };
  return (node) => {
    const { file, depth, change } = node;
    const name = depth === 0 ? file.path : file.name;
    const cells: Cell[] = flags.sizes ? [size(node)] : [];
    if (!flags.changes) return [...cells, fileCell(file, name, palette)];
    if (change === undefined) return [...cells, { text: name, style: palette.dim }];
    const style = change.kind === 'modified' ? palette.changed : palette[change.kind];
    const facets = facetText(change);
    return [
      ...cells,
      { text: MARKS[change.kind], style },
      { text: file.kind === 'symlink' ? `${name} -> ${file.link}` : name, style },
      ...(facets === '' ? [] : [{ text: `(${facets})`, style: palette.dim }]),
    ];
  };
}

function facetText(change: Change): string {
  return facetNames(change.facets).join(', ');
}

function countLine({ directories, files, bytes }: Count, flags: Flags): string {
  const parts = [plural(directories, 'directory', 'directories')];
  if (!flags['dirs-only']) parts.push(plural(files, 'file'));
  if (flags.sizes) parts.push(formatBytes(bytes, flags.bytes));
  return parts.join(', ');
}

function* preorder({ root, children }: Forest): Generator<Node> {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    stack.push(...[...children(node)].reverse());
  }
}

function* nodesJson(nodes: Iterable<Node>, flags: Flags): Generator<object> {
  for (const { file, depth, bytes, change } of nodes) {
    const json: Record<string, unknown> = { ...fileJson(file), depth };
    if (flags.sizes && file.kind === 'directory') json.totalBytes = bytes;
    if (change !== undefined) json.change = { kind: change.kind, facets: facets(change) };
    yield json;
  }
}

function facets(change: Change): Facet[] {
  return facetNames(change.facets);
}
