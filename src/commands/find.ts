import type { Config } from '@oclif/core/config';
import {
  countUndigested,
  type DeletedFile,
  find,
  findDeleted,
  type FindQuery,
} from '../layers/search/find.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import { anomaliesJson } from '../report/anomalies.js';
import { plural } from '../report/bytes.js';
import { escapeForTerminal } from '../report/escape.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { jsonList } from '../report/json.js';
import { fileRow, listingLines, type ListingRow } from '../report/listing.js';
import { optionalPathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { withDigitFlags } from './flags/digit.js';
import { FIND_FLAGS, FIND_OUTPUT_FLAGS } from './flags/find.js';
import { parseQuery } from './flags/find-query.js';
import { bytesFlag, reverseFlag } from './flags/flags.js';
import { writeNulEnded } from './file/nul-ended.js';
import { openSnapshot } from './image/open.js';
import { sortFiles, type Sort } from './flags/sort.js';
import { atMost, mapped, stopping } from './program/iterate.js';
import { typedFile, typedNode } from './flags/typed-path.js';

interface Found {
  readonly file: SnapshotFile;
  readonly bytes: number;
  readonly gone: DeletedFile | undefined;
}

export default class Find extends StrataCommand {
  static override readonly summary =
    'Find files of a snapshot by name, kind, size, mode, owner, time, layer, content.';
  static override readonly description = [
    'All conditions must hold; of a flag that is given several times one value must.',
    'Paths are escaped, so that one line is one file; --print0 gives their exact bytes.',
    'Ends with 0 also when nothing is found.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'The ten largest files',
      command: '<%= config.bin %> <%= command.id %> demo.tar --kind file --sort size --most 10 -l',
    },
    {
      description: 'Programs that give privileges',
      command: '<%= config.bin %> <%= command.id %> demo.tar --setuid -l',
    },
    {
      description: 'Private keys and tokens, also those a later layer removed',
      command: `<%= config.bin %> <%= command.id %> demo.tar --name 'id_*' --name 'token*' --deleted -l`,
    },
    {
      description: 'Files of /usr over 1 MB that layer 1 brought',
      command: '<%= config.bin %> <%= command.id %> demo.tar /usr --size +1MB --layer 1',
    },
    {
      description: 'Exact names for another program',
      command: `<%= config.bin %> <%= command.id %> demo.tar --path '/app/**/*.json' -0 | xargs -0 -n 1 echo`,
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: optionalPathArgument() };
  static override readonly flags = {
    ...FIND_FLAGS,
    ...FIND_OUTPUT_FLAGS,
    reverse: reverseFlag,
    bytes: bytesFlag,
  };

  constructor(argv: string[], config: Config) {
    super(withDigitFlags(argv, Find.flags, { '-0': '--print0' }), config);
  }

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Find);
    const opened = await openSnapshot(context, args.image);
    try {
      const { union, n, image } = opened;
      const query = parseQuery(flags, image, Date.now());
      const start = flags.deleted
        ? typedNode(union, n, args.path, args.image)
        : typedFile(union, n, args.path).node;
      const search = (wanted: FindQuery): Iterable<Found> =>
        flags.deleted ? gone(findDeleted(union, n, wanted, start)) : live(find(union, n, wanted, start));
      const all = search(query);
      // A digest was asked for that these may have.
      const undigested =
        query.content === undefined
          ? 0
          : countUndigested(
              mapped(stopping(search({ ...query, content: undefined }), context.signal), ({ file }) => file),
            );
      let found = 0;
      const items = counted(
        atMost(ordered(stopping(all, context.signal), flags.sort ?? 'none', flags.reverse), flags.most),
        () => (found += 1),
      );
      if (context.json)
        await context.output.parts(
          jsonList(
            { image: imageJson(image), snapshot: n, path: args.path, deleted: flags.deleted },
            'files',
            mapped(items, foundJson),
            () => ({ found, undigested, anomalies: anomaliesJson(opened.anomalies) }),
          ),
        );
      else await print(items, context, flags);
      if (undigested > 0 && !context.json)
        context.log.info(
          `${plural(undigested, 'file')} could not be looked at: sparse, with too many zeros for a SHA-256`,
        );
      if (flags['exit-code'] && found === 0) this.endWith(1);
      this.settleBriefly(opened.anomalies, args.image);
    } finally {
      await opened.close();
    }
  }
}

async function print(
  items: Iterable<Found>,
  context: Context,
  flags: {
    readonly print0: boolean;
    readonly long: boolean;
    readonly deleted: boolean;
    readonly bytes: boolean;
  },
): Promise<void> {
  const { output, terminal } = context;
  const { palette } = terminal.stdout;
  if (flags.print0)
    await writeNulEnded(
      context,
      mapped(items, ({ file }) => file.path),
    );
  else if (flags.long) {
    // A long listing is as wide as its widest row.
    const found = [...items];
    const row = ({ file, gone }: Found): ListingRow => fileRow(file, { name: file.path, gone, palette });
    const rows = { [Symbol.iterator]: () => mapped(found, row) };
    await output.lines(listingLines(rows, { palette, exact: flags.bytes, gone: flags.deleted }));
  } else await output.lines(mapped(items, ({ file }) => escapeForTerminal(file.path)));
}

function* live(files: Iterable<SnapshotFile>): Generator<Found> {
  for (const file of files) yield { file, bytes: file.size, gone: undefined };
}

function* gone(files: Iterable<DeletedFile>): Generator<Found> {
  for (const deleted of files) yield { file: deleted.file, bytes: deleted.file.size, gone: deleted };
}

/** Held whole only where an order is asked for. */
function ordered(items: Iterable<Found>, sort: Sort, reverse: boolean): Iterable<Found> {
  return sort === 'none' && !reverse ? items : sortFiles([...items], sort, reverse);
}

function* counted<T>(items: Iterable<T>, count: () => void): Generator<T> {
  for (const item of items) {
    count();
    yield item;
  }
}

function foundJson({ file, gone }: Found): object {
  const json: Record<string, unknown> = { ...fileJson(file) };
  if (gone !== undefined) json.gone = { layer: gone.goneIn, replaced: gone.replaced };
  return json;
}
