import { boolean, string } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import type { Exported } from '../layers/write/export.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import { anomaliesJson } from '../report/anomalies.js';
import { humanBytes, plural } from '../report/bytes.js';
import { escapeForTerminal } from '../report/escape.js';
import { imageJson } from '../report/image.js';
import { nameJson } from '../report/json.js';
import { optionalPathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { despiteErrorsFlag, refuseErrors, refuseHoles } from './file/damage.js';
import { stopIfAborted } from './program/failure.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { createFileOutput } from './file/file-output.js';
import { typedFile } from './flags/typed-path.js';
import { sourceDateEpoch } from './flags/source-date-epoch.js';

const STDOUT = '-';

export default class Export extends StrataCommand {
  static override readonly summary = 'Write a snapshot, or a tree of it, as one tar.';
  static override readonly description = `The tar holds everything the snapshot does: owners, modes, times to the nanosecond, hard links, devices and
extended attributes (as PAX records), but no whiteouts. The same input gives the same bytes; SOURCE_DATE_EPOCH
(seconds since 1970) lowers times that are later. Layers appear one below the other as a container would see them.`;
  static override readonly examples = [
    {
      description: 'The whole file system into a directory, as root',
      command:
        "<%= config.bin %> <%= command.id %> demo.tar | tar -xp --xattrs --xattrs-include='*' -C rootfs",
    },
    {
      description: 'The tree of /app as it was after layer 5',
      command: '<%= config.bin %> <%= command.id %> demo.tar@5 /app -o app.tar',
    },
    {
      description: 'Are two snapshots the same?',
      command: '<%= config.bin %> <%= command.id %> demo.tar | sha256sum',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: optionalPathArgument() };
  static override readonly flags = {
    output: string({
      char: 'o',
      helpValue: 'FILE',
      summary: 'File to write, whole or not at all. Default: -, standard output.',
      default: STDOUT,
    }),
    force: boolean({ char: 'f', summary: 'Replace FILE when it exists.' }),
    'despite-errors': despiteErrorsFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Export);
    const clampTime = sourceDateEpoch(context.env);
    if (flags.output === STDOUT && context.terminal.stdout.isTTY)
      fail('E_BINARY_TO_TERMINAL', 'exporting to standard output: it is a terminal', {
        hint: 'redirect it, or name a file: --output FILE',
      });
    if (flags.output === STDOUT && context.json)
      fail('E_USAGE', 'reading the command line: --json and the tar both need standard output', {
        hint: 'name a file for the tar: --output FILE',
      });
    const file = flags.output === STDOUT ? undefined : createFileOutput(flags.output, flags.force);
    try {
      const opened = await openSnapshot(context, args.image);
      try {
        refuseHoles(
          opened.image,
          { from: 0, n: opened.n },
          `exporting ${args.image}`,
          flags['despite-errors'],
        );
        refuseErrors(opened.anomalies, 'exporting', args.image, flags['despite-errors']);
        this.settleBefore(opened.anomalies, args.image);
        const write = (bytes: Uint8Array): Promise<void> => {
          stopIfAborted(context.signal);
          return file === undefined ? context.output.write(bytes) : file.write(bytes);
        };
        const start = typedFile(opened.union, opened.n, args.path, { followLast: false });
        const exported = await exportSnapshot(context, opened, start, clampTime, write);
        if (file === undefined) return undefined;
        file.publish();
        if (!context.json) await context.output.lines([summary(start, flags.output, exported)]);
        return {
          image: imageJson(opened.image),
          snapshot: opened.n,
          ...nameJson(start.path),
          ...nameJson(flags.output, 'output'),
          ...exported,
          anomalies: anomaliesJson(opened.anomalies),
        };
      } finally {
        await opened.close();
      }
    } finally {
      file?.discard();
    }
  }
}

async function exportSnapshot(
  context: Context,
  { image, union, n }: OpenedSnapshot,
  start: SnapshotFile,
  clampTime: number | undefined,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<Exported> {
  const { progress, limits, signal } = context;
  const { exportTar } = await import('../layers/write/export.js');
  try {
    return await exportTar(union, image.layers, n, start, {
      limits,
      signal,
      store: await context.store(),
      clampTime,
      write,
      onBegin: (total) => {
        progress.begin(total, `exporting ${image.name}`);
      },
      onBytes: (count) => {
        progress.advance(count);
      },
    });
  } finally {
    progress.end();
  }
}

function summary(start: SnapshotFile, output: string, { members, bytes }: Exported): string {
  const what = `${plural(members, 'member')}, ${humanBytes(bytes)}`;
  return `exported ${escapeForTerminal(start.path)} to ${escapeForTerminal(output)}: ${what}`;
}
