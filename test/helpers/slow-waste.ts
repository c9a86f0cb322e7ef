import { entriesOf, type LayerIndex } from '../../src/layers/index/layer-index.js';
import type { WasteClass } from '../../src/layers/waste/waste.js';
import type { Entry } from '../../src/model/entry.js';

/** One entry with stored content, and what became of it. */
export interface SlowClass {
  readonly class: WasteClass;
  /** The layer that took it away; 0 while it is shown. */
  readonly goneIn: number;
}

export interface SlowWaste {
  /** By `layer row`, only of entries with stored content. */
  readonly classes: ReadonlyMap<string, SlowClass>;
  /** By layer: bytes of the tar between, before and behind contents. */
  readonly framing: readonly number[];
}

/** One file of the replayed file system; hard links share it. */
interface Thing {
  readonly layer: number;
  readonly entry: Entry | undefined;
  readonly kind: string;
}

/** A name that stopped showing a content while a layer was applied. */
interface Loss {
  readonly path: string;
  readonly thing: Thing;
}

const keyOf = ({ layer, entry }: Thing): string => `${String(layer)} ${String(entry?.row)}`;
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/**
 * The second opinion for `classifyBytes`: a Map from path to file, replayed entry by entry by the rules of OCI image-spec
 * 1.1 layer.md, without union, touches or columns. Whatever a name lost is judged by what the layer left at that name.
 */
export function slowWaste(layers: readonly LayerIndex[], n: number): SlowWaste {
  const tree = new Map<string, Thing>();
  const fates = new Map<string, SlowClass>();
  const contents: Thing[] = [];
  for (let layer = 1; layer <= n; layer++) {
    const losses = applyLayer(tree, layers[layer - 1], layer, contents);
    for (const { path, thing } of losses) {
      if (thing.kind !== 'file' || tree.get(path) === thing) continue;
      const fate: SlowClass = { class: whatFollowed(thing, tree.get(path)), goneIn: layer };
      const before = fates.get(keyOf(thing));
      if (before?.goneIn !== layer || ORDER.indexOf(fate.class) < ORDER.indexOf(before.class))
        fates.set(keyOf(thing), fate);
    }
  }
  const shown = new Set(tree.values());
  const classes = new Map<string, SlowClass>();
  const first = new Set<string>();
  for (const thing of contents) {
    if (thing.entry === undefined || thing.entry.storedSize === 0) continue;
    if (shown.has(thing)) {
      const digest = thing.entry.content;
      const twin = digest !== undefined && first.has(digest);
      if (digest !== undefined) first.add(digest);
      classes.set(keyOf(thing), { class: twin ? 'duplicate' : 'live', goneIn: 0 });
    } else classes.set(keyOf(thing), fates.get(keyOf(thing)) ?? { class: 'framing', goneIn: -1 });
  }
  return { classes, framing: layers.slice(0, n).map(framingOf) };
}

/** Of names that went in one layer the first of these is what counts. */
const ORDER: readonly WasteClass[] = ['metadata-copy', 'overwritten', 'deleted'];

function whatFollowed({ entry }: Thing, next: Thing | undefined): WasteClass {
  if (next === undefined) return 'deleted';
  const same =
    next.kind === 'file' &&
    next.entry?.size === entry?.size &&
    entry?.content !== undefined &&
    next.entry?.content === entry.content;
  return same ? 'metadata-copy' : 'overwritten';
}

function applyLayer(tree: Map<string, Thing>, index: LayerIndex, layer: number, contents: Thing[]): Loss[] {
  const losses: Loss[] = [];
  const entries = [...entriesOf(index)];
  const lose = (path: string): void => {
    const thing = tree.get(path);
    if (thing !== undefined) losses.push({ path, thing });
    tree.delete(path);
  };
  const loseBelow = (path: string): void => {
    const prefix = path === '/' ? '/' : `${path}/`;
    for (const other of [...tree.keys()]) if (other !== '/' && other.startsWith(prefix)) lose(other);
  };
  const put = (path: string, thing: Thing): void => {
    const before = tree.get(path);
    if (before !== undefined) losses.push({ path, thing: before });
    if (before?.kind === 'directory' && thing.kind !== 'directory') loseBelow(path);
    tree.set(path, thing);
  };
  const implied = (): Thing => ({ layer, entry: undefined, kind: 'directory' });
  const makeParents = (path: string): void => {
    const parent = parentOf(path);
    if (parent !== '/') makeParents(parent);
    if (parent !== '/' && tree.get(parent)?.kind !== 'directory') put(parent, implied());
  };

  const isWhiteout = ({ kind }: Entry): boolean => kind === 'whiteout' || kind === 'opaque';
  for (const { kind, path } of entries.filter(isWhiteout)) {
    loseBelow(path);
    if (kind === 'whiteout' && path !== '/') lose(path);
  }
  const stated = new Set(entries.filter((entry) => !isWhiteout(entry)).map(({ path }) => path));
  for (const { kind, path } of entries.filter(isWhiteout)) {
    const parts = (kind === 'opaque' ? path : parentOf(path)).split('/').filter(Boolean);
    for (let length = 1; length <= parts.length; length++) {
      const link = `/${parts.slice(0, length).join('/')}`;
      if (tree.get(link)?.kind === 'symlink' && !stated.has(link)) put(link, implied());
    }
  }

  for (const entry of entries) {
    if (isWhiteout(entry)) continue;
    const { path, kind, link } = entry;
    let thing: Thing = { layer, entry, kind };
    if (kind === 'hardlink') {
      const target = tree.get(link);
      if (target === undefined || target.kind === 'directory' || link === path) continue;
      thing = target;
    } else if (kind === 'file') contents.push(thing);
    if (path !== '/') makeParents(path);
    put(path, thing);
  }
  return losses;
}

function framingOf(index: LayerIndex): number {
  let end = 0;
  let framing = 0;
  for (const { dataOffset, storedSize } of entriesOf(index)) {
    framing += dataOffset - end;
    end = dataOffset + storedSize;
  }
  if (end > index.plainBytes) throw new Error('contents reach behind the end of the tar');
  return framing + index.plainBytes - end;
}
