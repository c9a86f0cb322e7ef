import type { CommitChoice } from '../effects/step-in.js';
import type { ChangeList, CommitForm } from './change-pages.js';
import { fits } from './change-tree.js';

export const EMPTY_FORM: CommitForm = {
  left: new Set(),
  name: '',
  message: '',
  squash: false,
  dropCaches: false,
  preview: undefined,
  problem: [],
  replaces: undefined,
  writing: false,
  done: undefined,
};

/** Whether a change of the tree is chosen by itself: what goes because something took its directory's place comes with that. */
function isChoice({ nodes }: ChangeList, node: number): boolean {
  const { change } = nodes[node];
  return change !== undefined && change.removedBy !== 'replaced';
}

/** How much of what lies at and below a node goes into the layer. */
export function tickOf(list: ChangeList, form: CommitForm, node: number): 'all' | 'some' | 'none' {
  let [ticked, all] = [0, 0];
  for (let at = node; at < list.nodes[node].end; at++) {
    if (!isChoice(list, at)) continue;
    all += 1;
    if (!form.left.has(at)) ticked += 1;
    if (ticked > 0 && ticked < all) return 'some';
  }
  // What comes with something else is as that is.
  if (all === 0 && list.nodes[node].parent >= 0) return tickOf(list, form, list.nodes[node].parent);
  return ticked === 0 ? 'none' : 'all';
}

/** Returns the form with everything at and below a node ticked, or unticked when it was; with a filter only what fits it. */
export function toggleTick(list: ChangeList, form: CommitForm, node: number): CommitForm {
  return ticked(list, form, node, list.nodes[node].end);
}

/** Returns the form with everything ticked, or unticked when it was; with a filter only what fits it. */
export function toggleEvery(list: ChangeList, form: CommitForm): CommitForm {
  return ticked(list, form, 0, list.nodes.length);
}

function ticked(list: ChangeList, form: CommitForm, from: number, end: number): CommitForm {
  const chosen: number[] = [];
  for (let at = from; at < end; at++)
    if (isChoice(list, at) && (list.filter === '' || fits(list.nodes[at], list.filter))) chosen.push(at);
  const left = new Set(form.left);
  const every = chosen.every((node) => !left.has(node));
  for (const node of chosen) {
    if (every) left.add(node);
    else left.delete(node);
  }
  return { ...form, left };
}

/** Returns what the form says is to be committed. */
export function choiceOf({ nodes }: ChangeList, form: CommitForm): CommitChoice {
  const picked = new Set<string>();
  for (const [node, { change, path }] of nodes.entries())
    if (change !== undefined && !form.left.has(node)) picked.add(path);
  const { name, message, squash, dropCaches } = form;
  return { picked, name, message, squash, dropCaches };
}
