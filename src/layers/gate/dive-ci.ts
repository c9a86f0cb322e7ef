import { fail } from '../../model/error.js';
import { parseConfigDocument } from './config-document.js';
import { parseGoBytes, parseGoFloat } from './go-numbers.js';

/** The rules that dive knows, in the order of its report. */
export const DIVE_RULES = ['highestUserWastedPercent', 'highestWastedBytes', 'lowestEfficiency'] as const;

export type DiveRule = (typeof DIVE_RULES)[number];

/** Each rule's setting as text, as dive holds it. */
export type DiveSettings = Readonly<Record<DiveRule, string>>;

/** What dive has for a rule that nobody sets. */
export const DIVE_DEFAULTS: DiveSettings = {
  highestUserWastedPercent: '0.1',
  highestWastedBytes: 'disabled',
  lowestEfficiency: '0.9',
};

/** What a `.dive-ci` says. */
export interface DiveCi {
  /** Only the rules it sets. */
  readonly settings: Partial<DiveSettings>;
  /** Keys that nothing reads, neither here nor in dive; a misspelt rule is among them. */
  readonly ignored: readonly string[];
}

/** By the spellings of v0.13.1 (whose keys have no case) and of the main branch. */
const SPELLINGS: ReadonlyMap<string, DiveRule> = new Map(
  DIVE_RULES.flatMap((rule) => [
    [rule.toLowerCase(), rule] as const,
    [rule.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), rule] as const,
  ]),
);

/**
 * Reads a `.dive-ci` as dive does: only under `rules`, a missing or empty rule keeps its default, other keys are not looked at.
 * Throws E_USAGE for what is no YAML mapping, for a rule that is given twice, and for one that is no scalar.
 */
export function parseDiveCi(text: string, file: string): DiveCi {
  const document = parseConfigDocument(text, file);
  if (document === null) return { settings: {}, ignored: [] };
  if (!(document instanceof Map)) return fail('E_USAGE', `reading ${file}: it is not a mapping`);
  const settings: Partial<Record<DiveRule, string>> = {};
  const ignored: string[] = [];
  for (const [key, value] of document as ReadonlyMap<unknown, unknown>) {
    if (String(key).toLowerCase() !== 'rules') ignored.push(String(key));
    else if (value instanceof Map) readRules(value, file, settings, ignored);
    else if (value !== null) fail('E_USAGE', `reading ${file}: rules is not a mapping`);
  }
  return { settings, ignored };
}

function readRules(
  rules: ReadonlyMap<unknown, unknown>,
  file: string,
  settings: Partial<Record<DiveRule, string>>,
  ignored: string[],
): void {
  for (const [key, value] of rules) {
    const rule = SPELLINGS.get(String(key).toLowerCase());
    if (rule === undefined) ignored.push(`rules.${String(key)}`);
    else if (settings[rule] !== undefined) fail('E_USAGE', `reading ${file}: rules.${rule} is given twice`);
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      settings[rule] = String(value);
    else if (value !== null) fail('E_USAGE', `reading ${file}: rules.${rule} is not a number or text`);
  }
}

/** A rule that can be judged, one that is switched off, or why it can be neither, in dive's words. */
export type DiveLimit =
  { readonly limit: number } | { readonly limit: undefined } | { readonly problem: string };

/** Returns what a setting means in v0.13.1; `false`, `off` and the empty text of the main branch switch off too. */
export function diveLimit(rule: DiveRule, setting: string): DiveLimit {
  if (['disabled', 'off', 'false', ''].includes(setting)) return { limit: undefined };
  const parsed = rule === 'highestWastedBytes' ? parseGoBytes(setting) : parseGoFloat(setting);
  if ('problem' in parsed) return { problem: `invalid config value ('${setting}'): ${parsed.problem}` };
  if (rule !== 'highestWastedBytes' && (parsed.value < 0 || parsed.value > 1))
    return { problem: `${rule} config value is outside allowed range (0-1), given '${setting}'` };
  return { limit: parsed.value };
}

/** The limits of all rules; undefined for one that is switched off. */
export type DiveLimits = Readonly<Record<DiveRule, number | undefined>>;

/** Returns the limits of a `.dive-ci`, or dive's own. Throws E_USAGE naming the rule when dive would call it misconfigured. */
export function diveLimits(settings: Partial<DiveSettings>, file: string): DiveLimits {
  const limitOf = (rule: DiveRule): number | undefined => {
    const found = diveLimit(rule, settings[rule] ?? DIVE_DEFAULTS[rule]);
    if ('limit' in found) return found.limit;
    return fail('E_USAGE', `reading ${file}: rules.${rule}: ${found.problem}`, {
      hint:
        rule === 'highestWastedBytes'
          ? 'write a size as 20MB or 20MiB, or disabled'
          : 'write a number from 0 to 1, or disabled',
    });
  };
  return {
    highestUserWastedPercent: limitOf('highestUserWastedPercent'),
    highestWastedBytes: limitOf('highestWastedBytes'),
    lowestEfficiency: limitOf('lowestEfficiency'),
  };
}
