import type { Union } from '../../layers/union.js';
import { type ChangeView, changedBytes, changeView, STATUS } from './change-view.js';
import { type FoundNodes, meets } from './file-match.js';
import { type ChangeSums, changeSums } from './change-sums.js';
import { createNameMatcher, type NameMatch } from './name-match.js';
import { parseQuery } from './query.js';
import { recent } from './recent.js';
import { childOrder, type SortKey } from './child-order.js';
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
  readonly before: SnapshotView;
  readonly view: SnapshotView;
  readonly changes: ChangeView;
  readonly sizes: (node: number) => number;
  /** What changed at and below each node; worked out when it is asked for. */
  readonly sums: () => ChangeSums;
  /** What of the filter could not be read. */
  readonly problem: string | undefined;
  /** Rows that the filter itself found, not only what is above or in them; undefined without a filter. */
  readonly hits: Hits | undefined;
}

export interface Hits {
  readonly count: number;
  /** By node: 1 was found. */
  readonly nodes: Uint8Array;
}

/** Makes trees of one union and remembers what several share. */
export interface Forest {
  readonly union: Union;
  readonly facts: TouchFacts;
  view(n: number): SnapshotView;
  changes(from: number, to: number): ChangeView;
  /** `open` may be of an older, smaller union. While a filter is on, what it found is opened. */
  tree(settings: TreeSettings, open: Uint8Array, found: FoundNodes): FileTree;
}

/** Views kept: about 16 bytes a path each. */
const KEPT = 4;

/** Returns the forest of a union. */
export function createForest(union: Union): Forest {
  const facts = touchFacts(union);
  let last: SnapshotView | undefined;
  const view = recent(KEPT, (n) => {
    // A neighbour in time is mostly the same.
    const near = last !== undefined && touchesBetween(facts, last.n, Number(n)) < facts.nodeOf.length / 8;
    last = last !== undefined && near ? movedView(facts, last, Number(n)) : snapshotView(facts, Number(n));
    return last;
  });
  const between = recent(KEPT, (key) => {
    const [from, to] = key.split(' ').map(Number);
    return changeView(facts, from, to);
  });
  const brought = recent(2, (key) => changedBytes(facts, between(key), view(key.split(' ')[1]).live));
  const summed = recent(2, (key) => changeSums(facts, between(key), view(key.split(' ')[0])));
  const match = createNameMatcher(union.paths);
  const names = recent(2, (filter) => match(parseQuery(filter).names));

  return {
    union,
    facts,
    view: (n) => view(String(n)),
    changes: (from, to) => between(`${from} ${to}`),
    tree(settings, given, found) {
      const { from, to, filter, onlyChanges } = settings;
      const key = `${from} ${to}`;
      const base = {
        facts,
        settings,
        before: view(String(from)),
        view: view(String(to)),
        changes: between(key),
      };
      const bytes = onlyChanges ? brought(key) : undefined;
      const sizes = (node: number): number => {
        const gone = base.view.live[node] < 0;
        if (gone) return base.before.bytes[node];
        return bytes === undefined ? base.view.bytes[node] : bytes[node];
      };
      const query = filter.trim() === '' ? undefined : parseQuery(filter);
      const shown = selfShown(base, settings);
      let open = extended(given, union.paths.count);
      let hits: Hits | undefined;
      if (query !== undefined) {
        const narrowed = narrow({ ...base, found }, names(filter), query, shown);
        open = narrowed.open;
        hits = narrowed.hits;
      }
      return {
        ...base,
        parent: union.paths.parent,
        shown,
        open,
        rows: countRowsAbove(union.paths.parent, shown, open),
        childrenOf: childOrder(union, shown, settings.sort, sizes),
        sizes,
        sums: () => summed(key),
        problem: query?.problem,
        hits,
      };
    },
  };
}

function touchesBetween({ layerStart }: TouchFacts, a: number, b: number): number {
  return layerStart[Math.max(a, b) + 1] - layerStart[Math.min(a, b) + 1];
}

type Compared = Pick<FileTree, 'facts' | 'before' | 'view' | 'changes'>;

/** 1 for every node that is there, or was removed, and that the settings do not hide. */
function selfShown({ view, changes }: Compared, { hide, onlyChanges }: TreeSettings): Uint8Array {
  const { live } = view;
  const { status } = changes;
  const shown = new Uint8Array(live.length);
  const allowed = [!hide.same && !onlyChanges, !hide.added, !hide.removed, !hide.modified].map(Number);
  for (let node = 1; node < live.length; node++) {
    const what = status[node];
    if (live[node] >= 0 || what === STATUS.removed) shown[node] = allowed[what];
  }
  return shown;
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

function extended(open: Uint8Array, count: number): Uint8Array {
  if (open.length >= count) return open;
  const larger = new Uint8Array(count);
  larger.set(open);
  return larger;
}
