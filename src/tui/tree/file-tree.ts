import type { Union } from '../../layers/union/union.js';
import { type BeforeView, beforeView } from './before-view.js';
import { type ChangeView, changedBytes, changesInstead, noChanges, STATUS } from './change-view.js';
import { type FoundNodes, meets } from './file-match.js';
import { type ChangeSums, changeSums } from './change-sums.js';
import { createNameMatcher, type NameMatch } from './name-match.js';
import { parseQuery } from './query.js';
import { recent } from './recent.js';
import { childOrder, type SortKey } from './child-order.js';
import { moveRows } from './moved-rows.js';
import { movedView, type SnapshotView, snapshotView } from './snapshot-view.js';
import { type TouchFacts, touchFacts } from './touch-facts.js';
import { countRowsAbove, type TreeRows } from './tree-rows.js';

/** What of the files is shown, and how. */
export interface TreeSettings {
  /** The snapshots compared: 0 is nothing at all. */
  readonly from: number;
  readonly to: number;
  /** Only what changed. */
  readonly onlyChanges: boolean;
  readonly hide: Hidden;
  readonly sort: SortKey;
  /** As typed. */
  readonly filter: string;
}

/** Which files have no row. */
export interface Hidden {
  readonly added: boolean;
  readonly removed: boolean;
  readonly modified: boolean;
  readonly same: boolean;
}

/** The files of a snapshot, compared with another one, in rows. */
export interface FileTree extends TreeRows {
  readonly facts: TouchFacts;
  readonly settings: TreeSettings;
  readonly before: BeforeView;
  readonly view: SnapshotView;
  readonly changes: ChangeView;
  readonly sizes: (node: number) => number;
  /** What changed at and below a node; worked out when it is asked for. */
  readonly sums: (node: number) => ChangeSums;
  /** What of the filter could not be read. */
  readonly problem: string | undefined;
  /** Number of the tree in its forest: one with other directories open is the same tree. */
  readonly made: number;
  /** Rows that the filter itself found, not only what is above or in them; undefined without a filter. */
  readonly hits: Hits | undefined;
}

export interface Hits {
  readonly count: number;
  /** By node: 1 was found. */
  readonly nodes: Uint8Array;
}

/** Makes trees of one union, one after the other in the same memory. */
export interface Forest {
  readonly union: Union;
  readonly facts: TouchFacts;
  /** Number of the tree made last, the only one that is good; 0 before the first. */
  readonly made: number;
  /**
   * Returns the tree of these settings; the one before it is good no more. `open` may be of an older, smaller union. While
   * a filter is on, what it found is opened. Costs what differs from `last`, the tree before, where that is little.
   */
  tree(settings: TreeSettings, open: Uint8Array, found: FoundNodes, last?: FileTree): FileTree;
}

/** Returns the forest of a union. */
export function createForest(union: Union): Forest {
  const facts = touchFacts(union);
  const { parent } = union.paths;
  const match = createNameMatcher(union.paths);
  const names = recent(2, (filter) => match(parseQuery(filter).names));
  let view: SnapshotView | undefined;
  let changes = noChanges(facts);
  let made = 0;

  return {
    union,
    facts,
    get made() {
      return made;
    },
    tree(settings, given, found, last) {
      const { from, to, filter, onlyChanges } = settings;
      const old = last?.facts === facts && last.made === made ? last : undefined;
      made += 1;
      view = view === undefined ? snapshotView(facts, to) : movedView(facts, view, to);
      changes = changesInstead(facts, changes, from, to);
      const base = { facts, settings, view, changes, before: beforeView(facts, view, changes) };
      const sizes = sizesOf(base, onlyChanges);
      const query = filter.trim() === '' ? undefined : parseQuery(filter);
      const sums = recent(SUMS_KEPT, (node) => changeSums(facts, base.changes, Number(node)));
      const rest = {
        ...base,
        parent,
        made,
        sizes,
        sums: (node: number): ChangeSums => sums(String(node)),
        problem: query?.problem,
      };
      const order = (shown: Uint8Array): FileTree['childrenOf'] =>
        childOrder(union, shown, settings.sort, sizes);
      const open = extended(given, union.paths.count);
      const isMoved =
        old?.open === open &&
        isPlain(old) &&
        query === undefined &&
        hidesNothing(settings) &&
        moveRows(facts, old, view, changes);
      if (isMoved)
        return {
          ...rest,
          shown: old.shown,
          open,
          rows: old.rows,
          childrenOf: order(old.shown),
          hits: undefined,
        };
      const shown = old?.shown ?? new Uint8Array(open.length);
      markShown(base, settings, shown);
      const narrowed =
        query === undefined
          ? { open, hits: undefined }
          : narrow({ ...base, found }, names(filter), query, shown);
      const rows = old?.rows ?? new Uint32Array(open.length);
      countRowsAbove(parent, shown, narrowed.open, rows);
      return { ...rest, ...narrowed, shown, rows, childrenOf: order(shown) };
    },
  };
}

/** Directories whose sums are remembered. */
const SUMS_KEPT = 64;

/** Returns what each row takes: of a removed one what it took; of only changes what they brought. */
function sizesOf({ facts, view, changes, before }: Compared, onlyChanges: boolean): FileTree['sizes'] {
  const { live } = view;
  const bytes = onlyChanges ? changedBytes(facts, changes, live) : view.bytes;
  return (node) => (live[node] < 0 ? before.bytes(node) : bytes[node]);
}

function isPlain({ settings, hits }: FileTree): boolean {
  return hits === undefined && hidesNothing(settings);
}

function hidesNothing({ hide, onlyChanges }: TreeSettings): boolean {
  return !onlyChanges && !Object.values(hide).includes(true);
}

type Compared = Pick<FileTree, 'facts' | 'before' | 'view' | 'changes'>;

/** Whether the settings let a node have a row for itself, whatever the filter is. */
export function isAllowed({ view, changes: { status }, settings }: FileTree, node: number): boolean {
  const isThere = node > 0 && (view.live[node] >= 0 || status[node] === STATUS.removed);
  return isThere && allowedStatus(settings)[status[node]] === 1;
}

/** By status: 1 has rows. */
function allowedStatus({ hide, onlyChanges }: TreeSettings): number[] {
  return [!hide.same && !onlyChanges, !hide.added, !hide.removed, !hide.modified].map(Number);
}

/** Marks every node that is there, or was removed, and that the settings do not hide. */
function markShown(
  { view: { live }, changes: { status } }: Compared,
  settings: TreeSettings,
  shown: Uint8Array,
): void {
  const allowed = allowedStatus(settings);
  for (let node = 0; node < shown.length; node++) {
    const what = status[node];
    const isThere = node > 0 && (live[node] >= 0 || what === STATUS.removed);
    shown[node] = isThere ? allowed[what] : 0;
  }
}

/** Leaves only what the query lets through, and opens the directories above it. */
function narrow(
  tree: Compared & { readonly found: FoundNodes },
  names: NameMatch,
  query: ReturnType<typeof parseQuery>,
  shown: Uint8Array,
): { open: Uint8Array; hits: Hits } {
  const { parent } = tree.facts.union.paths;
  const open = new Uint8Array(shown.length);
  const tested = query.tests.length > 0;
  const nodes = new Uint8Array(shown.length);
  let count = 0;
  for (let node = shown.length - 1; node > 0; node--) {
    if (shown[node] === 1) {
      if (names.fits[node] === 0 || (tested && !meets(tree, query.tests, node))) shown[node] = 0;
      else if (tested || names.hit[node] === 1) {
        count += 1;
        nodes[node] = 1;
        open[parent[node]] = 1;
      }
    }
    if (open[node] === 1) open[parent[node]] = 1;
  }
  return { open, hits: { count, nodes } };
}

/** Returns the directories that are open in a union of `count` nodes; the same array where it is large enough. */
export function extended(open: Uint8Array, count: number): Uint8Array {
  if (open.length >= count) return open;
  const larger = new Uint8Array(count);
  larger.set(open);
  return larger;
}
