import type { Next } from './action.js';
import type { Question } from './container-action.js';
import type { State } from './state.js';

/** Returns the state after the answer: y does it, every other key does not. */
export function answered(state: State, { yes }: Question, chord: string): Next<State> {
  const next: State = { ...state, question: undefined };
  if (chord === 'y' || chord === 'Y') return { state: next, effects: [yes] };
  return { state: { ...next, message: { text: 'nothing was done', role: 'status' } }, effects: [] };
}
