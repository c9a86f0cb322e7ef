import type { RuleResult, Verdict } from '../layers/gate/gate.js';
import { goFixed } from '../layers/gate/go-numbers.js';
import { humanBytes, plural } from './bytes.js';
import type { Palette } from './colour.js';
import { escapeForTerminal } from './escape.js';

/** The results of one configuration. */
export interface GateSection {
  /** The file's name, or where else the rules are from. */
  readonly file: string;
  readonly results: readonly RuleResult[];
  /** What else is to be said: keys that nothing reads, and whether no rule is set. */
  readonly notes: readonly string[];
}

/** Returns what a rule measured against what it allows, safe for a terminal: `68.0173 %, at least 90 %`. */
export function ruleMessage({ value, limit, unit, bound, dives, note, status }: RuleResult): string {
  // All digits where the short form would hide what decides.
  const alike = value !== null && limit !== null && shortText(value, unit) === shortText(limit, unit);
  const show = (amount: number): string =>
    alike && value !== limit ? exactText(amount, unit) : shortText(amount, unit);
  const parts = [
    ...(value === null ? [] : [show(value)]),
    ...(limit === null ? [] : [`at ${bound} ${show(limit)}`]),
  ];
  const measured = parts.join(', ');
  const said = [
    ...(note === undefined ? [] : [escapeForTerminal(note)]),
    ...(dives === undefined ? [] : [`dive says ${shortText(dives, unit)}`]),
  ].join(', ');
  if (said === '' || measured === '') return measured + said;
  return status === 'skip' ? `${said}: ${measured}` : `${measured} (${said})`;
}

function shortText(amount: number, unit: RuleResult['unit']): string {
  if (unit === 'count') return String(amount);
  if (unit === 'bytes') return humanBytes(amount);
  // Four digits, as dive shows them.
  return Number.isFinite(amount) ? `${String(Number((amount * 100).toFixed(4)))} %` : `${goFixed(amount)} %`;
}

function exactText(amount: number, unit: RuleResult['unit']): string {
  return unit === 'bytes' ? `${String(amount)} B` : `${String(amount * 100)} %`;
}

const MARKS = { pass: 'PASS', fail: 'FAIL', skip: 'SKIP' } as const;

/** Yields a line per rule, under the name of its file where there are several, and the closing verdict line. */
export function* gateLines(sections: readonly GateSection[], palette: Palette): Generator<string> {
  const styles = { pass: palette.added, fail: palette.error, skip: palette.dim };
  const rules = sections.flatMap(({ results }) => results);
  const width = rules.reduce((most, { rule }) => Math.max(most, rule.length), 0);
  for (const { file, results, notes } of sections) {
    yield palette.heading(`Rules of ${escapeForTerminal(file)}:`);
    for (const note of notes) yield `  ${palette.note('note')}  ${escapeForTerminal(note)}`;
    for (const one of results)
      yield `  ${styles[one.status](MARKS[one.status])}  ${one.rule.padEnd(width)}  ${ruleMessage(one)}`;
  }
  const verdict = verdictText(rules);
  yield rules.some(({ status }) => status === 'fail') ? palette.error(verdict) : palette.added(verdict);
}

/** Returns the closing line: `passed: 3 rules passed, 1 skipped`, `FAILED: 1 of 3 rules failed, 1 skipped`. */
export function verdictText(rules: readonly RuleResult[]): string {
  const count = (status: RuleResult['status']): number => rules.filter((one) => one.status === status).length;
  const [failed, passed, skipped] = [count('fail'), count('pass'), count('skip')];
  const rest = skipped === 0 ? '' : `, ${String(skipped)} skipped`;
  if (failed > 0) return `FAILED: ${String(failed)} of ${plural(failed + passed, 'rule')} failed${rest}`;
  return `passed: ${plural(passed, 'rule')} passed${rest}`;
}

/** Returns the object that the JSON has under `gate`: common.json `#/$defs/gate`. */
export function gateJson(sections: readonly GateSection[], verdict: Verdict): object {
  return {
    verdict,
    configs: sections.map(({ file, results, notes }) => ({
      file,
      notes,
      rules: results.map((one) => ({
        rule: one.rule,
        status: one.status,
        // JSON has no infinity.
        value: one.value !== null && Number.isFinite(one.value) ? one.value : null,
        limit: one.limit,
        ...(one.dives === undefined
          ? {}
          : { dives: Number.isFinite(one.dives) ? one.dives : goFixed(one.dives) }),
        unit: one.unit,
        bound: one.bound,
        message: ruleMessage(one),
      })),
    })),
  };
}
