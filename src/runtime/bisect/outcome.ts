import { constants } from 'node:os';
import type { Verdict } from './search.js';

/** How a command ended in one snapshot. */
export type Outcome =
  /** 128 and the signal's number when a signal ended it. */
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'timeout'; readonly milliseconds: number }
  /** There is no such program, or none that can be run; counts as the exit status. */
  | { readonly kind: 'unrunnable'; readonly status: 126 | 127; readonly why: string }
  /** The snapshot could not be made a container of, for example because it has no such user. */
  | { readonly kind: 'impossible'; readonly why: string };

/** The exit status that says that a snapshot cannot be told (git-bisect(1), "Bisect run"). */
const SKIP = 125;

/** Returns what an outcome says, as `git bisect run` has it: 0 good, 125 cannot be told, all others bad; a timeout too. */
export function verdictOf(outcome: Outcome): Verdict {
  switch (outcome.kind) {
    case 'timeout':
    case 'unrunnable':
      return 'bad';
    case 'impossible':
      return 'skip';
    case 'exit':
      return outcome.status === 0 ? 'good' : outcome.status === SKIP ? 'skip' : 'bad';
  }
}

/** Returns the outcome in words for the user. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'timeout':
      return `still ran after ${String(outcome.milliseconds / 1000)} s`;
    case 'unrunnable':
      return outcome.status === 127 ? 'there is no such command' : 'the command cannot be run';
    case 'impossible':
      return outcome.why;
    case 'exit':
      return `exit status ${String(outcome.status)}${meaning(outcome.status)}`;
  }
}

function meaning(status: number): string {
  if (status === SKIP) return ', which says that it cannot be told';
  // What a shell says of a command in it.
  if (status === 127) return ', as a shell says that there is no such command';
  const name = Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
  return name === undefined ? '' : `, ended by ${name}`;
}
