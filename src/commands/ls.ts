import type { Config } from '@oclif/core/config';
import { boolean, option, string } from '@oclif/core/flags';
import { anomaliesJson } from '../report/anomalies.js';
import { entryJson } from '../report/entry.js';
import { escapeForTerminal } from '../report/escape.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { jsonList } from '../report/json.js';
import { entryRow, fileRow, listingLines, type ListingRow } from '../report/listing.js';
import { optionalPathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { archiveEntries, type Listed, snapshotFiles } from './file/listed.js';
import type { Context } from './program/context.js';
import { withDigitFlags } from './flags/digit.js';
import { bytesFlag, reverseFlag } from './flags/flags.js';
import { parseLayer } from './flags/layer-number.js';
import { openSnapshot } from './image/open.js';
import { SORTS } from './flags/sort.js';
import { mapped, stopping } from './program/iterate.js';

/** What fingers type behind `ls`: it is always long, shows all and has sizes to be read. */
const HABITS = {
  long: boolean({ char: 'l', hidden: true }),
  all: boolean({ char: 'a', hidden: true }),
  human: boolean({ char: 'h', hidden: true }),
};

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
    ...HABITS,
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

function listedJson(du: boolean): (item: Listed) => object {
  return ({ file, bytes, gone }) => {
    const json: Record<string, unknown> = fileJson(file);
    if (du && file.kind === 'directory' && gone === undefined) json.totalBytes = bytes;
    if (gone !== undefined) json.gone = { layer: gone.goneIn, replaced: gone.replaced };
    return json;
  };
}
