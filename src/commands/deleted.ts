import type { Config } from '@oclif/core/config';
import { boolean, integer, option } from '@oclif/core/flags';
import { findHidden, type HiddenVersion } from '../layers/changes/hidden.js';
import { findLeaks } from '../layers/changes/leaks.js';
import { nodePath } from '../layers/index/path-table.js';
import { anomaliesJson } from '../report/anomalies.js';
import { type DeletedRow, type DeletedSum, deletedLines, deletedSummary } from '../report/deleted.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { jsonList, nameJson } from '../report/json.js';
import { optionalPathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { withDigitFlags } from './flags/digit.js';
import { FIND_FLAGS } from './flags/find.js';
import { parseQuery } from './flags/find-query.js';
import { bytesFlag, reverseFlag } from './flags/flags.js';
import { mapped, stopping } from './program/iterate.js';
import { instructionsJson, instructionsOf } from './file/layer-instructions.js';
import { writeNulEnded } from './file/nul-ended.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { sortFiles, SORTS } from './flags/sort.js';
import { typedNode } from './flags/typed-path.js';
import { inodeNumber } from './file/write-items.js';

/** A hidden version, to be sorted. */
interface Hidden extends DeletedRow {
  readonly bytes: number;
  readonly replaced: boolean;
}

export default class Deleted extends StrataCommand {
  static override readonly summary =
    'List what lower layers still hold though the snapshot hides it: who brought it, what hid it.';
  static override readonly description = [
    'Every version of every path, largest first; whoever has the image can read it (strata recover).',
    'AGAIN: where the same bytes are shown after all, or which later layer has them again.',
    'Conditions are those of strata find. With --exit-code a gate for secrets: 1 when anything is found.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'Everything',
      command: '<%= config.bin %> <%= command.id %> demo.tar',
    },
    {
      description: 'Keys and tokens below /root',
      command: `<%= config.bin %> <%= command.id %> demo.tar /root --name 'id_*' --name '*token*'`,
    },
    {
      description: 'Whether more than 1 MB was deleted for nothing',
      command: '<%= config.bin %> <%= command.id %> demo.tar --size +1MB --exit-code',
    },
    {
      description: 'For a script',
      command: '<%= config.bin %> <%= command.id %> demo.tar --kind file --json',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: optionalPathArgument() };
  static override readonly flags = {
    ...FIND_FLAGS,
    print0: boolean({
      summary: 'Only the paths, each ended by a NUL and not escaped, for xargs -0 (also -0).',
      exclusive: ['json'],
    }),
    most: integer({ min: 0, helpValue: 'COUNT', summary: 'Show at most that many.' }),
    sort: option({ options: SORTS })({
      default: 'size',
      summary:
        'Order: name, size (largest first), mtime (newest first), layer (topmost first), none (by path).',
    }),
    reverse: reverseFlag,
    bytes: bytesFlag,
    'exit-code': boolean({ summary: 'End with 1 when anything is found.' }),
  };

  constructor(argv: string[], config: Config) {
    super(withDigitFlags(argv, Deleted.flags, { '-0': '--print0' }), config);
  }

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Deleted);
    const opened = await openSnapshot(context, args.image);
    try {
      const { union, n, image, anomalies } = opened;
      const query = parseQuery(flags, image, Date.now());
      const start = typedNode(union, n, args.path, args.image);
      const found = stopping(findHidden(union, n, query, start), context.signal);
      const all = hiddenOf(opened, found);
      const sum = sumOf(all);
      const rows = sortFiles(all, flags.sort, flags.reverse).slice(0, flags.most);
      const instruction = instructionsOf(image);
      if (context.json)
        await context.output.parts(
          jsonList(
            { image: imageJson(image), snapshot: n, path: args.path, layers: instructionsJson(image, n) },
            'versions',
            mapped(stopping(rows, context.signal), rowJson),
            () => ({
              found: sum.versions,
              paths: sum.paths,
              bytes: sum.bytes,
              anomalies: anomaliesJson(anomalies),
            }),
          ),
        );
      else if (flags.print0)
        await writeNulEnded(
          context,
          mapped(rows, ({ file }) => file.path),
        );
      else {
        const { ellipsis, stdout } = context.terminal;
        const format = { ...stdout, exact: flags.bytes, ellipsis, instruction };
        if (rows.length > 0) await context.output.lines(stopping(deletedLines(rows, format), context.signal));
        await context.output.lines([deletedSummary(sum, rows.length, flags.bytes)]);
      }
      if (flags['exit-code'] && sum.versions > 0) this.endWith(1);
      this.settleBriefly(anomalies, args.image);
    } finally {
      await opened.close();
    }
  }

  protected override oneIsAnAnswer(): boolean {
    return true;
  }
}

function hiddenOf({ union, n }: OpenedSnapshot, found: Iterable<HiddenVersion>): Hidden[] {
  const leak = findLeaks(union, n);
  return [...found].map((version) => {
    const { file, addedIn, goneIn, how, replaced } = version;
    const place = leak(version);
    const again =
      place === undefined
        ? undefined
        : {
            // Only made when it is shown.
            get path() {
              return nodePath(union.paths, place.node);
            },
            layer: place.layer,
            shown: place.shown,
          };
    return { file, bytes: file.size, addedIn, goneIn, how, replaced, again };
  });
}

/** Content that has several names is there once. */
function sumOf(rows: readonly Hidden[]): DeletedSum {
  const nodes = new Set<number>();
  const inodes = new Set<number>();
  let bytes = 0;
  for (const { file } of rows) {
    nodes.add(file.node);
    const number = inodeNumber(file);
    if (!inodes.has(number)) bytes += file.size;
    inodes.add(number);
  }
  return { versions: rows.length, paths: nodes.size, bytes };
}

function rowJson({ file, addedIn, goneIn, how, replaced, again }: Hidden): object {
  return Object.assign(fileJson(file) as Record<string, unknown>, {
    added: addedIn,
    gone: { layer: goneIn, how, replaced },
    again: again === undefined ? null : { ...nameJson(again.path), layer: again.layer, shown: again.shown },
  });
}
