import type { ContainerChange } from '../runtime/changes/container-change.js';
import { changeBytes, changeLetter } from '../runtime/changes/container-change.js';
import { changesOf } from '../runtime/changes/changes-of.js';
import { commitTime } from '../runtime/commit/new-config.js';
import { compileFilter, type FilterOptions } from '../runtime/commit/path-filter.js';
import { type LayerPlan, planLayer } from '../runtime/commit/plan-layer.js';
import type { Unheld } from '../runtime/commit/unheld.js';
import { configOf } from '../runtime/commit/write-image.js';
import { findContainer } from '../runtime/container/containers.js';
import { type OpenContainer, openContainer } from '../runtime/container/open-container.js';
import { whilePaused } from '../runtime/container/paused.js';
import type { ContainerRecord } from '../runtime/container/record.js';
import { folderOf } from '../runtime/container/state.js';
import { fail } from '../model/error.js';
import { formatBytes, plural } from '../report/bytes.js';
import {
  droppedText,
  type LayerSpan,
  layerText,
  squashText,
  unheldJson,
  unheldLines,
} from '../report/commit.js';
import { changeJson, changeLine } from '../report/container-changes.js';
import { pickText, readPickText } from '../report/pick-list.js';
import { StrataCommand } from './base.js';
import { byPath } from './changes.js';
import { COMMIT_FLAGS, squashOnto } from './flags/commit.js';
import { commitContainer } from './container/commit-container.js';
import { newReference, newReferenceArgument } from './image/commit-name.js';
import { containerArgument, containerPlace } from './container/place.js';
import type { Context } from './program/context.js';
import { editText } from './container/editor.js';
import { sourceDateEpoch } from './flags/source-date-epoch.js';

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
      description: 'What the layers above the fifth and the container did, as one layer',
      command:
        "<%= config.bin %> run --name flat -u 0 --entrypoint /bin/sh demo.tar -c 'echo 1 > /new' && <%= config.bin %> <%= command.id %> --squash-onto 5 flat app:5",
    },
    {
      description: 'What would be in the layer?',
      command:
        "<%= config.bin %> run --name messy -u 0 --entrypoint /bin/sh demo.tar -c 'echo 1 > /tmp/x; echo 2 > /y' && <%= config.bin %> <%= command.id %> --exclude '/tmp/**' --dry-run messy app:4",
    },
  ];
  static override readonly args = { container: containerArgument(), newref: newReferenceArgument() };
  static override readonly flags = COMMIT_FLAGS;

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Commit);
    const { limits, signal, env, log, output } = context;
    const reference = newReference(args.newref);
    const place = await containerPlace(context);
    const record = findContainer(place.store, args.container);
    const sockets = new Set<string>();
    const container = await openContainer(place.store, record, folderOf(place, record), {
      limits,
      signal,
      onSkipped: (path) => sockets.add(path),
    });
    const { n } = container;
    const onto = squashOnto(flags, n);
    const epoch = sourceDateEpoch(env);
    const details = {
      changes: flags.change,
      created: commitTime(new Date(), epoch),
      createdBy: record.command.join(' '),
      author: flags.author,
      comment: flags.message,
      limits,
      onto,
    };
    // An instruction that is none is told before anything is read.
    configOf(container, undefined, details);
    const paused = <T>(deed: () => Promise<T>): Promise<T> =>
      whilePaused(place, record, flags.pause, deed, log);
    const asked: FilterOptions = {
      include: flags.include,
      exclude: flags.exclude,
      dropCaches: flags['drop-caches'],
    };
    const filter = flags.pick
      ? {
          ...asked,
          picked: await pick(context, await paused(() => changed(container, asked, context)), reference),
        }
      : asked;
    const dropped = droppedLayers(record);
    const squashed = onto === undefined || onto === n ? null : { from: onto + 1, to: n };
    const head = {
      container: { id: record.id, name: record.name },
      reference,
      dryRun: flags['dry-run'],
      dropped,
      squashed,
    };
    if (dropped !== null) log.info(droppedText(dropped, record.image.name));
    const below = onto ?? n;
    const unheld = (plan: LayerPlan | undefined): readonly Unheld[] => [
      ...[...sockets].map((path) => ({ path, what: 'socket' }) as const),
      ...(plan?.unheld ?? []),
    ];

    if (flags['dry-run']) {
      const { plan, changes } = await paused(async () => ({
        plan: await planLayer(container.union, n, container.upper, { ...filter, limits, signal }),
        changes: await changed(container, filter, context),
      }));
      for (const line of unheldLines(unheld(plan))) log.info(line);
      if (!context.json)
        await output.lines(dryLines(changes, plan, { exact: flags.bytes, squashed }, context));
      const layers = below + (plan === undefined && squashed === null ? 0 : 1);
      const tail = { skipped: unheld(plan).map(unheldJson), changes: changes.map(changeJson) };
      return { ...head, digest: null, config: null, layers, layer: null, ...tail };
    }
    const { plan, layer, layers, digest, configDigest } = await commitContainer(context, place, container, {
      record,
      reference,
      filter,
      details,
      epoch,
      pause: flags.pause,
    });
    for (const line of unheldLines(unheld(plan))) log.info(line);
    log.info(layerText(layer, layers, squashed, flags.bytes));
    if (!context.json) await output.lines([`${digest}  ${reference}`]);
    return {
      ...head,
      digest,
      config: configDigest,
      layers,
      layer: layer === undefined ? null : { layer: layers, ...layer },
      skipped: unheld(plan).map(unheldJson),
    };
  }
}

/** What of the container passes, by path. */
async function changed(
  { union, n, upper }: OpenContainer,
  filter: FilterOptions,
  { signal }: Context,
): Promise<readonly ContainerChange[]> {
  return byPath((await changesOf(union, n, upper, { signal })).filter(compileFilter(filter)));
}

/** Returns the paths that the user leaves in the list. Throws E_INTERRUPTED when it is empty. */
async function pick(
  context: Context,
  changes: readonly ContainerChange[],
  reference: string,
): Promise<ReadonlySet<string>> {
  // What goes because something took its directory's place comes with that.
  const rows = changes
    .filter(({ removedBy }) => removedBy !== 'replaced')
    .map((change) => ({ path: change.path, letter: changeLetter(change), bytes: changeBytes(change) }));
  if (rows.length === 0) return new Set();
  const edited = await editText(context, 'COMMIT_PATHS', pickText(rows, reference));
  const picked = readPickText(edited, rows);
  if (picked.length === 0)
    fail('E_INTERRUPTED', `committing ${reference}: no path is left in the list; nothing was committed`);
  return new Set(picked.map(({ path }) => path));
}

/** The layers of the image above the container's snapshot. */
export function droppedLayers({ image }: ContainerRecord): LayerSpan | null {
  return image.layer < image.layers ? { from: image.layer + 1, to: image.layers } : null;
}

function* dryLines(
  changes: readonly ContainerChange[],
  plan: LayerPlan | undefined,
  { exact, squashed }: { readonly exact: boolean; readonly squashed: LayerSpan | null },
  { terminal }: Context,
): Generator<string> {
  const format = { palette: terminal.stdout.palette, facets: false, arrow: '' };
  for (const change of changes) yield changeLine(change, format);
  yield plan === undefined
    ? `no file changed${squashed === null ? ': there would be no layer' : ''}`
    : `${plural(changes.length, 'change')}, ${formatBytes(plan.contentBytes, exact)} of content`;
  if (squashed !== null) yield squashText(squashed);
}
