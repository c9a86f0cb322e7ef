import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcomeText, verdictOf } from '../../../src/runtime/bisect/outcome.js';
import { allChanges, type Finding, searchChange, type Verdict } from '../../../src/runtime/bisect/search.js';

/** Searches a row of verdicts, that of snapshot `low` first; also returns which were asked for, in their order. */
function search(verdicts: readonly Verdict[], low = 1): { finding: Finding; asked: number[] } {
  const steps = searchChange(low, low + verdicts.length - 1);
  const asked: number[] = [];
  let step = steps.next();
  while (step.done !== true) {
    asked.push(step.value);
    step = steps.next(verdicts[step.value - low]);
  }
  return { finding: step.value, asked };
}

const row = (n: number, first: number, turned: boolean): Verdict[] =>
  Array.from({ length: n }, (_, i) => (i + 1 < first === turned ? 'bad' : 'good'));
const verdict = fc.constantFrom<Verdict>('good', 'bad', 'skip');
const rows = fc.array(verdict, { minLength: 2, maxLength: 60 });

describe('where the verdict changes once', () => {
  test('that layer is named, by at most ceil(log2 n) + 2 runs', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: 300 })
          .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 2, max: n }))),
        fc.boolean(),
        ([n, first], turned) => {
          const { finding, asked } = search(row(n, first, turned));
          expect(finding).toMatchObject({ kind: 'changed', before: first - 1, after: first, skipped: [] });
          expect(asked.length).toBeLessThanOrEqual(Math.ceil(Math.log2(n)) + 2);
          expect(new Set(asked).size).toBe(asked.length);
          expect(asked.slice(0, 2)).toEqual(n === 2 ? [1, 2] : [1, n]);
        },
      ),
    );
  });
});

describe('whatever the verdicts', () => {
  test('both sides of what is found differ as the ends do, and all between them cannot be told', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 40 }), (verdicts, low) => {
        const at = (n: number): Verdict => verdicts[n - low];
        const { finding, asked } = search(verdicts, low);
        const [first, last] = [at(low), at(low + verdicts.length - 1)];
        expect(new Set(asked).size).toBe(asked.length);
        if (finding.kind === 'untold') expect(at(finding.n)).toBe('skip');
        else if (finding.kind === 'same') expect([first, last]).toEqual([finding.verdict, finding.verdict]);
        else {
          expect([at(finding.before), at(finding.after)]).toEqual([first, last]);
          const between = Array.from(
            { length: finding.after - finding.before - 1 },
            (_, i) => finding.before + 1 + i,
          );
          expect(finding.skipped).toEqual(between);
          expect(between.map(at).every((one) => one === 'skip')).toBe(true);
        }
      }),
    );
  });

  test('all changes are those of the row without what cannot be told', () => {
    fc.assert(
      fc.property(rows, (verdicts) => {
        const told = verdicts.flatMap((one, i) => (one === 'skip' ? [] : [{ n: i + 3, one }]));
        const expected = told.flatMap(({ n, one }, i) =>
          i > 0 && told[i - 1].one !== one ? [{ before: told[i - 1].n, after: n, to: one }] : [],
        );
        const found = allChanges(verdicts, 3);
        expect(found.map(({ before, after, to }) => ({ before, after, to }))).toEqual(expected);
        for (const { before, after, skipped } of found) expect(skipped).toHaveLength(after - before - 1);
      }),
    );
  });
});

test('outcomes are read as git bisect run reads them; a signal and a timeout are bad', () => {
  const exits = [0, 1, 124, 125, 126, 127, 137].map((status) => verdictOf({ kind: 'exit', status }));
  expect(exits).toEqual(['good', 'bad', 'bad', 'skip', 'bad', 'bad', 'bad']);
  expect(verdictOf({ kind: 'timeout', milliseconds: 1500 })).toBe('bad');
  expect(verdictOf({ kind: 'unrunnable', status: 127, why: '' })).toBe('bad');
  expect(verdictOf({ kind: 'impossible', why: '' })).toBe('skip');
  expect(outcomeText({ kind: 'timeout', milliseconds: 1500 })).toBe('still ran after 1.5 s');
  expect(outcomeText({ kind: 'exit', status: 139 })).toBe('exit status 139, ended by SIGSEGV');
  expect(outcomeText({ kind: 'unrunnable', status: 127, why: 'x' })).toBe('there is no such command');
});
