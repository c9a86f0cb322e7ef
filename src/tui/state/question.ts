import type { Effect, Next } from './action.js';
import type { State } from './state.js';

/** What is asked before something that cannot be taken back. */
export interface Question {
  readonly text: string;
  readonly yes: Effect;
}

/** Returns the state after the answer: y does it, every other key does not. */
export function answered(state: State, { yes }: Question, chord: string): Next<State> {
  const next: State = { ...state, question: undefined };
  if (chord === 'y' || chord === 'Y') return { state: next, effects: [yes] };
  return { state: { ...next, message: { text: 'nothing was done', role: 'status' } }, effects: [] };
}
