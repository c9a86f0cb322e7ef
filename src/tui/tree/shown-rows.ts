import { type ChangeView, STATUS } from './change-view.js';
import type { SnapshotView } from './snapshot-view.js';
import type { TreeRows } from './tree-rows.js';

/** Which files have no row. */
export interface Hidden {
  readonly added: boolean;
  readonly removed: boolean;
  readonly modified: boolean;
  readonly same: boolean;
}

/** A moment, and which of its files may have rows. */
export interface ShownMoment {
  readonly view: Pick<SnapshotView, 'live'>;
  readonly changes: Pick<ChangeView, 'status'>;
  readonly settings: { readonly hide: Hidden; readonly onlyChanges: boolean };
}

/** What a filter lets through, by node: 1 each. */
export interface Narrowing {
  readonly fits: Uint8Array;
  /** What it found, of that; undefined where it only leaves out. */
  readonly hit: Uint8Array | undefined;
}

/** Rows that a filter itself found, not only what is above or in them. */
export interface Hits {
  /** Of a filter that only leaves out: all that it leaves. */
  readonly count: number;
  /** By node: 1 was found. */
  readonly nodes: Uint8Array;
}

/** Whether a node is there, or was removed. */
export function isSeen({ view, changes }: Omit<ShownMoment, 'settings'>, node: number): boolean {
  return node > 0 && (view.live[node] >= 0 || changes.status[node] === STATUS.removed);
}

/** Whether the settings let a node have a row for itself, whatever the filter is. */
export function isAllowed(moment: ShownMoment, node: number): boolean {
  return isSeen(moment, node) && allowedStatus(moment.settings)[moment.changes.status[node]] === 1;
}

/** By status: 1 has rows. */
function allowedStatus({ hide, onlyChanges }: ShownMoment['settings']): Uint8Array {
  return Uint8Array.of(+(!hide.same && !onlyChanges), +!hide.added, +!hide.removed, +!hide.modified);
}

/** Marks what has a row and everything above it, and counts the rows. Linear in nodes: parents have smaller numbers. */
export function showAll(moment: ShownMoment, { parent, open, shown, rows }: ShownRows): void {
  const allowed = allowedStatus(moment.settings);
  const { status } = moment.changes;
  shown.fill(0);
  rows.fill(0);
  for (let node = shown.length - 1; node > 0; node--) {
    if (isSeen(moment, node) && allowed[status[node]] === 1) shown[node] = 1;
    if (shown[node] === 1) addOwnRows(node, parent, open, shown, rows);
  }
}

/** Does the same for what the filter lets through, and opens the directories above what it found. */
export function showFound(
  moment: ShownMoment,
  { parent, open, shown, rows }: ShownRows,
  { fits, hit }: Narrowing,
): Hits {
  const allowed = allowedStatus(moment.settings);
  const { status } = moment.changes;
  const nodes = new Uint8Array(shown.length);
  let count = 0;
  open.fill(0);
  shown.fill(0);
  rows.fill(0);
  for (let node = shown.length - 1; node > 0; node--) {
    if (fits[node] === 1 && isSeen(moment, node) && allowed[status[node]] === 1) {
      shown[node] = 1;
      nodes[node] = hit === undefined ? 0 : hit[node];
      count += hit === undefined ? 1 : hit[node];
    }
    open[parent[node]] |= open[node] | nodes[node];
    if (shown[node] === 1) addOwnRows(node, parent, open, shown, rows);
  }
  return { count, nodes };
}

type ShownRows = Pick<TreeRows, 'parent' | 'open' | 'shown' | 'rows'>;

/** Counts the rows of a shown node, those below it being counted, among those of the directory above, which is shown, too. */
function addOwnRows(
  node: number,
  parent: Uint32Array,
  open: Uint8Array,
  shown: Uint8Array,
  rows: Uint32Array,
): void {
  const above = parent[node];
  const own = open[node] === 1 ? rows[node] + 1 : 1;
  shown[above] = 1;
  rows[node] = own;
  rows[above] += own;
}
