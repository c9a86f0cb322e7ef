import type { DiveNumbers } from './dive.js';
import { DIVE_RULES, diveLimit, type DiveRule, type DiveSettings } from './dive-ci.js';
import { goFloat } from './go-numbers.js';

/** dive's words for what became of a rule; `CONFIGURED` is what it says of the others when one is misconfigured. */
export type DiveStatus = 'PASS' | 'FAIL' | 'SKIP' | 'MISCONFIGURED' | 'CONFIGURED   ';

export interface DiveResult {
  readonly rule: DiveRule;
  readonly status: DiveStatus;
  /** '' for a rule that passed. */
  readonly message: string;
}

/** dive's judgement (v0.13.1, runtime/ci): by its own numbers, NaN passing every rule. */
export interface DiveVerdict {
  readonly passed: boolean;
  /** A setting made no sense, so that nothing was judged. */
  readonly misconfigured: boolean;
  readonly results: readonly DiveResult[];
}

/** Judges as dive does. */
export function diveVerdict(settings: DiveSettings, numbers: DiveNumbers): DiveVerdict {
  const limits = DIVE_RULES.map((rule) => ({ rule, found: diveLimit(rule, settings[rule]) }));
  if (limits.some(({ found }) => 'problem' in found))
    return {
      passed: false,
      misconfigured: true,
      results: limits.map(({ rule, found }) => {
        if ('problem' in found) return { rule, status: 'MISCONFIGURED', message: found.problem };
        const message = found.limit === undefined ? 'rule disabled' : 'test';
        return { rule, status: 'CONFIGURED   ', message };
      }),
    };
  const results = limits.map(({ rule, found }): DiveResult => {
    const limit = 'limit' in found ? found.limit : undefined;
    if (limit === undefined) return { rule, status: 'SKIP', message: 'rule disabled' };
    const message = FAILURES[rule](numbers, limit);
    return { rule, status: message === '' ? 'PASS' : 'FAIL', message };
  });
  return { passed: results.every(({ status }) => status !== 'FAIL'), misconfigured: false, results };
}

const FAILURES: Readonly<Record<DiveRule, (numbers: DiveNumbers, limit: number) => string>> = {
  highestUserWastedPercent: ({ userWastedPercent }, limit) =>
    limit < userWastedPercent
      ? `too many bytes wasted, relative to the user bytes added (%-user-wasted-bytes=${goFloat(userWastedPercent)} > threshold=${goFloat(limit)})`
      : '',
  highestWastedBytes: ({ wastedBytes }, limit) =>
    wastedBytes > limit
      ? `too many bytes wasted (wasted-bytes=${String(wastedBytes)} > threshold=${String(limit)})`
      : '',
  lowestEfficiency: ({ efficiency }, limit) =>
    limit > efficiency
      ? `image efficiency is too low (efficiency=${goFloat(efficiency)} < threshold=${goFloat(limit)})`
      : '',
};
