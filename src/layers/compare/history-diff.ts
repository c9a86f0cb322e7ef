import { diffArrays } from 'diff';
import type { Step } from '../history/history.js';

/** A step of one history beside the step of the other that stands in its place; one may be absent. */
export interface StepPair {
  readonly before: Step | undefined;
  readonly after: Step | undefined;
  /** Whether both are there and their instructions are the same text. */
  readonly same: boolean;
}

/** Steps removed and added beyond which they are paired by number. */
const MOST_EDITS = 2000;

/**
 * Returns two histories step by step, oldest first: steps of the same instruction side by side as far as a least
 * difference goes, between them what was replaced, removed and added, in order. Bounded for any two histories.
 */
export function alignHistories(before: readonly Step[], after: readonly Step[]): StepPair[] {
  const parts = diffArrays(before.map(textOf), after.map(textOf), {
    maxEditLength: MOST_EDITS,
    timeout: 2000,
  });
  if (parts === undefined) return sideBySide(before, after);
  const pairs: StepPair[] = [];
  let b = 0;
  let a = 0;
  let removed = 0;
  const replace = (added: number): void => {
    pairs.push(...sideBySide(before.slice(b, b + removed), after.slice(a, a + added)));
    b += removed;
    a += added;
    removed = 0;
  };
  for (const part of parts) {
    if (part.removed) removed += part.count;
    else if (part.added) replace(part.count);
    else {
      replace(0);
      for (let i = 0; i < part.count; i++) pairs.push({ before: before[b++], after: after[a++], same: true });
    }
  }
  replace(0);
  return pairs;
}

function sideBySide(before: readonly Step[], after: readonly Step[]): StepPair[] {
  const pairs: StepPair[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const old = before.at(i);
    const now = after.at(i);
    const same = old !== undefined && now !== undefined && textOf(old) === textOf(now);
    pairs.push({ before: old, after: now, same });
  }
  return pairs;
}

function textOf({ instruction }: Step): string {
  return instruction.text;
}
