import { canonicalName } from '../../model/distribution-name.js';
import { changesOf } from '../../runtime/changes/changes-of.js';
import { commitTime } from '../../runtime/commit/new-config.js';
import { compileFilter } from '../../runtime/commit/path-filter.js';
import { planOf } from '../../runtime/commit/plan-layer.js';
import { countMembers } from '../../runtime/commit/plan-members.js';
import { findContainer } from '../../runtime/container/containers.js';
import { openContainer } from '../../runtime/container/open-container.js';
import { whilePaused } from '../../runtime/container/paused.js';
import { folderOf, isAlive, stateOf } from '../../runtime/container/state.js';
import { plural } from '../../report/bytes.js';
import { droppedText, layerText, unheldLines } from '../../report/commit.js';
import { readRefs } from '../../store/refs.js';
import type { CommitChoice, Committed, LayerPreview, OpenChanges } from '../../tui/effects/step-in.js';
import { byPath } from '../changes.js';
import { droppedLayers } from '../commit.js';
import { commitContainer } from '../container/commit-container.js';
import { newReference } from '../image/commit-name.js';
import { containerPlace } from '../container/place.js';
import type { Context } from '../program/context.js';
import { sourceDateEpoch } from '../flags/source-date-epoch.js';

/** Reads what a container changed; one that runs stands still meanwhile. */
export async function openChanges(context: Context, id: string): Promise<OpenChanges> {
  const { limits, signal, log, progress } = context;
  progress.begin(undefined, 'reading what it changed');
  const place = await containerPlace(context);
  const record = findContainer(place.store, id);
  const sockets = new Set<string>();
  const files = await openContainer(place.store, record, folderOf(place, record), {
    limits,
    signal,
    onSkipped: (path) => sockets.add(path),
  });
  const { union, n, upper } = files;
  const changes = await whilePaused(place, record, true, () => changesOf(union, n, upper, { signal }), log);
  const running = isAlive(await stateOf(place, record));
  const { name, image } = record;
  return {
    id: record.id,
    name,
    image: image.asked,
    n,
    running,
    files,
    changes: byPath(changes),
    sockets: [...sockets],
  };
}

/** Returns what the layer of these changes would be. Throws E_COMMIT, E_LIMIT, E_REFERENCE, E_NOT_FOUND. */
export async function previewCommit(
  context: Context,
  { id, files, changes, sockets }: OpenChanges,
  choice: CommitChoice,
): Promise<LayerPreview> {
  const place = await containerPlace(context);
  const record = findContainer(place.store, id);
  const { union, n, upper } = files;
  const chosen = changes.filter(compileFilter({ picked: choice.picked }));
  const kept = chosen.filter(compileFilter({ dropCaches: choice.dropCaches }));
  const plan = planOf(union, n, upper, kept, context.limits);
  const unheld = [...sockets.map((path) => ({ path, what: 'socket' }) as const), ...(plan?.unheld ?? [])];
  const below = choice.squash ? 0 : n;
  const dropped = droppedLayers(record);
  const left = changes.length - chosen.length;
  const cached = chosen.length - kept.length;
  return {
    ...(plan === undefined ? { members: 0, whiteouts: 0 } : countMembers(plan)),
    bytes: plan?.contentBytes ?? 0,
    number: plan === undefined && !choice.squash ? 0 : below + 1,
    leftOut: [
      ...(left === 0 ? [] : [`${plural(left, 'change')} not ticked`]),
      ...(cached === 0 ? [] : [`${plural(cached, 'change')} in caches`]),
      ...unheldLines(unheld),
      ...(dropped === null ? [] : [droppedText(dropped, 'the image')]),
    ],
    taken: choice.name === '' ? undefined : await holderOf(context, newReference(choice.name)),
  };
}

/** Returns the digest of the image that has the name in the store now. */
async function holderOf(context: Context, name: string): Promise<string | undefined> {
  const wanted = canonicalName(name);
  const refs = await readRefs(await context.store());
  return refs.find((ref) => ref.name !== undefined && canonicalName(ref.name) === wanted)?.digest;
}

/** Puts the image of a container into the store. Throws what commitContainer throws, E_REFERENCE, E_NOT_FOUND. */
export async function commitChosen(
  context: Context,
  { id }: OpenChanges,
  { picked, name, message, squash, dropCaches }: CommitChoice,
): Promise<Committed> {
  const { limits, signal, env } = context;
  const reference = newReference(name);
  const place = await containerPlace(context);
  const record = findContainer(place.store, id);
  const container = await openContainer(place.store, record, folderOf(place, record), { limits, signal });
  const epoch = sourceDateEpoch(env);
  const onto = squash ? 0 : undefined;
  const { digest, layer, layers } = await commitContainer(context, place, container, {
    record,
    reference,
    filter: { picked, dropCaches },
    details: {
      created: commitTime(new Date(), epoch),
      createdBy: record.command.join(' '),
      comment: message === '' ? undefined : message,
      limits,
      onto,
    },
    epoch,
    pause: true,
  });
  const squashed = squash ? { from: 1, to: container.n } : null;
  return { reference, digest, layer: layerText(layer, layers, squashed, false) };
}
