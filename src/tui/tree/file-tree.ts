import type { Union } from '../../layers/union/union.js';
import { type BeforeView, beforeView } from './before-view.js';
import { type ChangeView, changedBytes, changesInstead, noChanges } from './change-view.js';
import { type FoundNodes, fileMarks } from './file-match.js';
import { type ChangeSums, changeSums } from './change-sums.js';
import { createNameMatcher } from './name-match.js';
import { parseQuery } from './query.js';
import { recent } from './recent.js';
import { childOrder, type SortKey } from './child-order.js';
import { moveRows } from './moved-rows.js';
import { movedView, type SnapshotView, snapshotView } from './snapshot-view.js';
import { type TouchFacts, touchFacts } from './touch-facts.js';
import type { TreeRows } from './tree-rows.js';
import { type Hidden, type Hits, showAll, showFound } from './shown-rows.js';

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
  /** Filters `last` for nobody, once: V8 makes quick code of what was called before. The tree stays good. */
  rehearse(filter: string, last: FileTree): void;
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
  const rehearsed = new Set<string>();

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
      const open = extended(given, union.paths.count);
      const shown = old?.shown ?? new Uint8Array(open.length);
      const rows = old?.rows ?? new Uint32Array(open.length);
      const all = { ...rest, shown, rows, childrenOf: childOrder(union, shown, settings.sort, sizes) };
      if (query === undefined) {
        const isNear = old?.open === open && isPlain(old) && hidesNothing(settings);
        if (!isNear || !moveRows(facts, old, view, changes)) showAll(base, { parent, open, shown, rows });
        return { ...all, open, hits: undefined };
      }
      const opened = new Uint8Array(open.length);
      const { tests } = query;
      const { fits, hit } = names(filter);
      const met = tests.length === 0 ? undefined : fileMarks({ ...base, found }, tests, fits);
      const narrowing = { fits: met ?? fits, hit: met ?? hit };
      const hits = showFound(base, { parent, open: opened, shown, rows }, narrowing);
      return { ...all, open: opened, hits };
    },
    rehearse(filter, last) {
      if (rehearsed.has(filter)) return;
      rehearsed.add(filter);
      const { count } = union.paths;
      const [opened, shown] = [new Uint8Array(count), new Uint8Array(count)];
      const unseen = { parent, open: opened, shown, rows: new Uint32Array(count) };
      showFound(last, unseen, match(parseQuery(filter).names));
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

/** Returns the directories that are open in a union of `count` nodes; the same array where it is large enough. */
export function extended(open: Uint8Array, count: number): Uint8Array {
  if (open.length >= count) return open;
  const larger = new Uint8Array(count);
  larger.set(open);
  return larger;
}
