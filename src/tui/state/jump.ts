import { STATUS } from '../tree/change-view.js';
import { compareRows } from '../tree/child-order.js';
import { modeOf } from '../tree/file-match.js';
import type { FileTree } from '../tree/file-tree.js';
import { shownBeside } from './beside.js';
import { foundOf, revealed } from './derive.js';
import type { Loaded, State } from './state.js';

export type JumpTo = 'waste' | 'removed' | 'setuid' | 'anomaly' | 'changed';

const NOUNS: Readonly<Record<JumpTo, string>> = {
  waste: 'wasted file',
  removed: 'removed file',
  setuid: 'setuid or setgid file',
  anomaly: 'anomaly',
  changed: 'change',
};

/** Returns the state with the cursor on the next (or previous) row of that sort, also in folded directories. */
export function jump(state: State, to: JumpTo, back: boolean): State {
  const { tree } = state;
  if (tree === undefined) return state;
  const wanted = testOf(state, tree, to);
  if (wanted === undefined)
    return say(
      state,
      shownBeside(state) === undefined
        ? 'not known yet: layers are still being read'
        : 'known of one image only: = leaves the difference',
    );
  const order = compareRows(tree.facts.union, tree.settings.sort, tree.sizes);
  const sign = back ? -1 : 1;
  let [best, first, count] = [0, 0, 0];
  for (let node = 1; node < tree.shown.length; node++) {
    if (tree.shown[node] === 0 || !wanted(node)) continue;
    count += 1;
    if (first === 0 || order(node, first) * sign < 0) first = node;
    if (state.cursor !== 0 && order(node, state.cursor) * sign <= 0) continue;
    if (best === 0 || order(node, best) * sign < 0) best = node;
  }
  if (count === 0) return say(state, `no ${NOUNS[to]} among these files${elsewhere(state, to)}`);
  const next = revealed(state, best === 0 ? first : best);
  return best === 0 ? say(next, back ? 'from the last one again' : 'from the first one again') : next;
}

/** Layers that are named, at most. */
const MOST_NAMED = 6;

/** Which layers have what is looked for, where that is known without looking at their files. */
function elsewhere({ loaded, beside }: State, to: JumpTo): string {
  if (loaded === undefined || beside?.shown === true) return '';
  const layers = to === 'removed' ? removing(loaded) : to === 'anomaly' ? odd(loaded) : [];
  if (layers.length === 0) return '';
  const named = `${layers.slice(0, MOST_NAMED).join(', ')}${layers.length > MOST_NAMED ? ' and more' : ''}`;
  return `: ${layers.length === 1 ? 'layer' : 'layers'} ${named} ${to === 'removed' ? 'removed some' : 'brought some'}`;
}

function removing({ layers }: Loaded): number[] {
  return layers.flatMap(({ removed }, i) => (removed > 0 ? [i + 1] : []));
}

function odd({ anomalies }: Loaded): number[] {
  const found = anomalies.map(({ detail }) => Number(/^layer (\d+)\b/.exec(detail ?? '')?.[1] ?? 0));
  return [...new Set(found)].filter((layer) => layer > 0).sort((a, b) => a - b);
}

function testOf(state: State, tree: FileTree, to: JumpTo): ((node: number) => boolean) | undefined {
  const { changes, view, facts } = tree;
  const found = foundOf(state);
  switch (to) {
    case 'changed':
      return (node) => changes.status[node] !== STATUS.same;
    case 'removed':
      return (node) => changes.status[node] === STATUS.removed;
    case 'setuid':
      return (node) =>
        view.live[node] >= 0 && (modeOf(facts, view.live[node]) & 0o6000) !== 0 && !isDirectory(tree, node);
    case 'waste':
      return found?.waste === undefined ? undefined : (node) => found.waste?.[node] === 1;
    case 'anomaly':
      return found?.anomaly === undefined ? undefined : (node) => found.anomaly?.[node] === 1;
  }
}

function isDirectory({ facts, view }: FileTree, node: number): boolean {
  return facts.kind[view.live[node]] === 1;
}

function say(state: State, text: string): State {
  return { ...state, message: { text, role: 'status' } };
}
