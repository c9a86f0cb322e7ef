import { storedAt } from './classify-bytes.js';
import { addCopy, copiedMetadata, type CopiedMetadata } from './copied-metadata.js';
import { FACET } from '../union/facets.js';
import type { Step } from '../history/history.js';
import {
  cachedEntries,
  type CachedEntries,
  cachePlace,
  PACKAGE_CACHES,
  type PackageCache,
} from './package-caches.js';
import { nodePath } from '../index/path-table.js';
import type { Union } from '../union/union.js';
import { fixOf } from './waste-fix.js';
import {
  type Classified,
  type CopyCause,
  MOST_PATHS,
  WASTE_CAUSES,
  WASTE_CLASSES,
  type WasteCause,
  type WasteCauseName,
  type WasteClass,
} from './waste.js';

export interface CauseOptions {
  /** By layer, by row: 1 leaves the entry out. */
  readonly ignored: readonly (Uint8Array | undefined)[];
  readonly ratios: readonly (number | undefined)[];
  readonly steps: readonly Step[];
  readonly baseLayers: number;
}

/** Entries of one layer with one cause. */
interface Group {
  readonly cause: WasteCauseName;
  readonly layer: number;
  readonly originLayer: number;
  readonly otherLayer: number | undefined;
  readonly cache: PackageCache | undefined;
  readonly copy: CopyCause | undefined;
  readonly copied: CopiedMetadata;
  bytes: number;
  entries: number;
  /** Rows of the largest, largest first. */
  readonly largest: { readonly row: number; readonly bytes: number }[];
}

/** Returns all causes, most bytes first: by cause, storing layer, hiding layer, cache and kind of copy. */
export function wasteCauses(classified: Classified, options: CauseOptions): WasteCause[] {
  const { union, n } = classified;
  const cached = cachedEntries(union, n);
  const steps = new Map(options.steps.map((step) => [step.layer, step]));
  const causes: WasteCause[] = [];
  for (let layer = 1; layer <= n; layer++)
    for (const group of groupsOf(classified, cached, layer, options.ignored[layer - 1]))
      causes.push(finish(group, union, steps, options));
  return causes.sort(
    (a, b) =>
      b.bytes - a.bytes ||
      a.layer - b.layer ||
      (a.otherLayer ?? 0) - (b.otherLayer ?? 0) ||
      WASTE_CAUSES.indexOf(a.cause) - WASTE_CAUSES.indexOf(b.cause),
  );
}

/** A function for each layer: V8 makes quick code of one that is called again sooner than of one long loop. */
function groupsOf(
  classified: Classified,
  cached: CachedEntries,
  layer: number,
  ignored: Uint8Array | undefined,
): Iterable<Group> {
  const index = classified.union.layers[layer - 1];
  const classes = classified.classOf[layer - 1];
  const hasCaches = cached.inLayer(layer);
  const groups = new Map<number, Group>();
  let group: Group | undefined;
  for (let row = 0; row < index.count; row++) {
    const place = classes[row];
    if (place === FRAMING || (place === LIVE && !hasCaches) || ignored?.[row] === 1) continue;
    const cache = hasCaches ? cached.at(layer, row) : undefined;
    const cause = causeOf(
      classified,
      layer,
      row,
      cache !== undefined && onlyCached(classified, cached.names(layer, row), layer, row),
    );
    if (cause === undefined) continue;
    const other = otherLayer(classified, cause, layer, row);
    const broken = cause === 'duplicate' ? classified.brokenFor[layer - 1]?.get(row) : undefined;
    const copy = broken === undefined ? undefined : copyCause(broken);
    const origin = originLayer(classified, copy ?? cause, layer, row);
    // Neighbours in an archive mostly have one cause.
    if (!belongs(group, cause, cache, origin, other, copy)) {
      const key = groupKey(cause, cache, origin, other, copy);
      group = groups.get(key) ?? newGroup(cause, layer, origin, other, cache, copy);
      groups.set(key, group);
    }
    join(group, row, storedAt(index, row));
    if (broken !== undefined) addCopy(group.copied, broken, index, row);
    else if (place === COPY) joinCopy(group, classified, row);
  }
  return groups.values();
}

const place = (name: WasteClass): number => WASTE_CLASSES.indexOf(name);
const LIVE = place('live');
const FRAMING = place('framing');
const DUPLICATE = place('duplicate');
const OVERWRITTEN = place('overwritten');
const DELETED = place('deleted');
const COPY = place('metadata-copy');

function causeOf(
  { classOf, goneIn, facetsOf }: Classified,
  layer: number,
  row: number,
  onlyInCache: boolean,
): WasteCauseName | undefined {
  const what = classOf[layer - 1][row];
  if (onlyInCache) return 'package-cache';
  if (what === DUPLICATE) return 'duplicate';
  if (what !== OVERWRITTEN && what !== DELETED && what !== COPY) return undefined;
  if (goneIn[layer - 1][row] === layer) return 'stored-twice';
  if (what === OVERWRITTEN) return 'overwritten';
  if (what === DELETED) return 'deleted-later';
  return copyCause(facetsOf[layer - 1][row]);
}

/** What a copy was most likely made for, from the mask of what differs. */
function copyCause(facets: number): CopyCause {
  if ((facets & FACET.owner) !== 0) return 'chown-copy';
  if ((facets & FACET.mode) !== 0) return 'chmod-copy';
  if ((facets & FACET.xattrs) !== 0) return 'xattr-copy';
  return (facets & FACET.mtime) !== 0 ? 'touch-copy' : 'copied-again';
}

/** Whether the snapshot shows the content, and no path outside of caches does: then removing the cache frees it. */
function onlyCached({ names }: Classified, inCaches: number, layer: number, row: number): boolean {
  return inCaches > 0 && names[layer - 1][row] <= inCaches;
}

function otherLayer(
  { goneIn, twinIn }: Classified,
  cause: WasteCauseName,
  layer: number,
  row: number,
): number | undefined {
  if (cause === 'package-cache') return undefined;
  return cause === 'duplicate' ? twinIn[layer - 1][row] : goneIn[layer - 1][row];
}

/** Duplicates, caches and what a layer stored twice are told by the layer that stores them. */
function originLayer({ originIn }: Classified, cause: WasteCauseName, layer: number, row: number): number {
  const isOwn = cause === 'stored-twice' || cause === 'duplicate' || cause === 'package-cache';
  const origin = isOwn ? 0 : originIn[layer - 1][row];
  return origin === 0 ? layer : origin;
}

function groupKey(
  cause: WasteCauseName,
  cache: PackageCache | undefined,
  origin: number,
  other = 0,
  copy?: CopyCause,
): number {
  const kind = WASTE_CAUSES.indexOf(cause) * (PACKAGE_CACHES.length + 1);
  const kinds = kind + (cache === undefined ? 0 : PACKAGE_CACHES.indexOf(cache) + 1);
  const copies =
    kinds * (WASTE_CAUSES.length + 1) + (copy === undefined ? 0 : WASTE_CAUSES.indexOf(copy) + 1);
  return (copies * 65_536 + origin) * 65_536 + other;
}

function belongs(
  group: Group | undefined,
  cause: WasteCauseName,
  cache: PackageCache | undefined,
  origin: number,
  other: number | undefined,
  copy: CopyCause | undefined,
): group is Group {
  return (
    group?.cause === cause &&
    group.cache === cache &&
    group.copy === copy &&
    group.originLayer === origin &&
    group.otherLayer === other
  );
}

function newGroup(
  cause: WasteCauseName,
  layer: number,
  originLayer: number,
  otherLayer: number | undefined,
  cache: PackageCache | undefined,
  copy: CopyCause | undefined,
): Group {
  const copied = copiedMetadata();
  return { cause, layer, originLayer, otherLayer, cache, copy, copied, bytes: 0, entries: 0, largest: [] };
}

function join(group: Group, row: number, bytes: number): void {
  group.bytes += bytes;
  group.entries++;
  const { largest } = group;
  if (largest.length === MOST_PATHS && bytes <= largest[MOST_PATHS - 1].bytes) return;
  const at = largest.findIndex((one) => one.bytes < bytes);
  largest.splice(at < 0 ? largest.length : at, 0, { row, bytes });
  if (largest.length > MOST_PATHS) largest.pop();
}

/** Adds what the version got that followed a copied entry. */
function joinCopy({ copied, layer, otherLayer = layer }: Group, classified: Classified, row: number): void {
  const { facetsOf, copiedBy, union } = classified;
  const by = (copiedBy[layer - 1]?.[row] ?? 0) - 1;
  addCopy(copied, facetsOf[layer - 1][row], union.layers[otherLayer - 1], by);
}

function finish(
  { largest, copied, ...group }: Group,
  union: Union,
  steps: ReadonlyMap<number | undefined, Step>,
  { ratios, baseLayers }: CauseOptions,
): WasteCause {
  const { paths, columns } = union.layers[group.layer - 1];
  const ratio = ratios[group.layer - 1];
  const maker = group.cause === 'duplicate' ? group.layer : (group.otherLayer ?? group.layer);
  const named = largest.map(({ row, bytes }) => ({ path: nodePath(paths, columns.node[row]), bytes }));
  const { cache, copy } = group;
  const places = cache === undefined ? [] : named.flatMap(({ path }) => cachePlace(cache, path) ?? []);
  // What a copy of a shown content was made from and for says more than where else the content is.
  const other = copy === undefined ? group.otherLayer : group.layer;
  return {
    ...group,
    compressedBytes: ratio === undefined ? undefined : Math.round(group.bytes * ratio),
    paths: named,
    base: maker <= baseLayers,
    fix: fixOf({
      cause: copy ?? group.cause,
      cache,
      places: [...new Set(places)],
      copied,
      layer: group.originLayer,
      otherLayer: other,
      made: steps.get(group.originLayer),
      hid: other === undefined ? undefined : steps.get(other),
      baseLayers,
    }),
  };
}
