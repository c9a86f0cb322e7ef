import type { IndexedLayer } from '../../layers/index/index-image.js';
import { fileAt } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { digestHex } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { keepUnpacked, pinUnpacked } from '../../store/unpacked-layers.js';
import type { Store } from '../../store/store.js';
import { type LeftOut, type LeftOutReason, type LeftOutThings, mergeLeftOut } from '../erofs/left-out.js';
import { syncFileSystem } from '../sys/sync.js';
import { fingerprint } from '../unpacked/fingerprint.js';
import { type LayerPlan, planSnapshot } from '../unpacked/plan.js';
import { writeLayer } from '../unpacked/write-layer.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';
import { plainLayers, type PlainLayersOptions } from './plain-layers.js';

/** Overlayfs takes 500 layers below the upper one (OVL_MAX_STACK); the init layer is one of them. */
const MOST_LAYERS = 499;

export interface UnpackedLayersOptions extends PlainLayersOptions {
  readonly marks: OverlayXattrs;
  /** Folder `layers` of the container that is to keep them. */
  readonly pins: string;
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
 * read. Throws E_LIMIT for more than 499 that change anything, and what {@link plainLayers}, {@link writeLayer} and
 * {@link keepUnpacked} throw.
 */
export async function unpackedLayers(
  store: Store,
  { layers, union }: { readonly layers: readonly IndexedLayer[]; readonly union: Union },
  n: number,
  options: UnpackedLayersOptions,
): Promise<UnpackedLayers> {
  const { marks, signal, durable } = options;
  const plans = planSnapshot(union, n);
  if (plans.length > MOST_LAYERS)
    fail(
      'E_LIMIT',
      `mounting the snapshot: ${String(plans.length)} layers, overlayfs takes ${String(MOST_LAYERS)}`,
      {
        hint: 'where EROFS works (Linux 6.12) there is no such limit: --snapshot erofs',
      },
    );
  const names = plans.map((plan) => nameOf(union, plan, marks));
  await pinUnpacked(options.pins, names);
  const told: LeftOut[] = [];
  for (const [i, plan] of plans.entries()) {
    const fill = async (tree: string): Promise<unknown> => {
      const tars = await tarsOf(store, union, plan, layers, options);
      const tarOf = (layer: number): string => tars.get(layer) ?? '';
      return [...(await writeLayer(union, plan, tree, { tarOf, marks, signal }))];
    };
    const left = await keepUnpacked(store, names[i], { fill, sync: durable ? syncFileSystem : undefined });
    told.push(new Map(left as Told));
  }
  return { names, left: mergeLeftOut(told) };
}

function nameOf(union: Union, plan: LayerPlan, marks: OverlayXattrs): string {
  return `${digestHex(union.layers[plan.layer - 1].diffID)}-${fingerprint(union, plan, marks)}`;
}

/** The plain tars that contents of the plan are in: the layer's own, and those of lower ones that its hard links lead to. */
async function tarsOf(
  store: Store,
  union: Union,
  { layer, nodes }: LayerPlan,
  layers: readonly IndexedLayer[],
  options: PlainLayersOptions,
): Promise<ReadonlyMap<number, string>> {
  const needed = new Set<number>();
  for (const node of nodes) {
    const file = fileAt(union, node, layer);
    if (file?.kind === 'file' && file.inode !== undefined && file.size > 0) needed.add(file.inode.layer);
  }
  const numbers = [...needed];
  const paths = await plainLayers(
    store,
    numbers.map((number) => layers[number - 1]),
    options,
  );
  return new Map(numbers.map((number, i) => [number, paths[i]]));
}
