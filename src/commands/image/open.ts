import { createAnomalyLog, type AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import { type Image, storedBytes } from '../../model/image.js';
import { parseReference } from '../../model/reference.js';
import { resolveSnapshot } from '../../model/snapshot.js';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { KeptPlain } from '../../layers/index/learn-layer.js';
import type { Union } from '../../layers/union/union.js';
import type { Context } from '../program/context.js';
import { sourceOptions } from './source-options.js';

/** An image opened for one command. */
export interface OpenedImage {
  readonly image: Image;
  /** Number of the layer whose snapshot is meant; the top one unless the name says another. */
  readonly n: number;
  readonly close: () => Promise<void>;
}

/** The same with every layer indexed and the stack folded. */
export interface OpenedSnapshot extends OpenedImage {
  readonly layers: readonly IndexedLayer[];
  readonly union: Union;
  /** Every anomaly of source, blobs, members and stack. */
  readonly anomalies: Pick<AnomalyLog, 'list' | 'counts'>;
}

/** Which plain tars are worth keeping while an image is read for the first time. */
export interface PlainToKeep {
  /** Whether they must survive a power loss. */
  readonly durable: boolean;
  /** Also those above the snapshot that is named. */
  readonly all: boolean;
}

/** Opens `IMAGE[@N]` without reading any layer. */
export async function openImage(context: Context, name: string): Promise<OpenedImage> {
  const images = await import('../../images/open.js');
  const { existsSync } = await import('node:fs');
  const reference = parseReference(name, existsSync);
  const opened = await images.openImage(reference, {
    ...sourceOptions(context),
    platform: context.platformAsked ? context.platform : undefined,
  });
  try {
    const { image } = opened;
    return {
      image,
      n: resolveSnapshot(image.layers, reference.snapshot),
      close: () => opened.close(),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/**
 * Opens `IMAGE[@N]`, reads and verifies what is not known yet, with progress, and folds the stack. With `keepPlain`
 * the plain tars of the layers are kept as they are read: those up to N, or all when several snapshots will be mounted.
 */
export async function openSnapshot(
  context: Context,
  name: string,
  { keepPlain }: { readonly keepPlain?: PlainToKeep | undefined } = {},
): Promise<OpenedSnapshot> {
  const opened = await openImage(context, name);
  try {
    const { image, n } = opened;
    const kept =
      keepPlain === undefined
        ? undefined
        : { top: keepPlain.all ? image.layers.length : n, durable: keepPlain.durable };
    return { ...opened, ...(await indexOpened(context, image, kept)) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Indexes the layers of an open image and folds them. */
export async function indexOpened(
  context: Context,
  image: Image,
  keepPlain?: KeptPlain,
): Promise<Pick<OpenedSnapshot, 'layers' | 'union' | 'anomalies'>> {
  const [{ indexImage }, { openUnion }] = await Promise.all([
    import('../../layers/index/index-image.js'),
    import('../../layers/union/open-union.js'),
  ]);
  const store = await context.store();
  const layers = await indexImage(image, {
    store,
    limits: context.limits,
    signal: context.signal,
    keepPlain,
    ...reporting(context, image),
  });
  const union = await openUnion(
    layers.map(({ index }) => index),
    store,
  );
  context.progress.end();
  return { layers, union, anomalies: gatherAnomalies(image, layers, union) };
}

/** Returns what was odd in the source of an image, before any layer was read. */
export function sourceAnomalies(image: Image): AnomalyLog {
  const log = createAnomalyLog();
  for (const { code, where, detail } of image.anomalies) log.add(code, where, detail);
  return log;
}

/** Callbacks that show the progress of indexing. */
export function reporting(context: Context, image: Image) {
  const { progress } = context;
  const parts = new Map<number, ReturnType<typeof progress.part>>();
  const total = storedBytes(image.layers);
  let begun = false;
  return {
    onBegin(layer: { position: number }, storedBytes: number): void {
      if (!begun) progress.begin(total, `reading ${image.name}`);
      begun = true;
      parts.set(layer.position, progress.part(storedBytes, `layer ${String(layer.position)}`));
    },
    onBytes: (layer: { position: number }, count: number): void => parts.get(layer.position)?.advance(count),
    onEnd: (layer: { position: number }): void => parts.get(layer.position)?.end(),
  };
}

/** Joins all anomaly logs of an image, with the layer named where it matters. */
export function gatherAnomalies(
  image: Image,
  layers: readonly IndexedLayer[],
  union: Union,
): Pick<AnomalyLog, 'list' | 'counts'> {
  const all = createAnomalyLog();
  const counts = new Map(all.counts);
  const count = (code: (typeof image.anomalies)[number]['code'], times: number): void => {
    counts.set(code, (counts.get(code) ?? 0) + times);
  };
  for (const { code, where, detail } of image.anomalies) {
    all.add(code, where, detail);
    count(code, 1);
  }
  for (const { layer, index, anomalies } of layers) {
    const label = `layer ${String(layer.position)}`;
    for (const { code, where, detail } of anomalies) {
      all.add(code, where, detail === undefined ? label : `${label}: ${detail}`);
      count(code, 1);
    }
    for (const { code, where, detail } of index.anomalies)
      all.add(code, where, detail === undefined ? label : `${label}: ${detail}`);
    for (const [code, times] of index.anomalyCounts) count(code, times);
  }
  for (const { code, where, detail } of union.anomalies) all.add(code, where, detail);
  for (const [code, times] of union.anomalyCounts) count(code, times);
  return { list: all.list, counts };
}

/** The layer of the image at a position. Throws E_INTERNAL. */
export function layerAt<T>(layers: readonly T[], position: number): T {
  return layers[position - 1] ?? fail('E_INTERNAL', `there is no layer ${String(position)}`);
}
