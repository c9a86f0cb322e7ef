import { boolean, string } from '@oclif/core/flags';
import { findContainer } from '../runtime/container/containers.js';
import { type OpenContainer, openContainer } from '../runtime/container/open-container.js';
import { whilePaused } from '../runtime/container/paused.js';
import type { ContainerRecord } from '../runtime/container/record.js';
import { type ContainerPlace, folderOf } from '../runtime/container/state.js';
import type { ContainerChange } from '../runtime/changes/container-change.js';
import { changesOf } from '../runtime/changes/changes-of.js';
import { layerBlob, type WrittenLayer } from '../runtime/commit/layer.js';
import { commitTime } from '../runtime/commit/new-config.js';
import { compileFilter, type FilterOptions } from '../runtime/commit/path-filter.js';
import { type LayerPlan, planLayer } from '../runtime/commit/plan-layer.js';
import { configOf, writeImage } from '../runtime/commit/write-image.js';
import { putBlob } from '../store/blob.js';
import { formatBytes, plural } from '../report/bytes.js';
import { changeJson, changeLine } from '../report/container-changes.js';
import { nameJson } from '../report/json.js';
import { StrataCommand } from './base.js';
import { byPath } from './changes.js';
import { newReference, newReferenceArgument } from './commit-name.js';
import { containerArgument, containerPlace } from './container-place.js';
import type { Context } from './context.js';
import { bytesFlag } from './flags.js';
import { sourceDateEpoch } from './source-date-epoch.js';

/** What a container would put into its layer. */
interface Looked {
  readonly plan: LayerPlan | undefined;
  /** Only for --dry-run. */
  readonly changes: readonly ContainerChange[];
}

export default class Commit extends StrataCommand {
  static override readonly summary =
    'Make an image of a container: its snapshot and one layer of what it changed.';
  static override readonly description = `The image is in the store under NEWREF, which is given to it last, so that it means the whole image or what it meant
before. Of a container of snapshot @N the layers above N are not part of the image. A container that runs stands still
while its files are read. The same files, changes and SOURCE_DATE_EPOCH give the same image.`;
  static override readonly examples = [
    {
      description: 'What a program wrote, as an image',
      command:
        "<%= config.bin %> run --name cooked -u 0 --entrypoint /bin/sh demo.tar -c 'echo 1 > /new' && <%= config.bin %> <%= command.id %> -m 'one more file' cooked app:2",
    },
    {
      description: 'A command and a variable for it too',
      command:
        "<%= config.bin %> run --name raw --entrypoint /bin/true demo.tar && <%= config.bin %> <%= command.id %> -c 'ENV A=1' -c 'CMD [\"/bin/sh\"]' raw app:3",
    },
    {
      description: 'What would be in the layer?',
      command:
        "<%= config.bin %> run --name messy -u 0 --entrypoint /bin/sh demo.tar -c 'echo 1 > /tmp/x; echo 2 > /y' && <%= config.bin %> <%= command.id %> --exclude '/tmp/**' --dry-run messy app:4",
    },
  ];
  static override readonly args = { container: containerArgument(), newref: newReferenceArgument() };
  static override readonly flags = {
    message: string({ char: 'm', helpValue: 'TEXT', summary: 'Comment of the step in the history.' }),
    author: string({ char: 'a', helpValue: 'NAME', summary: 'Author of the image.' }),
    change: string({
      char: 'c',
      helpValue: 'INSTRUCTION',
      multiple: true,
      multipleNonGreedy: true,
      summary:
        'Change the configuration by an instruction of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, ...',
    }),
    pause: boolean({
      char: 'p',
      default: true,
      allowNo: true,
      summary: 'Let a container that runs stand still meanwhile.',
    }),
    include: string({
      helpValue: 'GLOB',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only what fits a glob, or lies below what does.',
    }),
    exclude: string({
      helpValue: 'GLOB',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Leave what fits a glob, or lies below what does, as the snapshot has it.',
    }),
    'drop-caches': boolean({ summary: 'Leave out what package managers and Python put into their caches.' }),
    'dry-run': boolean({
      char: 'n',
      default: false,
      summary: 'Make nothing; say what would be in the layer.',
    }),
    bytes: bytesFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Commit);
    const { limits, signal, env } = context;
    const reference = newReference(args.newref);
    const place = await containerPlace(context);
    const record = await findContainer(place.store, args.container);
    const skipped: string[] = [];
    const container = await openContainer(place.store, record, folderOf(place, record), {
      limits,
      signal,
      onSkipped: (path) => skipped.push(path),
    });
    const epoch = sourceDateEpoch(env);
    const details = {
      changes: flags.change,
      created: commitTime(new Date(), epoch),
      createdBy: record.command.join(' '),
      author: flags.author,
      comment: flags.message,
      limits,
    };
    // An instruction that is none is told before anything is read.
    configOf(container, undefined, details);
    const filter: FilterOptions = {
      include: flags.include,
      exclude: flags.exclude,
      dropCaches: flags['drop-caches'],
    };
    const dropped = droppedLayers(record);
    const head = {
      container: { id: record.id, name: record.name },
      reference,
      dryRun: flags['dry-run'],
      dropped,
    };
    if (dropped !== null) context.log.info(droppedText(dropped, record));

    if (flags['dry-run']) {
      const { changes, plan } = await whilePaused(
        place,
        record,
        flags.pause,
        () => look(container, filter, context),
        context.log,
      );
      if (!context.json) await context.output.lines(dryLines(changes, plan, flags.bytes, context));
      const tail = { skipped: names(skipped), changes: changes.map(changeJson) };
      return {
        ...head,
        digest: null,
        config: null,
        layers: container.n + (plan === undefined ? 0 : 1),
        layer: null,
        ...tail,
      };
    }
    const layer = await whilePaused(
      place,
      record,
      flags.pause,
      () => writeLayer(place, container, filter, epoch, record, context),
      context.log,
    );
    for (const path of new Set(skipped)) context.log.info(`left out ${path}: a layer cannot hold a socket`);
    const { digest, configDigest } = await writeImage(place.store, container, layer, reference, details);
    const n = container.n + (layer === undefined ? 0 : 1);
    context.log.info(layerText(layer, n, flags.bytes));
    if (!context.json) await context.output.lines([`${digest}  ${reference}`]);
    return {
      ...head,
      digest,
      config: configDigest,
      layers: n,
      layer: layer === undefined ? null : { layer: n, ...layer },
      skipped: names(skipped),
    };
  }
}

async function look(
  { union, n, upper }: OpenContainer,
  filter: FilterOptions,
  { limits, signal }: Context,
): Promise<Looked> {
  const plan = await planLayer(union, n, upper, { ...filter, limits, signal });
  const changes = (await changesOf(union, n, upper, { signal })).filter(compileFilter(filter));
  return { plan, changes: byPath(changes) };
}

/** Stores the layer; undefined when there is nothing to put into one. */
async function writeLayer(
  { store }: ContainerPlace,
  { union, n, upper }: OpenContainer,
  filter: FilterOptions,
  epoch: number | undefined,
  record: ContainerRecord,
  { limits, signal, progress }: Context,
): Promise<WrittenLayer | undefined> {
  const plan = await planLayer(union, n, upper, { ...filter, limits, signal });
  if (plan === undefined) return undefined;
  progress.begin(plan.contentBytes, `committing ${record.name}`);
  try {
    const blob = layerBlob(plan, {
      compression: 'gzip',
      sourceDateEpoch: epoch,
      signal,
      onBytes: (count) => {
        progress.advance(count);
      },
    });
    await putBlob(store, blob);
    return blob.result();
  } finally {
    progress.end();
  }
}

/** The layers of the image above the container's snapshot. */
function droppedLayers({ image }: ContainerRecord): { readonly from: number; readonly to: number } | null {
  return image.layer < image.layers ? { from: image.layer + 1, to: image.layers } : null;
}

function droppedText(
  { from, to }: { readonly from: number; readonly to: number },
  { image }: ContainerRecord,
): string {
  const which =
    from === to
      ? `layer ${String(from)} of ${image.name} is`
      : `layers ${String(from)} to ${String(to)} of ${image.name} are`;
  return `${which} not part of it`;
}

function layerText(layer: WrittenLayer | undefined, n: number, exact: boolean): string {
  if (layer === undefined)
    return `no file changed: it has no layer above the ${plural(n, 'layer')} of the snapshot`;
  const { members, size, digest } = layer;
  return `layer ${String(n)}: ${plural(members, 'member')}, ${formatBytes(size, exact)}, ${digest}`;
}

function* dryLines(
  changes: readonly ContainerChange[],
  plan: LayerPlan | undefined,
  exact: boolean,
  { terminal }: Context,
): Generator<string> {
  const format = { palette: terminal.stdout.palette, facets: false, arrow: '' };
  for (const change of changes) yield changeLine(change, format);
  yield plan === undefined
    ? 'no file changed: there would be no layer'
    : `${plural(changes.length, 'change')}, ${formatBytes(plan.contentBytes, exact)} of content`;
}

function names(paths: readonly string[]): object[] {
  return [...new Set(paths)].map((path) => nameJson(path));
}
