import { boolean, string } from '@oclif/core/flags';
import { listContainers } from '../runtime/container/containers.js';
import { pinnedBlobs } from '../runtime/container/pinned-blobs.js';
import { type PrunedContainers, pruneContainers } from '../runtime/container/prune.js';
import { prune, type PruneReport } from '../store/prune.js';
import type { Tally } from '../store/removal.js';
import { formatBytes, formatCount, plural } from '../report/bytes.js';
import type { Cell } from '../report/cell.js';
import { LEAST_TEXT } from '../report/fit-columns.js';
import { formatTable } from '../report/table.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import type { Context } from './program/context.js';
import { bytesFlag } from './flags/flags.js';
import { parseCount, parseDuration } from './flags/quantity.js';

export default class Prune extends StrataCommand {
  static override readonly summary = 'Remove from the local store what can be done without.';
  static override readonly description = `Removes indexes and plain or unpacked layers that were not used for 30 days (they are made again when needed), those of
other versions of strata, what killed processes left, old states of index.json, and blobs that no image needs any more and that are
older than a day: an image that another strata is copying into the store has no name yet. What an image of the store or a container needs is never removed. Containers that have ended are
removed with --containers only, and with them what they wrote.`;
  static override readonly examples = [
    { description: 'What would go?', command: '<%= config.bin %> <%= command.id %> --dry-run' },
    {
      description: 'Keep the most recently used indexes, up to 5 GB',
      command: '<%= config.bin %> <%= command.id %> --max-bytes 5GB',
    },
    {
      description: 'Containers that have ended too',
      command: '<%= config.bin %> <%= command.id %> --containers',
    },
    {
      description: 'All that no image or container needs, also what a copy that failed has just left',
      command: '<%= config.bin %> <%= command.id %> --all --blobs-older-than 0s',
    },
    { description: 'Forget all indexes', command: '<%= config.bin %> <%= command.id %> --all' },
  ];
  static override readonly flags = {
    all: boolean({
      char: 'a',
      summary: 'Remove all indexes, plain and unpacked layers and other derived data.',
    }),
    containers: boolean({ summary: 'Remove containers that do not run, with all that they wrote.' }),
    'older-than': string({
      helpValue: 'TIME',
      summary: 'Remove derived data not used for so long: 90m, 12h, 30d, 2w. Default: 30d.',
    }),
    'blobs-older-than': string({
      helpValue: 'TIME',
      summary:
        'Remove blobs that no image needs from that age on; 0s: all but what a strata is storing just now. Default: 1d.',
    }),
    'max-bytes': string({
      helpValue: 'SIZE',
      summary: 'Remove the least recently used derived data until so much is left: 500MB, 5GiB.',
    }),
    'dry-run': boolean({ char: 'n', summary: 'Remove nothing; say what would be.' }),
    bytes: bytesFlag,
  };

  async run(): Promise<unknown> {
    const { flags, context } = await this.begin(Prune);
    const olderThan = flags['older-than'];
    const grace = flags['blobs-older-than'];
    const maxBytes = flags['max-bytes'];
    const dryRun = flags['dry-run'];
    const place = await containerPlace(context);
    // First: the layers of a container that is gone are nobody's.
    const containers = await pruneContainers(place, { stopped: flags.containers, dryRun });
    const rest = await prune(place.store, {
      all: flags.all,
      ...(olderThan === undefined ? {} : { olderThan: parseDuration(olderThan, '--older-than') }),
      ...(grace === undefined ? {} : { grace: parseDuration(grace, '--blobs-older-than') }),
      ...(maxBytes === undefined ? {} : { maxBytes: parseCount(maxBytes, '--max-bytes') }),
      needed: await pinnedBlobs(place, listContainers(place.store)),
      dryRun,
    });
    const bytes = Object.values<Tally>({ ...containers }).reduce(
      (sum, tally) => sum + tally.bytes,
      rest.bytes,
    );
    const report: Report = { ...rest, ...containers, bytes };
    if (!context.json) await context.output.lines(lines(report, flags.bytes, context));
    if (!context.json && report.youngBlobs.files > 0)
      context.log.info(
        `${plural(report.youngBlobs.files, 'blob')} of ${formatBytes(report.youngBlobs.bytes, flags.bytes)} that no image needs stay: they are too young, or an image is being stored (--blobs-older-than 0s removes them afterwards)`,
      );
    if (report.blobsKept !== undefined) context.log.warn(`no blobs were removed: ${report.blobsKept}`);
    return { store: context.storePaths.root, ...report, blobsKept: report.blobsKept ?? null };
  }
}

type Report = PruneReport & PrunedContainers;

function lines(report: Report, exact: boolean, { terminal }: Context): string[] {
  const { palette } = terminal.stdout;
  const row = (what: string, { files, bytes }: Tally): Cell[] => [
    what,
    { text: formatCount(files), style: files === 0 ? palette.dim : palette.plain },
    { text: formatBytes(bytes, exact), style: files === 0 ? palette.dim : palette.plain },
  ];
  const what = report.dryRun ? 'WOULD REMOVE' : 'REMOVED';
  const table = formatTable(
    [{ header: what }, { header: 'COUNT', align: 'right' }, { header: 'SIZE', align: 'right' }],
    [
      row('blobs no image needs', report.blobs),
      row('containers that ended', report.stopped),
      row('unfinished containers', report.unfinished),
      row('leftovers in the run folder', report.run),
      row('plain layers', report.plain),
      row('unpacked layers', report.unpacked),
      row('indexes and other derived data', report.derived),
      row('derived data of other versions', report.oldVersions),
      row('leftovers of killed processes', report.leftovers),
      row('old states of index.json', report.states),
    ],
    {
      header: palette.heading,
      terminalWidth: terminal.stdout.width,
      giveWay: [[what, LEAST_TEXT]],
      ellipsis: terminal.ellipsis,
    },
  );
  return [...table, `${report.dryRun ? 'would free' : 'freed'} ${formatBytes(report.bytes, exact)}`];
}
