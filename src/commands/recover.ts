import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { heldVersions } from '../layers/changes/hidden.js';
import { nodePath } from '../layers/index/path-table.js';
import { fileAt } from '../layers/union/snapshot-file.js';
import { fail } from '../model/error.js';
import { anomaliesJson } from '../report/anomalies.js';
import { humanBytes, plural } from '../report/bytes.js';
import { versionLines } from '../report/deleted.js';
import { escapeForTerminal } from '../report/escape.js';
import { fileJson } from '../report/file.js';
import { imageJson } from '../report/image.js';
import { nameJson } from '../report/json.js';
import { KIND_NAMES } from '../report/kind.js';
import { optionalPathArgument, snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { chosenVersion, type ChosenVersion } from './file/chosen-version.js';
import { readable, readFiles } from './file/contents.js';
import type { Context } from './program/context.js';
import { despiteErrorsFlag, refuseErrors, refuseHoles } from './file/damage.js';
import { bytesFlag } from './flags/flags.js';
import { instructionsJson, instructionsOf } from './file/layer-instructions.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { checkSizes, printContent } from './file/print-content.js';
import { checkFlags, type RecoverFlags, STDOUT } from './flags/recover.js';
import { placeOf } from './file/recover-place.js';
import { typedNode } from './flags/typed-path.js';
import { leftOut, notRestoredJson, writeItems } from './file/write-items.js';

/** What all ways to recover need. */
interface Job {
  readonly context: Context;
  readonly opened: OpenedSnapshot;
  readonly flags: RecoverFlags;
  readonly path: string;
  readonly image: string;
}

export default class Recover extends StrataCommand {
  static override readonly summary =
    'Restore a version that a later layer removed or replaced: to standard output, a file, a tree.';
  static override readonly description = `Without --version it is the last version that the snapshot hides; of a directory, all that was in it then.
The bytes are those of the layer, verified by their digest. What is written is there whole afterwards, or nothing is;
nothing is overwritten and nothing can come to be outside the destination. The files belong to the caller and get the
permissions that the umask allows, unless --preserve. --all writes every hidden version at and below PATH to
DIR/LAYER/PATH: the number of the layer that held it last (5.1, 5.2, ... where one layer has a path several times).`;
  static override readonly examples = [
    {
      description: 'A secret that a later layer removed',
      command: '<%= config.bin %> <%= command.id %> demo.tar /root/.deploy/token',
    },
    {
      description: 'Which versions of a file there are',
      command: '<%= config.bin %> <%= command.id %> demo.tar /app/config.json --list',
    },
    {
      description: 'One of them, into a file',
      command: '<%= config.bin %> <%= command.id %> demo.tar /app/config.json --version 5 -o config.json',
    },
    {
      description: 'A directory as it was before it was removed',
      command: '<%= config.bin %> <%= command.id %> demo.tar /root/.deploy -o deploy',
    },
    {
      description: 'Everything that lower layers still hold',
      command: '<%= config.bin %> <%= command.id %> demo.tar --all -o recovered',
    },
  ];
  static override readonly args = { image: snapshotArgument(), path: optionalPathArgument() };
  static override readonly flags = {
    version: string({
      helpValue: 'V',
      summary:
        'The version that layer V held, or whose content has a digest that begins so: 5, sha256:ab12. Also one that is shown.',
    }),
    output: string({
      char: 'o',
      helpValue: 'DEST',
      summary:
        'Path it gets; in a directory (DIR/) it keeps its name. -: standard output, as without it. Of a directory the new name.',
    }),
    list: boolean({
      summary: 'List the versions of PATH instead.',
      exclusive: ['all', 'version'],
    }),
    all: boolean({
      summary:
        'Every hidden version at and below PATH (default: of all), into the new directory of --output.',
      dependsOn: ['output'],
      exclusive: ['version'],
    }),
    preserve: boolean({
      char: 'p',
      summary: 'Owners, setuid, setgid and sticky bits as in the image, whatever the umask. Only root can.',
    }),
    bytes: bytesFlag,
    'despite-errors': despiteErrorsFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Recover);
    checkFlags(flags, context);
    // Before a large image is read for nothing; looked at again when it is written.
    if (flags.all && flags.output !== undefined)
      (await import('../layers/write/staging.js')).refuseExisting(flags.output);
    const opened = await openSnapshot(context, args.image);
    try {
      const job = { context, opened, flags, path: args.path, image: args.image };
      if (!flags.list) this.settleBefore(opened.anomalies, args.image);
      const result = flags.list ? await list(job) : flags.all ? await recoverAll(job) : await recoverOne(job);
      if (flags.list) this.settleBriefly(opened.anomalies, args.image);
      return {
        image: imageJson(opened.image),
        snapshot: opened.n,
        ...result,
        anomalies: anomaliesJson(opened.anomalies),
      };
    } finally {
      await opened.close();
    }
  }
}

async function list({ context, opened, flags, path: typed, image: name }: Job): Promise<object> {
  const { union, n, image } = opened;
  const node = typedNode(union, n, typed, name);
  const versions = heldVersions(union, n, node);
  const { ellipsis, stdout } = context.terminal;
  const format = { ...stdout, exact: flags.bytes, ellipsis, instruction: instructionsOf(image) };
  if (!context.json) await context.output.lines(versionLines(versions, format));
  return {
    ...nameJson(nodePath(union.paths, node)),
    layers: instructionsJson(image, n),
    versions: versions.map(({ file, end }) => ({ ...fileJson(file), then: end ?? null })),
  };
}

async function recoverOne({ context, opened, flags, path: typed, image: name }: Job): Promise<object> {
  const chosen = chosenVersion(context, opened, typed, flags.version, name);
  const { file } = chosen;
  if (flags.output === undefined || flags.output === STDOUT) {
    if (file.kind === 'directory' || file.kind === 'symlink')
      fail('E_NOT_A_FILE', `recovering ${file.path}: it is a ${KIND_NAMES[file.kind]}`, {
        hint: 'name what it is to become: --output DEST',
      });
    await print(context, opened, chosen);
    return {};
  }
  const place = placeOf(chosen, flags.output);
  refuseErrors(opened.anomalies, 'recovering from', name, flags['despite-errors']);
  if (file.kind === 'directory')
    refuseHoles(opened.image, { from: 0, n: chosen.n }, `recovering from ${name}`, flags['despite-errors']);
  const written = await writeItems(context, {
    ...opened,
    n: chosen.n,
    items: [{ file, name: place.name }],
    parent: place.parent,
    preserve: flags.preserve,
    doing: `recovering from ${opened.image.name}`,
  });
  const destination = path.join(place.parent, place.name);
  const what = `${plural(written.files, 'file')}, ${humanBytes(written.bytes)}`;
  if (!context.json)
    await context.output.lines([
      `recovered ${escapeForTerminal(file.path)} of layer ${String(file.layer)} to ${escapeForTerminal(destination)}: ${what}`,
    ]);
  warnOf(leftOut(written), context);
  return {
    recovered: fileJson(file),
    ...nameJson(destination, 'destination'),
    files: written.files,
    bytes: written.bytes,
    notRestored: notRestoredJson(written),
  };
}

/** The content to standard output; on a terminal as strata cat shows it. */
async function print(context: Context, opened: OpenedSnapshot, { file }: ChosenVersion): Promise<void> {
  const content = readable(file, 'recovering');
  const hint = 'write it to a file with --output, which keeps holes, or raise --limit layerBytes=BYTES';
  checkSizes([content], Infinity, context.limits.layerBytes, hint);
  const binary = 'redirect the output, or name a file with --output';
  await readFiles(context, opened, [content], (one, bytes) =>
    printContent(context, one, bytes, { hex: false, force: false, raw: false, binary }),
  );
}

async function recoverAll({ context, opened, flags, path: typed, image: name }: Job): Promise<object> {
  const { union, n, image } = opened;
  const { hiddenTree } = await import('../layers/changes/hidden-tree.js');
  const start = typedNode(union, n, typed, name);
  const tree = hiddenTree(union, n, start);
  const file = fileAt(tree.union, 0, union.layers.length);
  const output = path.normalize(flags.output ?? '.');
  const place = { parent: path.dirname(output), name: path.basename(output) };
  const destination = path.join(place.parent, place.name);
  if (tree.versions === 0 || file === undefined)
    return fail('E_NOT_FOUND', `recovering ${typed}: nothing at or below it is hidden`, {
      hint: `strata deleted ${name} lists what is hidden`,
    });
  refuseErrors(opened.anomalies, 'recovering from', name, flags['despite-errors']);
  const written = await writeItems(context, {
    image,
    union: tree.union,
    n: union.layers.length,
    items: [{ file, name: place.name }],
    parent: place.parent,
    preserve: flags.preserve,
    doing: `recovering from ${image.name}`,
  });
  if (!context.json)
    await context.output.lines([
      `recovered ${plural(tree.versions, 'version')} to ${escapeForTerminal(destination)}: ${humanBytes(written.bytes)}`,
    ]);
  warnOf(leftOut(written), context);
  return {
    ...nameJson(nodePath(union.paths, start)),
    ...nameJson(destination, 'destination'),
    versions: tree.versions,
    files: written.files,
    bytes: written.bytes,
    notRestored: notRestoredJson(written),
  };
}

function warnOf(text: string | undefined, { log }: Context): void {
  if (text !== undefined) log.warn(text);
}
