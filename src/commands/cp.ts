import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import { decodeName } from '../model/name.js';
import { findContainer } from '../runtime/container/containers.js';
import type { Copied } from '../runtime/copy/copied.js';
import { copyIn, copyOut } from '../runtime/copy/copy.js';
import type { Loss } from '../runtime/copy/copy-entry.js';
import { formatBytes, plural } from '../report/bytes.js';
import { nameJson } from '../report/json.js';
import { StrataCommand } from './base.js';
import { containerPlace } from './container/place.js';
import type { Context } from './program/context.js';

/** One end of a copy as it is typed. */
interface End {
  /** Undefined for a path of this machine. */
  readonly container: string | undefined;
  readonly path: string;
}

const LOSSES: Readonly<Record<Loss, string>> = {
  socket: 'left out: a socket cannot be copied',
  device: 'left out: a device (--archive keeps those that may be made)',
  kernel: "left out: it is the kernel's own, made as it is read",
  xattr: 'without all its attributes (--archive keeps those that the other side can hold)',
  vanished: 'left out: it went away meanwhile',
  setuid: 'without its set-user-id or set-group-id bit (--archive keeps it)',
};

/** Lines about what was lost. */
const MOST_LINES = 10;

export default class Cp extends StrataCommand {
  static override readonly summary = 'Copy files between a container and this machine.';
  static override readonly description = `By the rules of docker cp: a directory is copied into one that is there, or becomes one that is not; SRC/. means what is
in it. A dash is a tar on standard input or output. Works whether the container runs or not, and whatever it does
meanwhile: nothing outside of its files is read or written. What is mounted on /proc, /sys and /dev comes with no directory
that holds them. New files belong to you, or to root of the container.`;
  static override readonly examples = [
    {
      description: 'A file out of a container',
      command:
        "<%= config.bin %> run --name giver -u 0 --entrypoint /bin/sh demo.tar -c 'echo 1 > /made' && <%= config.bin %> <%= command.id %> giver:/made made.txt",
    },
    {
      description: 'A directory into it, and as a tar out of it',
      command:
        'mkdir site && echo hello > site/index && <%= config.bin %> run --name taker --entrypoint /bin/true demo.tar && <%= config.bin %> <%= command.id %> site taker:/srv && <%= config.bin %> <%= command.id %> taker:/srv/. - | tar -t',
    },
  ];
  static override readonly usage =
    '<%= command.id %> [FLAGS] CONTAINER:SRC DEST|-\n<%= command.id %> [FLAGS] SRC|- CONTAINER:DEST';
  static override readonly args = {
    source: string({
      name: 'SRC',
      description: 'What to copy: CONTAINER:PATH, a path of this machine, or - for a tar on standard input.',
      required: true,
      ignoreStdin: true,
    }),
    destination: string({
      name: 'DEST',
      description: 'Where to: a path of this machine, CONTAINER:PATH, or - for a tar on standard output.',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    archive: boolean({
      char: 'a',
      default: false,
      summary: 'Keep owners, set-user-id bits, devices and all attributes.',
    }),
    'follow-link': boolean({ char: 'L', default: false, summary: 'Copy what a link at SRC leads to.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Cp);
    const { limits, signal } = context;
    const [source, destination] = [parseEnd(args.source), parseEnd(args.destination)];
    const options = { archive: flags.archive, follow: flags['follow-link'], limits, signal };
    if ((source.container === undefined) === (destination.container === undefined))
      fail(
        'E_USAGE',
        source.container === undefined
          ? 'copying: neither SRC nor DEST names a container'
          : 'copying from one container to another: copy to this machine first',
        { hint: 'write CONTAINER:PATH' },
      );
    const toTar = destination.container === undefined && args.destination === '-';
    if (toTar && (context.json || process.stdout.isTTY))
      fail('E_USAGE', `writing a tar to ${context.json ? 'the place of the JSON' : 'a terminal'}`, {
        hint: 'redirect it, or name a file instead of -',
      });
    const place = await containerPlace(context);
    const record = findContainer(place.store, source.container ?? destination.container ?? '');
    const copied =
      source.container === undefined
        ? await copyIn(
            place,
            record,
            args.source === '-' ? process.stdin : source.path,
            destination.path,
            options,
          )
        : await copyOut(
            place,
            record,
            source.path,
            toTar ? (bytes) => context.output.write(bytes) : destination.path,
            options,
          );
    tell(context, copied, args.destination);
    return {
      container: { id: record.id, name: record.name },
      entries: copied.entries,
      bytes: copied.bytes,
      lost: copied.lost.map(({ path, what }) => ({ ...nameJson(path), what })),
    };
  }
}

/** As docker tells them apart: a path of this machine that has a colon begins with `/` or `.`. */
function parseEnd(text: string): End {
  const colon = text.indexOf(':');
  const container = colon < 0 ? '' : text.slice(0, colon);
  if (container === '' || container.startsWith('.') || container.includes('/'))
    return { container: undefined, path: named(text) };
  const path = text.slice(colon + 1);
  return { container, path: named(path === '' ? '/' : path) };
}

function named(text: string): string {
  if (text === '' || text.includes('\0')) fail('E_USAGE', 'copying: a path is empty or has a NUL');
  return decodeName(Buffer.from(text));
}

function tell({ log }: Context, { entries, bytes, lost }: Copied, to: string): void {
  for (const { path, what } of lost.slice(0, MOST_LINES))
    log.warn(
      `${path === '' ? 'the source' : path} was copied ${LOSSES[what]}`.replace('copied left', 'left'),
    );
  if (lost.length > MOST_LINES) log.warn(`and so for ${String(lost.length - MOST_LINES)} more`);
  log.info(`copied ${plural(entries, 'file')}, ${formatBytes(bytes, false)}, to ${to}`);
}
