import { string } from '@oclif/core/flags';
import { type Accounts, parseAccounts } from '../layers/search/accounts.js';
import { blame } from '../layers/changes/blame.js';
import { linkedNodes } from '../layers/search/find.js';
import { historyOf, type Step } from '../layers/history/history.js';
import { entryAt } from '../layers/index/layer-index.js';
import { guessType, MAGIC_BYTES } from '../layers/read/magic.js';
import { nodePath } from '../layers/index/path-table.js';
import { resolvePath } from '../layers/union/resolve.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import { StrataError } from '../model/error.js';
import { anomaliesJson } from '../report/anomalies.js';
import { imageJson } from '../report/image.js';
import { instructionLine } from '../report/instruction.js';
import { factJson, factLines, type FileFacts } from '../report/stat.js';
import { pathsArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { readable, readHead } from './file/contents.js';
import type { Context } from './program/context.js';
import { parseLayer } from './flags/layer-number.js';
import { layerAt, openSnapshot, type OpenedSnapshot } from './image/open.js';
import { heldVersion } from './file/held-version.js';
import { typedFile } from './flags/typed-path.js';

/** Bytes of /etc/passwd and /etc/group that are looked at for names. */
const ACCOUNT_BYTES = 1024 * 1024;

export default class Stat extends StrataCommand {
  static override readonly summary =
    'Show everything about a path: metadata, content, layer, place in the tar.';
  static override readonly description = [
    'A symbolic link at the end of a path is shown itself, and where it leads. Offsets are bytes of the plain tar of the layer.',
    '--layer N shows the version that layer N holds, also of a file that a later layer replaced or removed.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'A file with capabilities',
      command: '<%= config.bin %> <%= command.id %> demo.tar /usr/bin/ping',
    },
    {
      description: 'A file that is gone',
      command: '<%= config.bin %> <%= command.id %> demo.tar /usr/bin/curl --layer 2',
    },
    {
      description: 'Two paths for a script',
      command: '<%= config.bin %> <%= command.id %> demo.tar /bin/sh /app/current --json',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: pathsArgument() };
  static override readonly flags = {
    layer: string({ helpValue: 'N', summary: 'The version that layer N holds.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Stat);
    const opened = await openSnapshot(context, args.image);
    try {
      const { union, image } = opened;
      const paths: readonly string[] = typeof args.path === 'string' ? [args.path] : args.path;
      const layer = flags.layer === undefined ? undefined : parseLayer(flags.layer, image);
      const n = layer ?? opened.n;
      const files = paths.map((path) =>
        layer === undefined
          ? typedFile(union, n, path, { followLast: false })
          : heldVersion(opened, path, layer, args.image),
      );
      const source = await gather(context, opened, n);
      const facts: FileFacts[] = [];
      for (const file of files) facts.push(await source(file));
      if (!context.json)
        await context.output.lines(
          facts.flatMap((fact, i) => [
            ...(i === 0 ? [] : ['']),
            ...factLines(fact, context.terminal.stdout.palette),
          ]),
        );
      this.settleBriefly(opened.anomalies, args.image);
      return {
        image: imageJson(image),
        snapshot: opened.n,
        files: facts.map(factJson),
        anomalies: anomaliesJson(opened.anomalies),
      };
    } finally {
      await opened.close();
    }
  }
}

/** Returns what tells everything of files of snapshot `n`. */
async function gather(
  context: Context,
  opened: OpenedSnapshot,
  n: number,
): Promise<(file: SnapshotFile) => Promise<FileFacts>> {
  const { union, image, layers } = opened;
  const steps = new Map<number | undefined, Step>(historyOf(image).map((step) => [step.layer, step]));
  const users = await accounts(context, opened, n, '/etc/passwd');
  const groups = await accounts(context, opened, n, '/etc/group');
  return async (file) => {
    const { inode } = file;
    const entry = inode === undefined ? undefined : entryAt(layerAt(layers, inode.layer).index, inode.row);
    return {
      file,
      entry,
      user: users.get(file.uid),
      group: groups.get(file.gid),
      target: file.kind === 'symlink' ? target(opened, n, file) : undefined,
      names: linkedNodes(union, n, file).map((node) => nodePath(union.paths, node)),
      type: await typeOf(context, opened, file),
      life: blame(union, file.node, n),
      instruction: instructionLine(steps.get(file.layer)),
      anomalies: opened.anomalies.list.filter(({ where }) => where === file.path),
    };
  };
}

function target({ union }: OpenedSnapshot, n: number, { path }: SnapshotFile): string | undefined {
  try {
    return resolvePath(union, n, path).path;
  } catch (error) {
    if (error instanceof StrataError && error.code === 'E_NOT_FOUND') return undefined;
    throw error;
  }
}

async function typeOf(
  context: Context,
  opened: OpenedSnapshot,
  file: SnapshotFile,
): Promise<string | undefined> {
  if (file.kind !== 'file' || file.size === 0) return undefined;
  return guessType(await readHead(context, opened, readable(file, 'reading'), MAGIC_BYTES));
}

/** The names in a file of the snapshot; none where it is no ordinary file. */
async function accounts(
  context: Context,
  opened: OpenedSnapshot,
  n: number,
  path: string,
): Promise<Accounts> {
  let file: SnapshotFile;
  try {
    file = resolvePath(opened.union, n, path);
  } catch {
    return new Map();
  }
  if (file.kind !== 'file') return new Map();
  return parseAccounts(await readHead(context, opened, readable(file, 'reading'), ACCOUNT_BYTES));
}
