import { type IndexedLayer, indexImage, type IndexOptions } from '../../layers/index/index-image.js';
import { openUnion } from '../../layers/union/open-union.js';
import { lookup, type Union } from '../../layers/union/union.js';
import { unite } from '../../layers/union/unite.js';
import type { Classified, Waste } from '../../layers/waste/waste.js';
import { WASTE_CLASSES } from '../../layers/waste/waste.js';
import type { Anomaly } from '../../model/anomaly.js';
import { type Image, storedBytes } from '../../model/image.js';
import { createForest } from '../tree/file-tree.js';
import { TOUCH } from '../../layers/union/touch.js';
import { layerFacts } from './layer-facts.js';
import type { Action } from '../state/action.js';
import type { Judged, Loaded } from '../state/state.js';

export interface LoadOptions {
  readonly image: Image;
  /** Layers of the snapshot that is judged. */
  readonly n: number;
  readonly index: Pick<IndexOptions, 'store' | 'limits' | 'signal'>;
  readonly send: (action: Action) => void;
  /** Told of all layers once they are read. */
  readonly onRead?: ((layers: readonly IndexedLayer[], union: Union) => void) | undefined;
  readonly anomaliesOf: (layers: readonly IndexedLayer[], union: Union) => readonly Anomaly[];
  readonly judge: (
    layers: readonly IndexedLayer[],
    union: Union,
  ) => Promise<{ waste: Waste; classified: Classified }>;
}

/** Milliseconds between two looks at how far reading is. */
const INTERVAL = 100;

/**
 * Reads the layers and sends what is known: progress, the stack from the base up as far as it is read, then all of it, at
 * last where bytes are wasted. Rejects with what reading a layer throws.
 */
export async function loadLayers(options: LoadOptions): Promise<void> {
  const { image, send, index, anomaliesOf } = options;
  const ready: (IndexedLayer | undefined)[] = image.layers.map(() => undefined);
  const total = storedBytes(image.layers);
  let [done, shown, entries] = [0, 0, 0];
  const show = (): void => {
    send({ type: 'loading', loading: { done, total } });
    // What the store knows is all there in a moment.
    if (done === 0) return;
    const first = ready.indexOf(undefined);
    const prefix = ready.slice(0, first < 0 ? ready.length : first).filter((one) => one !== undefined);
    const more = prefix.reduce((sum, one) => sum + one.index.count, 0);
    // Folding costs all entries so far, in time and in memory: only when there are twice as many as the last time.
    if (prefix.length === shown || prefix.length === ready.length || more < entries * 2) return;
    [shown, entries] = [prefix.length, more];
    const union = unite(prefix.map((one) => one.index));
    send({ type: 'loaded', loaded: loadedOf(prefix, union, anomaliesOf(prefix, union)) });
  };
  const timer = setInterval(show, INTERVAL);
  try {
    const layers = await indexImage(image, {
      ...index,
      baseFirst: true,
      onBytes: (_layer, count) => (done += count),
      onIndexed: (one) => (ready[one.layer.position - 1] = one),
    });
    const union = await openUnion(
      layers.map((one) => one.index),
      index.store,
    );
    clearInterval(timer);
    options.onRead?.(layers, union);
    send({ type: 'loading', loading: undefined });
    send({ type: 'loaded', loaded: loadedOf(layers, union, anomaliesOf(layers, union)) });
    // After the files were painted: it may take longer than a key press should.
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    if (index.signal?.aborted !== true)
      send({ type: 'judged', judged: await judgedOf(options, layers, union) });
  } finally {
    clearInterval(timer);
  }
}

/** Returns what the explorer keeps of layers that were read. */
export function loadedOf(
  layers: readonly IndexedLayer[],
  union: Union,
  anomalies: readonly Anomaly[],
): Loaded {
  const forest = createForest(union);
  return { count: layers.length, forest, anomalies, layers: layerFacts(layers, union) };
}

const WASTED = WASTE_CLASSES.map(
  (name) => name === 'overwritten' || name === 'deleted' || name === 'metadata-copy',
);

async function judgedOf(
  { judge, anomaliesOf }: LoadOptions,
  layers: readonly IndexedLayer[],
  union: Union,
): Promise<Judged> {
  const { waste, classified } = await judge(layers, union);
  const wasteNodes = new Uint8Array(union.paths.count);
  const { layer, row, kind } = union.touches;
  for (let node = 0; node < wasteNodes.length; node++)
    for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1]; touch++)
      if (
        kind[touch] < TOUCH.implied &&
        layer[touch] <= classified.n &&
        WASTED[classified.classOf[layer[touch] - 1][row[touch]]]
      )
        wasteNodes[node] = 1;
  const anomalyNodes = new Uint8Array(union.paths.count);
  for (const { where } of anomaliesOf(layers, union)) {
    const node =
      where.includes('/') || where.length > 0
        ? lookup(union, where.startsWith('/') ? where : `/${where}`)
        : -1;
    if (node > 0) anomalyNodes[node] = 1;
  }
  return { waste, classOf: classified.classOf, found: { waste: wasteNodes, anomaly: anomalyNodes } };
}
