import type { PathMatcher } from '../search/glob.js';
import type { Step } from '../history/history.js';
import { nodePath } from '../index/path-table.js';
import { storedAt } from './classify-bytes.js';
import { wasteCauses } from './waste-causes.js';
import {
  type Classified,
  type ClassSum,
  type LayerWaste,
  type Waste,
  WASTE_CLASSES,
  type WasteClass,
} from './waste.js';

export interface WasteOptions {
  /** Paths whose waste is not held against the image. The classes' sums keep them, or they would not be exact. */
  readonly ignore?: PathMatcher | undefined;
  /** By layer (index 0 is layer 1): stored bytes by plain bytes; undefined where a layer's stored size is not known. */
  readonly ratios?: readonly (number | undefined)[] | undefined;
  /** The history, for the fixes. */
  readonly steps?: readonly Step[] | undefined;
  /** Layers that came with the base image; default: none is known to. */
  readonly baseLayers?: number | undefined;
}

const WASTED: ReadonlySet<WasteClass> = new Set<WasteClass>(['overwritten', 'deleted', 'metadata-copy']);
const FRAMING = WASTE_CLASSES.indexOf('framing');
const WASTED_AT = WASTE_CLASSES.map((name) => WASTED.has(name));

/** Returns the sums of classified bytes, and their causes. The classes of the stack and of each layer sum exactly. */
export function wasteOf(classified: Classified, options: WasteOptions = {}): Waste {
  const { union, n } = classified;
  const ignored = ignoredRows(classified, options.ignore);
  const { baseLayers = 0, ratios = [] } = options;
  const total = emptyTally();
  const layers: LayerWaste[] = [];
  for (let layer = 1; layer <= n; layer++) {
    const tally = tallyLayer(classified, layer, ignored[layer - 1]);
    const ratio = union.layers[layer - 1].plainBytes === 0 ? 0 : ratios[layer - 1];
    const estimate = (bytes: number): number => bytes * (ratio ?? Number.NaN);
    tally.compressed = tally.bytes.map(estimate);
    tally.wastedCompressed = estimate(tally.wasted);
    layers.push({ layer, ...sumsOf(tally) });
    add(total, tally);
  }
  const sums = sumsOf(total);
  return {
    ...sums,
    efficiency: sums.contentBytes === 0 ? 1 : (sums.contentBytes - sums.wastedBytes) / sums.contentBytes,
    ignoredBytes: total.ignored,
    baseLayers,
    layers,
    causes: wasteCauses(classified, { ignored, ratios, steps: options.steps ?? [], baseLayers }),
  };
}

/** Sums by class, in the order of {@link WASTE_CLASSES}. NaN stands for an estimate that cannot be made. */
interface Tally {
  readonly bytes: number[];
  readonly entries: number[];
  compressed: number[];
  wasted: number;
  wastedCompressed: number;
  ignored: number;
}

function emptyTally(): Tally {
  const zeros = (): number[] => WASTE_CLASSES.map(() => 0);
  return {
    bytes: zeros(),
    entries: zeros(),
    compressed: zeros(),
    wasted: 0,
    wastedCompressed: 0,
    ignored: 0,
  };
}

function tallyLayer({ union, classOf }: Classified, layer: number, ignored: Uint8Array | undefined): Tally {
  const index = union.layers[layer - 1];
  const tally = emptyTally();
  const { bytes, entries } = tally;
  let contents = 0;
  for (let row = 0; row < index.count; row++) {
    const place = classOf[layer - 1][row];
    if (place === FRAMING) continue;
    const stored = storedAt(index, row);
    bytes[place] += stored;
    entries[place]++;
    contents += stored;
    if (!WASTED_AT[place]) continue;
    if (ignored?.[row] === 1) tally.ignored += stored;
    else tally.wasted += stored;
  }
  bytes[FRAMING] = index.plainBytes - contents;
  entries[FRAMING] = index.count;
  return tally;
}

function add(total: Tally, tally: Tally): void {
  for (let place = 0; place < WASTE_CLASSES.length; place++) {
    total.bytes[place] += tally.bytes[place];
    total.entries[place] += tally.entries[place];
    total.compressed[place] += tally.compressed[place];
  }
  total.wasted += tally.wasted;
  total.wastedCompressed += tally.wastedCompressed;
  total.ignored += tally.ignored;
}

function sumsOf(tally: Tally): Omit<LayerWaste, 'layer'> {
  const bytes = tally.bytes.reduce((sum, part) => sum + part, 0);
  return {
    bytes,
    contentBytes: bytes - tally.bytes[FRAMING],
    classes: WASTE_CLASSES.map((name, i): ClassSum => ({
      class: name,
      bytes: tally.bytes[i],
      entries: tally.entries[i],
      compressedBytes: known(tally.compressed[i]),
    })),
    wastedBytes: tally.wasted,
    wastedCompressedBytes: known(tally.wastedCompressed),
  };
}

/** Returns the estimate in whole bytes, undefined for NaN. */
function known(estimate: number): number | undefined {
  return Number.isNaN(estimate) ? undefined : Math.round(estimate);
}

/** By layer: 1 for the rows whose path fits. Each path is asked for once a layer. */
function ignoredRows(
  { union, n, classOf }: Classified,
  ignore: PathMatcher | undefined,
): readonly (Uint8Array | undefined)[] {
  if (ignore === undefined) return [];
  return union.layers.slice(0, n).map((index, i) => {
    const rows = new Uint8Array(index.count);
    for (let row = 0; row < index.count; row++)
      if (classOf[i][row] !== FRAMING && ignore(nodePath(index.paths, index.columns.node[row])))
        rows[row] = 1;
    return rows;
  });
}

/**
 * Returns all wasted bytes by what the layers above the first hold, as dive's userWastedPercent divides; 0 where nothing
 * is wasted or there is one layer, infinite where only the first holds anything.
 */
export function userWasted({ layers, wastedBytes }: Pick<Waste, 'layers' | 'wastedBytes'>): number {
  const userBytes = layers.slice(1).reduce((sum, { contentBytes }) => sum + contentBytes, 0);
  return wastedBytes === 0 || layers.length <= 1 ? 0 : wastedBytes / userBytes;
}
