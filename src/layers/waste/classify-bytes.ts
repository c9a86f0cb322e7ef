import { KIND } from '../../model/entry.js';
import { type BrokenLinks, brokenLinks } from './broken-links.js';
import { createDigestTable } from './digest-table.js';
import { compareRows, REPLACING } from '../union/facets.js';
import type { LayerIndex } from '../index/layer-index.js';
import { TOUCH } from '../union/touch.js';
import type { Inode, Union } from '../union/union.js';
import { type Classified, WASTE_CLASSES, type WasteClass } from './waste.js';

const place = (name: WasteClass): number => WASTE_CLASSES.indexOf(name);
const LIVE = place('live');
const DUPLICATE = place('duplicate');
const OVERWRITTEN = place('overwritten');
const DELETED = place('deleted');
const COPY = place('metadata-copy');
const FRAMING = place('framing');

/** Where names of one content went in the same layer, the class that says the most of it stays. */
const TELLING: readonly number[] = [COPY, OVERWRITTEN, DELETED];

const MOST_NAMES = 0xffff;

/**
 * Classes the content of every entry of the layers 1..n by what snapshot `n` shows of it and by what followed where it
 * does not. A content is live while any name shows it, hard links of later layers included. What followed is what the
 * layer that took it away left at the path; of several names the one that went last decides. Of several live entries
 * with one digest the first is live. Linear in touches and entries; memory about 10 bytes an entry, 14 in
 * layers with copies.
 */
export function classifyBytes(union: Union, n: number): Classified {
  const layers = union.layers.slice(0, n);
  const classified = {
    union,
    n,
    classOf: layers.map(({ count }) => new Uint8Array(count).fill(FRAMING)),
    goneIn: layers.map(({ count }) => new Uint16Array(count)),
    facetsOf: layers.map(({ count }) => new Uint8Array(count)),
    twinIn: layers.map(({ count }) => new Uint16Array(count)),
    originIn: layers.map(({ count }) => new Uint16Array(count)),
    names: layers.map(({ count }) => new Uint16Array(count)),
    copiedBy: layers.map((): Uint32Array | undefined => undefined),
  };
  const broken = brokenLinks(union);
  judgeTouches(classified, broken);
  const brokenFor = broken.shown(({ layer, row }) => classified.classOf[layer - 1][row] === LIVE);
  markDuplicates(classified);
  return { ...classified, brokenFor };
}

/** Returns the bytes of content that the row's tar member holds: less than its size for a sparse file. */
export function storedAt(index: LayerIndex, row: number): number {
  const { size } = index.columns;
  return index.sparse.size === 0 ? size[row] : (index.sparse.get(row)?.storedSize ?? size[row]);
}

/** What is filled while touches are judged. */
type Judged = Omit<Classified, 'brokenFor' | 'copiedBy'> & {
  readonly copiedBy: (Uint32Array | undefined)[];
};

function judgeTouches(classified: Judged, broken: BrokenLinks): void {
  const { union, n } = classified;
  const { touchStart, layers, paths } = union;
  const { layer: layerOf } = union.touches;
  const inode = createInodeReader(union);
  for (let node = 0; node < paths.count; node++) {
    const end = touchStart[node + 1];
    /** The entry whose content the path shows; layer 0: none. */
    let heldLayer = 0;
    let heldRow = 0;
    /** The entry that had this content at the path first. */
    let originLayer = 0;
    let originRow = 0;
    for (let touch = touchStart[node]; touch < end && layerOf[touch] <= n;) {
      const layer = layerOf[touch];
      let last = touch;
      while (last + 1 < end && layerOf[last + 1] === layer) last++;
      // What the layer had at the path for a moment only.
      const moments = touch === last ? NONE : inodesOf(inode, touch, last);
      inode.read(last);
      const same = heldLayer !== 0 && follow(classified, heldLayer, heldRow, layer, inode);
      for (const moment of moments)
        if (hasContent(layers[moment.layer - 1], moment.row))
          follow(classified, moment.layer, moment.row, layer, inode);
      heldLayer = inode.layer !== 0 && hasContent(layers[inode.layer - 1], inode.row) ? inode.layer : 0;
      heldRow = inode.row;
      if (!same) {
        originLayer = heldLayer;
        originRow = heldRow;
      }
      touch = last + 1;
    }
    if (heldLayer === 0) continue;
    show(classified, heldLayer, heldRow);
    if (originLayer !== heldLayer || originRow !== heldRow)
      broken.note({ layer: originLayer, row: originRow }, { layer: heldLayer, row: heldRow });
  }
}

const NONE: readonly Inode[] = [];

function inodesOf(reader: InodeReader, from: number, to: number): Inode[] {
  const inodes: Inode[] = [];
  for (let touch = from; touch < to; touch++) {
    reader.read(touch);
    if (reader.layer !== 0) inodes.push({ layer: reader.layer, row: reader.row });
  }
  return inodes;
}

/** What a touch left at its path. */
interface InodeReader {
  /** 0 when no entry says what is there. */
  readonly layer: number;
  readonly row: number;
  /** Whether anything is there. */
  readonly leaves: boolean;
  /** Touches must be read in rising order. */
  read(touch: number): void;
}

/** The same as `inodeOf` of union.ts for whoever reads all touches: no search, no object for each. */
function createInodeReader({ touches, links }: Union): InodeReader {
  const { layer, kind, row } = touches;
  let link = 0;
  const reader = {
    layer: 0,
    row: 0,
    leaves: false,
    read(touch: number): void {
      reader.leaves = kind[touch] < TOUCH.removed;
      reader.layer = 0;
      if (!reader.leaves || kind[touch] === TOUCH.implied) return;
      while (link < links.touch.length && links.touch[link] < touch) link++;
      const linked = link < links.touch.length && links.touch[link] === touch;
      reader.layer = linked ? links.layer[link] : layer[touch];
      reader.row = linked ? links.row[link] : row[touch];
    },
  };
  return reader;
}

/** Judges a content that `layer` found or put at a path by what it left there. Returns whether that is the same content. */
function follow(
  classified: Judged,
  heldLayer: number,
  heldRow: number,
  layer: number,
  left: InodeReader,
): boolean {
  if (left.layer === heldLayer && left.row === heldRow) return true;
  if (!left.leaves) {
    hide(classified, heldLayer, heldRow, layer, DELETED, 0);
    return false;
  }
  const { layers } = classified.union;
  const mask =
    left.layer === 0
      ? REPLACING
      : compareRows(layers[heldLayer - 1], heldRow, layers[left.layer - 1], left.row);
  if ((mask & REPLACING) !== 0) {
    hide(classified, heldLayer, heldRow, layer, OVERWRITTEN, 0);
    return false;
  }
  hide(classified, heldLayer, heldRow, layer, COPY, mask);
  const { originIn, copiedBy } = classified;
  const origin = originIn[heldLayer - 1][heldRow];
  originIn[left.layer - 1][left.row] = origin === 0 ? heldLayer : origin;
  if (left.layer === layer)
    (copiedBy[heldLayer - 1] ??= new Uint32Array(layers[heldLayer - 1].count))[heldRow] = left.row + 1;
  return true;
}

function hasContent(index: LayerIndex, row: number): boolean {
  return index.columns.kind[row] === KIND.file && storedAt(index, row) > 0;
}

function show({ classOf, goneIn, facetsOf, names }: Judged, layer: number, row: number): void {
  classOf[layer - 1][row] = LIVE;
  goneIn[layer - 1][row] = 0;
  facetsOf[layer - 1][row] = 0;
  if (names[layer - 1][row] < MOST_NAMES) names[layer - 1][row]++;
}

/** Notes what became of a content at one of its names, unless another name shows it or went later. */
function hide(
  { classOf, goneIn, facetsOf }: Judged,
  layer: number,
  row: number,
  gone: number,
  what: number,
  facets: number,
): void {
  const classes = classOf[layer - 1];
  const before = classes[row];
  if (before === LIVE || goneIn[layer - 1][row] > gone) return;
  if (goneIn[layer - 1][row] === gone) {
    if (TELLING.indexOf(before) < TELLING.indexOf(what)) return;
    if (before === what) facets |= facetsOf[layer - 1][row];
  }
  classes[row] = what;
  goneIn[layer - 1][row] = gone;
  facetsOf[layer - 1][row] = facets;
}

/** By number: `for … of` makes an object for each value until V8 has seen enough of them. */
function countLive(classOf: readonly Uint8Array[]): number {
  let live = 0;
  for (const classes of classOf)
    for (let row = 0; row < classes.length; row++) if (classes[row] === LIVE) live++;
  return live;
}

function markDuplicates({ union, n, classOf, twinIn }: Judged): void {
  const table = createDigestTable(countLive(classOf));
  for (let layer = 1; layer <= n; layer++) {
    const classes = classOf[layer - 1];
    const { columns, digests } = union.layers[layer - 1];
    for (let row = 0; row < classes.length; row++) {
      const digest = columns.content[row];
      // A sparse file too large to expand has no digest; nothing is known to be the same.
      if (classes[row] !== LIVE || digest === 0) continue;
      const twin = table.firstWith(layer, digests, (digest - 1) * 32);
      if (twin === 0) continue;
      classes[row] = DUPLICATE;
      twinIn[layer - 1][row] = twin;
    }
  }
}
