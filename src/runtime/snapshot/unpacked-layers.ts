import { closeSync, openSync } from 'node:fs';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import { fileAt } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { byWork, createFileThreads, type FilesWork, threadsFor } from '../../layers/write/file-threads.js';
import { storedSizeAt } from '../../layers/index/layer-index.js';
import { COST_OF_A_FILE, divides } from '../../layers/write/layer-files.js';
import { namesByInode } from '../../layers/write/names-by-inode.js';
import { digestHex } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { hasPlainLayer, plainLayerPath } from '../../store/plain-layers.js';
import { isUnpacked, keepUnpacked, pinUnpacked } from '../../store/unpacked-layers.js';
import { failStoreRead, isAbsent } from '../../store/failure.js';
import type { Store } from '../../store/store.js';
import { type LeftOut, type LeftOutReason, type LeftOutThings, mergeLeftOut } from '../erofs/left-out.js';
import { syncFileSystem } from '../sys/sync.js';
import { fingerprint } from '../unpacked/fingerprint.js';
import { type LayerPlan, planSnapshot } from '../unpacked/plan.js';
import { unpackWorker } from '../unpacked/unpack-files.js';
import { type FilesSource, writeLayer } from '../unpacked/write-layer.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';
import { plainLayers, type PlainLayersOptions } from './plain-layers.js';

/** Overlayfs takes 500 layers below the upper one (OVL_MAX_STACK); the init layer is one of them. */
const MOST_LAYERS = 499;

export interface UnpackedLayersOptions extends PlainLayersOptions {
  readonly marks: OverlayXattrs;
  /** Folder `layers` of the container that is to keep them. */
  readonly pins: string;
  /** Whether the plain tars are wanted, too: a compressed layer is then decompressed once for both. */
  readonly plain?: boolean | undefined;
}

/** Unpacked layers by their names in the store, and what is not in them. */
export interface UnpackedLayers {
  /** Base first; those that change nothing are left out. */
  readonly names: readonly string[];
  readonly left: LeftOut;
}

/** What is left out of a layer, as JSON keeps it. */
type Told = readonly (readonly [LeftOutReason, LeftOutThings])[];

/**
 * Makes sure that the layers of snapshot `n` are in the store as directories, and names them. A layer that is there is not
 * read. Throws E_LIMIT for more than 499 that change anything, and what {@link writeLayer}, {@link keepUnpacked} and
 * {@link plainLayers} throw.
 */
export async function unpackedLayers(
  store: Store,
  { layers, union }: { readonly layers: readonly IndexedLayer[]; readonly union: Union },
  n: number,
  options: UnpackedLayersOptions,
): Promise<UnpackedLayers> {
  const { marks, pins } = options;
  const plans = planSnapshot(union, n);
  if (plans.length > MOST_LAYERS)
    fail(
      'E_LIMIT',
      `mounting the snapshot: ${String(plans.length)} layers, overlayfs takes ${String(MOST_LAYERS)}`,
      {
        hint: 'where EROFS works (Linux 6.12) there is no such limit: --snapshot erofs',
      },
    );
  const named = onceEach(plans.map((plan) => ({ plan, name: nameOf(union, plan, marks) })));
  const names = named.map(({ name }) => name);
  await pinUnpacked(pins, names);
  if (options.plain === true) {
    const blobs = layers.slice(0, n).filter(({ layer }) => layer.content.kind === 'blob');
    await plainLayers(store, blobs, options);
  }
  const told = await unpackAll(store, union, named, sourcesOf(store, layers), options);
  return { names, left: mergeLeftOut(told) };
}

function nameOf(union: Union, plan: LayerPlan, marks: OverlayXattrs): string {
  return `${digestHex(union.layers[plan.layer - 1].diffID)}-${fingerprint(union, plan, marks)}`;
}

interface NamedPlan {
  readonly plan: LayerPlan;
  readonly name: string;
}

/**
 * Of equal directories the topmost: it has all that the others have, above all that they hide. Overlayfs takes none twice
 * (ELOOP).
 */
function onceEach(plans: readonly NamedPlan[]): readonly NamedPlan[] {
  const last = new Map(plans.map((one) => [one.name, one]));
  return plans.filter((one) => last.get(one.name) === one);
}

/** Several at once. Of those under way none is left behind by an error. Returns what is left out of each, base first. */
async function unpackAll(
  store: Store,
  union: Union,
  plans: readonly NamedPlan[],
  sources: Sources,
  { marks, signal, limits, durable, onBegin, onBytes }: UnpackedLayersOptions,
): Promise<readonly LeftOut[]> {
  const work = new Map<NamedPlan, FilesWork>();
  let bytes = 0;
  for (const one of plans) {
    if (isUnpacked(store, one.name)) continue;
    const { nodes, layer } = one.plan;
    const content = contentOf(union, one.plan);
    bytes += content;
    work.set(one, { cost: content + COST_OF_A_FILE * nodes.length, divides: sources.divides(layer) });
  }
  if (work.size > 0) onBegin?.(bytes);
  const count = threadsFor([...work.values()]);
  const threads = createFileThreads(unpackWorker, count, { limits, signal, store, onBytes });
  const workOf = (one: NamedPlan): FilesWork => work.get(one) ?? { cost: 0, divides: true };
  const waiting = [...plans].sort((a, b) => byWork(workOf(a), workOf(b)));
  const told = new Map<string, LeftOut>();
  let failure: { readonly error: unknown } | undefined;
  const sync = durable ? syncFileSystem : undefined;
  const unpack = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && failure === undefined; next = waiting.shift()) {
      const { plan, name } = next;
      const fill = async (tree: string): Promise<unknown> => [
        ...(await writeLayer(union, plan, tree, { sourceOf: sources.open, threads, marks, signal })),
      ];
      try {
        told.set(name, new Map((await keepUnpacked(store, name, { fill, sync })) as Told));
      } catch (error) {
        failure ??= { error };
        await threads.close();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, count) }, unpack)).finally(threads.close);
  if (failure !== undefined) throw failure.error;
  return plans.flatMap(({ name }) => told.get(name) ?? []);
}

/** Bytes of the files that a layer's directory gets, without holes. */
function contentOf(union: Union, { layer, nodes }: LayerPlan): number {
  const files = nodes.flatMap((node) => {
    const file = fileAt(union, node, layer);
    return file?.kind === 'file' ? [file] : [];
  });
  let bytes = 0;
  for (const [number, rows] of namesByInode(files))
    for (const row of rows.keys()) bytes += storedSizeAt(union.layers[number - 1], row);
  return bytes;
}

/** Where the bytes of layers are: the plain tars in the store that are there, and else the image. */
interface Sources {
  readonly open: (layer: number) => FilesSource;
  readonly divides: (layer: number) => boolean;
}

function sourcesOf(store: Store, layers: readonly IndexedLayer[]): Sources {
  const hasPlain = ({ index }: IndexedLayer): boolean => hasPlainLayer(store, index.diffID, index.plainBytes);
  return {
    open(number) {
      const { layer, index } = layers[number - 1];
      const range = { path: plainLayerPath(store, index.diffID), offset: 0, length: index.plainBytes };
      const known = hasPlain(layers[number - 1]) ? openIfAny(range.path) : undefined;
      if (known === undefined) return { layer, close: () => undefined };
      return {
        layer: { content: { kind: 'blob', range, compression: 'none' }, position: number },
        known,
        close: () => {
          closeSync(known);
        },
      };
    },
    divides: (number) => hasPlain(layers[number - 1]) || divides(layers[number - 1].layer),
  };
}

/** Undefined for what `prune` has just removed. */
function openIfAny(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (thrown) {
    return isAbsent(thrown) ? undefined : failStoreRead(`reading ${file}`, thrown);
  }
}
