import { blame, type BlameStep } from '../../layers/changes/blame.js';
import type { WasteClass } from '../../layers/waste/waste.js';
import { humanBytes } from '../../report/bytes.js';
import type { State } from '../state/state.js';
import { fateOf } from './history.js';

/** What the layer did that made the bytes of the version before it needless. */
const DEEDS: Partial<Readonly<Record<WasteClass, string>>> = {
  overwritten: 'replaced',
  deleted: 'removed',
  'metadata-copy': 'copied',
};

/** Returns of each version of the file at the cursor whose bytes are wasted how many they are and why, newest first. */
export function wastedVersions(state: State): string[] {
  const { tree, cursor } = state;
  if (tree === undefined || state.judged?.found.waste?.[cursor] !== 1) return [];
  const steps = blame(tree.facts.union, cursor);
  return steps.flatMap((step, i) => wastedVersion(state, step, steps.at(i + 1)) ?? []).reverse();
}

function wastedVersion(state: State, step: BlameStep, next: BlameStep | undefined): string | undefined {
  const fate = fateOf(state, step);
  const deed = fate === undefined ? undefined : DEEDS[fate];
  if (deed === undefined || step.file === undefined) return undefined;
  const own = `${humanBytes(step.file.size)} of layer ${step.layer}`;
  if (next === undefined) return `${own}: ${deed} later`;
  const facets = fate === 'metadata-copy' && next.facets.length > 0 ? ` for ${next.facets.join(', ')}` : '';
  return `${own}: ${deed} by layer ${next.layer}${facets}`;
}
