import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import type { ExtractItem } from '../layers/write/extract.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import type { Written } from '../layers/write/write-tree.js';
import { fail } from '../model/error.js';
import { basename } from '../model/path.js';
import { anomaliesJson } from '../report/anomalies.js';
import { humanBytes, plural } from '../report/bytes.js';
import { escapeForTerminal } from '../report/escape.js';
import { imageJson } from '../report/image.js';
import { nameJson } from '../report/json.js';
import { KIND_NAMES } from '../report/kind.js';
import { pathsArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { readable, readFiles } from './file/contents.js';
import type { Context } from './program/context.js';
import { despiteErrorsFlag, refuseErrors, refuseHoles } from './file/damage.js';
import { stopIfAborted } from './program/failure.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { typedFile } from './flags/typed-path.js';
import { isDirectory, outputPlace } from './file/output-place.js';
import { leftOut, notRestoredJson, writeItems } from './file/write-items.js';

const STDOUT = '-';

export default class Extract extends StrataCommand {
  static override readonly summary = 'Write files and trees of a snapshot to this machine.';
  static override readonly description = `Everything that is named is there whole afterwards, or nothing is: it is made in a private directory beside its
place and moved there. Nothing is overwritten, no link is followed on this machine, and nothing can come to be outside
the destination. The files belong to the caller and get the permissions that the umask allows, unless --preserve.
Times are exact to the microsecond (those of stat, --json and export to the nanosecond, where the layer has it).
Devices, named pipes and extended attributes cannot be made; what was left out is listed. To have them too:
strata export IMAGE | tar -xp --xattrs --xattrs-include='*' -C DIR`;
  static override readonly examples = [
    {
      description: 'One file into the current directory',
      command: '<%= config.bin %> <%= command.id %> demo.tar /etc/os-release',
    },
    {
      description: 'The tree of /app as it was after layer 5, under another name',
      command: '<%= config.bin %> <%= command.id %> demo.tar@5 /app -o app-before',
    },
    {
      description: 'The whole file system',
      command: '<%= config.bin %> <%= command.id %> demo.tar / -o rootfs',
    },
    {
      description: 'Several into a directory that exists',
      command: '<%= config.bin %> <%= command.id %> demo.tar /etc /app/config.json --into .',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: pathsArgument() };
  static override readonly flags = {
    output: string({
      char: 'o',
      helpValue: 'DEST',
      summary:
        'Path it gets; of a file also a directory to put it in. Default: its own name in the current directory. -: one file to standard output.',
      exclusive: ['into'],
    }),
    into: string({
      helpValue: 'DIR',
      summary: 'Directory that gets everything named, each by its own name.',
    }),
    preserve: boolean({
      char: 'p',
      summary: 'Owners, setuid, setgid and sticky bits as in the image, whatever the umask. Only root can.',
    }),
    follow: boolean({
      char: 'L',
      default: false,
      summary: 'Of a PATH that is a symbolic link, what it leads to inside the image. Default: the link.',
    }),
    'despite-errors': despiteErrorsFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Extract);
    const paths = words(args.path);
    checkFlags(flags, paths, context);
    // Before a large image is read for nothing; looked at again when it is written.
    if (flags.output !== undefined && flags.output !== STDOUT && !isDirectory(flags.output))
      (await import('../layers/write/staging.js')).refuseExisting(flags.output);
    const opened = await openSnapshot(context, args.image);
    try {
      refuseErrors(opened.anomalies, 'extracting from', args.image, flags['despite-errors']);
      this.settleBefore(opened.anomalies, args.image);
      const named = paths.map((typed) => ({
        typed,
        file: typedFile(opened.union, opened.n, typed, { followLast: flags.follow }),
      }));
      // What comes from above a layer that is not here is as it is in spite of it; of a directory nobody knows.
      const from = Math.min(
        ...named.map(({ file: { kind, inode } }) => (kind === 'directory' ? 0 : (inode?.layer ?? 0))),
      );
      refuseHoles(
        opened.image,
        { from, n: opened.n },
        `extracting from ${args.image}`,
        flags['despite-errors'],
      );
      if (flags.output === STDOUT) {
        await print(context, opened, named[0].file);
        return undefined;
      }
      for (const { file } of named) refuseSpecial(file, args.image);
      const { parent, items } = destinations(named, flags);
      const { image, union, n } = opened;
      const doing = `extracting from ${image.name}`;
      const { preserve } = flags;
      const written = await writeItems(context, { image, union, n, items, parent, preserve, doing });
      if (!context.json) await context.output.lines(summary(items, parent, written));
      const left = leftOut(written);
      // The owner that nobody can be is not made by tar either.
      const elsewhere = [...written.notRestored.keys()].some((what) => what !== 'owner');
      if (left !== undefined)
        context.log.warn(
          elsewhere
            ? `${left}; strata export ${args.image} | tar -xp --xattrs --xattrs-include='*' has them`
            : left,
        );
      return {
        image: imageJson(opened.image),
        snapshot: opened.n,
        extracted: items.map(({ file, name }) => ({
          ...nameJson(file.path),
          ...nameJson(path.join(parent, name), 'destination'),
          kind: file.kind,
        })),
        files: written.files,
        bytes: written.bytes,
        notRestored: notRestoredJson(written),
        anomalies: anomaliesJson(opened.anomalies),
      };
    } finally {
      await opened.close();
    }
  }
}

/** oclif says `string` of an argument that may be given several times. */
function words(argument: string | readonly string[]): readonly string[] {
  return typeof argument === 'string' ? [argument] : argument;
}

interface Destination {
  readonly output?: string | undefined;
  readonly into?: string | undefined;
}

function checkFlags(
  flags: Destination & { preserve: boolean },
  paths: readonly string[],
  context: Context,
): void {
  if (paths.length > 1 && flags.into === undefined)
    fail('E_USAGE', `extracting ${String(paths.length)} paths: they need a directory to go to`, {
      hint: 'name one that exists: --into DIR',
    });
  if (flags.output === '') fail('E_USAGE', 'reading the command line: --output names nothing');
  if (flags.output === STDOUT && context.json)
    fail('E_USAGE', 'reading the command line: --output - and --json both need standard output', {
      hint: 'strata cat --json gives the content of a file in JSON',
    });
  if (flags.output === STDOUT && context.terminal.stdout.isTTY)
    fail('E_BINARY_TO_TERMINAL', 'extracting to standard output: it is a terminal', {
      hint: 'redirect it, or use strata cat to look at a file',
    });
  if (flags.preserve && process.getuid?.() !== 0)
    fail('E_PRIVILEGE', 'extracting with --preserve: only root can give files to other users', {
      hint: 'leave --preserve out, then the files belong to you',
    });
}

/** The content of one file, as it is, to standard output. */
async function print(context: Context, opened: OpenedSnapshot, file: SnapshotFile): Promise<void> {
  await readFiles(context, opened, [readable(file, 'extracting')], async (_file, content) => {
    for await (const chunk of content) {
      stopIfAborted(context.signal);
      await context.output.write(chunk);
    }
  });
}

/** What no call of Node makes cannot be all that is asked for; inside a tree it is left out. */
function refuseSpecial({ kind, path: name }: SnapshotFile, image: string): void {
  if (kind === 'file' || kind === 'directory' || kind === 'symlink') return;
  fail('E_NOT_A_FILE', `extracting ${name}: it is a ${KIND_NAMES[kind]}`, {
    hint: `strata export ${image} ${name} | tar -xp makes it`,
  });
}

interface Named {
  readonly typed: string;
  readonly file: SnapshotFile;
}

/** Where everything goes: names in one directory. Throws E_USAGE. */
function destinations(
  named: readonly Named[],
  { output, into }: Destination,
): { readonly parent: string; readonly items: readonly ExtractItem[] } {
  if (output !== undefined) {
    const [{ file, typed }] = named;
    const { parent, name } = outputPlace(output, file, () => ownName(typed, file));
    return { parent, items: [{ file, name }] };
  }
  const items = named.map(({ typed, file }) => ({ file, name: ownName(typed, file) }));
  const seen = new Map<string, string>();
  for (const { file, name } of items) {
    const other = seen.get(name);
    if (other !== undefined)
      fail('E_USAGE', `extracting ${other} and ${file.path}: both are called ${name}`, {
        hint: 'extract one of them under another name with --output',
      });
    seen.set(name, file.path);
  }
  return { parent: into ?? '.', items };
}

/** The last name that was typed; the file's own where that was none (`.`, `/etc/..`). */
function ownName(typed: string, file: SnapshotFile): string {
  const last = typed.split('/').findLast((part) => part !== '');
  const name =
    last === undefined || last === '.' || last === '..' || last.includes('\\') ? basename(file.path) : last;
  if (name === '')
    fail('E_USAGE', `extracting ${typed}: the root of the image has no name of its own`, {
      hint: 'name a destination: --output DIR',
    });
  return name;
}

function summary(items: readonly ExtractItem[], parent: string, { files, bytes }: Written): string[] {
  const what = `${plural(files, 'file')}, ${humanBytes(bytes)}`;
  if (items.length !== 1) return [`extracted ${what} into ${escapeForTerminal(parent)}`];
  const [{ file, name }] = items;
  return [
    `extracted ${escapeForTerminal(file.path)} to ${escapeForTerminal(path.join(parent, name))}: ${what}`,
  ];
}
