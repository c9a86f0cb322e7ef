import { boolean, integer, option } from '@oclif/core/flags';
import type { Change } from '../layers/changes/changes.js';
import { type Facet, facetNames } from '../layers/union/facets.js';
import { anomaliesJson } from '../report/anomalies.js';
import { formatBytes, plural } from '../report/bytes.js';
import type { Cell } from '../report/cell.js';
import type { Palette } from '../report/colour.js';
import { fileCell, fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { jsonList } from '../report/json.js';
import { treeLines, type TreeShape } from '../report/tree.js';
import { optionalPathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { type Count, type Node, plant, preorder, type TreeChoice } from './file/forest.js';
import { bytesFlag, reverseFlag } from './flags/flags.js';
import { openSnapshot } from './image/open.js';
import { SORTS } from './flags/sort.js';
import { stopping } from './program/iterate.js';

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

interface Flags extends TreeChoice {
  readonly bytes: boolean;
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
