import type { Config } from '@oclif/core/config';
import { boolean, option, string } from '@oclif/core/flags';
import { hiddenVersions, type DeletedFile } from '../layers/find.js';
import { entriesOf } from '../layers/layer-index.js';
import { treeSizes, type TreeSizes } from '../layers/sizes.js';
import { fileAt, type SnapshotFile } from '../layers/snapshot-file.js';
import type { Union } from '../layers/union.js';
import type { Entry } from '../model/entry.js';
import { isBelow, rootedPath } from '../model/path.js';
import { anomaliesJson } from '../report/anomalies.js';
import { entryJson } from '../report/entry.js';
import { escapeForTerminal } from '../report/escape.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { jsonList } from '../report/json.js';
import { entryRow, fileRow, listingLines, type ListingRow } from '../report/listing.js';
import { optionalPathArgument, snapshotArgument } from './args.js';
import { StrataCommand } from './base.js';
import type { Context } from './context.js';
import { withDigitFlags } from './digit-flags.js';
import { bytesFlag, reverseFlag } from './flags.js';
import { parseLayer } from './layer-number.js';
import { layerAt, openSnapshot, type OpenedSnapshot } from './open.js';
import { type Sortable, sortFiles, SORTS, type Sort } from './sort.js';
import { mapped, stopping } from './iterate.js';
import { typedFile, typedNode } from './typed-path.js';

/** A file to be listed: of the snapshot, or a version that it hides. */
interface Listed {
  readonly file: SnapshotFile;
  /** With everything below where that is asked for. */
  readonly bytes: number;
  readonly gone: DeletedFile | undefined;
}

export default class Ls extends StrataCommand {
  static override readonly summary = 'List files of a snapshot, of one layer, or those that are gone.';
  static override readonly description = [
    'Names are escaped, so that one line is one file; LAYER is the layer that last touched the path.',
    'A path that is a symbolic link to a directory lists that directory, inside the image only.',
    '--layer N lists what the archive of layer N holds, in its order: with whiteouts, opaque markers and duplicates.',
  ].join('\n');
  static override readonly examples = [
    { description: 'The root directory', command: '<%= config.bin %> <%= command.id %> demo.tar' },
    {
      description: 'Everything in /app, largest first, with the size of whole directories',
      command: '<%= config.bin %> <%= command.id %> demo.tar /app -R --du --sort size',
    },
    {
      description: 'What /app was after layer 5',
      command: '<%= config.bin %> <%= command.id %> demo.tar@5 /app',
    },
    {
      description: 'What layer 3 holds, whiteouts too',
      command: '<%= config.bin %> <%= command.id %> demo.tar --layer 3',
    },
    {
      description: 'Files below /root that a later layer removed or replaced',
      command: '<%= config.bin %> <%= command.id %> demo.tar /root -R --deleted',
    },
    {
      description: 'Names only, for a script',
      command: '<%= config.bin %> <%= command.id %> demo.tar /etc -1',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: optionalPathArgument() };
  static override readonly flags = {
    names: boolean({ summary: 'Names only, one on a line (also -1).' }),
    recursive: boolean({ char: 'R', summary: 'Everything below, with whole paths.' }),
    directory: boolean({ char: 'd', summary: 'The directory itself, not what is in it.' }),
    layer: string({ helpValue: 'N', summary: 'Only what the archive of layer N holds.' }),
    deleted: boolean({
      summary: 'Also versions that the snapshot hides; GONE tells which layer removed or replaced them.',
      exclusive: ['layer'],
    }),
    du: boolean({
      summary: 'Directories with the size of everything below; a file with several names counts once.',
      exclusive: ['layer'],
    }),
    sort: option({ options: SORTS })({
      summary:
        'Order: name, size (largest first), mtime (newest first), layer (topmost first), none (as stored).',
    }),
    reverse: reverseFlag,
    bytes: bytesFlag,
  };

  constructor(argv: string[], config: Config) {
    super(withDigitFlags(argv, Ls.flags, { '-1': '--names' }), config);
  }

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Ls);
    const opened = await openSnapshot(context, args.image);
    try {
      const { palette } = context.terminal.stdout;
      const head = { image: imageJson(opened.image), snapshot: opened.n };
      const tail = () => ({ anomalies: anomaliesJson(opened.anomalies) });
      if (flags.layer !== undefined) {
        const layer = parseLayer(flags.layer, opened.image);
        const entries = archiveEntries(opened, layer, args.path, flags);
        await write(context, { ...head, layer }, entries, entryJson, tail, {
          ...flags,
          name: (entry) => entry.path,
          row: (entry) => entryRow(entry, layer, palette),
        });
      } else {
        const { path, listed, nameOf } = snapshotFiles(opened, args.path, flags, args.image);
        await write(context, { ...head, path }, listed, listedJson(flags.du), tail, {
          ...flags,
          name: ({ file }) => nameOf(file),
          row: ({ file, bytes, gone }) =>
            fileRow(file, { name: nameOf(file), totalBytes: flags.du ? bytes : undefined, gone, palette }),
        });
      }
      this.settleBriefly(opened.anomalies, args.image);
    } finally {
      await opened.close();
    }
  }
}

interface Flags {
  readonly recursive: boolean;
  readonly directory: boolean;
  readonly deleted: boolean;
  readonly du: boolean;
  readonly sort: Sort | undefined;
  readonly reverse: boolean;
}

interface Writing<T> {
  readonly names: boolean;
  readonly bytes: boolean;
  readonly deleted: boolean;
  readonly name: (item: T) => string;
  readonly row: (item: T) => ListingRow;
}

async function write<T>(
  context: Context,
  head: object,
  items: Iterable<T>,
  json: (item: T) => object,
  tail: () => object,
  how: Writing<T>,
): Promise<void> {
  const { output, signal, terminal } = context;
  const each = stopping(items, signal);
  if (context.json) return output.parts(jsonList(head, 'entries', mapped(each, json), tail));
  if (how.names) return output.lines(mapped(each, (item) => escapeForTerminal(how.name(item))));
  const rows = { [Symbol.iterator]: () => mapped(stopping(items, signal), how.row) };
  return output.lines(
    listingLines(rows, { palette: terminal.stdout.palette, exact: how.bytes, gone: how.deleted }),
  );
}

/** The members of one layer at and below a path. */
function archiveEntries(opened: OpenedSnapshot, layer: number, path: string, flags: Flags): Iterable<Entry> {
  const { index } = layerAt(opened.layers, layer);
  const top = rootedPath(path);
  const isAll = top === '/' && !flags.directory;
  const entries = function* (): Generator<Entry> {
    for (const entry of entriesOf(index))
      if (isAll || entry.path === top || (!flags.directory && isBelow(entry.path, top))) yield entry;
  };
  if (flags.sort === undefined && !flags.reverse) return { [Symbol.iterator]: entries };
  const rows = [
    ...mapped(entries(), (entry) => ({
      file: { path: entry.path, mtime: entry.mtime, layer },
      bytes: entry.size,
      entry,
    })),
  ];
  return sortFiles(rows, flags.sort ?? 'none', flags.reverse).map(({ entry }) => entry);
}

/** The files of the snapshot a path stands for, sorted, and the path that links led to. */
function snapshotFiles(
  opened: OpenedSnapshot,
  text: string,
  flags: Flags,
  image: string,
): { path: string; listed: Iterable<Listed>; nameOf: (file: SnapshotFile) => string } {
  const { union, n } = opened;
  const start = startNode(opened, text, flags, image);
  const sizes = flags.du ? treeSizes(union, n, start.node) : undefined;
  const single = flags.directory || !start.isDirectory;
  const listed = function* (): Generator<Listed> {
    const nodes = single ? [start.node] : nodesBelow(union, start.node, flags.recursive);
    for (const node of nodes) {
      const file = fileAt(union, node, n);
      if (flags.deleted)
        for (const gone of hiddenVersions(union, n, node))
          yield { file: gone.file, bytes: gone.file.size, gone };
      if (file !== undefined) yield { file, bytes: sizeOf(file, sizes), gone: undefined };
    }
  };
  const whole = flags.recursive || single;
  return {
    path: start.path,
    nameOf: (file) => (whole ? file.path : file.name),
    listed: inOrder(listed, flags),
  };
}

/** What can be gone through again and again; held whole only where an order is asked for. */
function inOrder<T extends Sortable>(items: () => Iterable<T>, { sort, reverse }: Flags): Iterable<T> {
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
  flags: Flags,
  image: string,
): { node: number; path: string; isDirectory: boolean } {
  let file: SnapshotFile;
  try {
    file = typedFile(union, n, text, { followLast: false });
  } catch (error) {
    if (!flags.deleted) throw error;
    const node = typedNode(union, n, text, image);
    const isDirectory = union.childStart[node] < union.childStart[node + 1];
    return { node, path: rootedPath(text), isDirectory };
  }
  if (file.kind === 'symlink' && !flags.directory) {
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

function listedJson(du: boolean): (item: Listed) => object {
  return ({ file, bytes, gone }) => {
    const json: Record<string, unknown> = fileJson(file);
    if (du && file.kind === 'directory' && gone === undefined) json.totalBytes = bytes;
    if (gone !== undefined) json.gone = { layer: gone.goneIn, replaced: gone.replaced };
    return json;
  };
}
