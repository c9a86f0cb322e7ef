import { fail } from '../../model/error.js';
import { parseConfigDocument } from './config-document.js';
import { diveLimits, type DiveLimits, parseDiveCi } from './dive-ci.js';
import type { PathMatcher } from '../search/glob.js';
import { parseGoBytes } from './go-numbers.js';
import { compileIgnored } from './ignore-globs.js';

/** What an image may grow by: bytes, or a part of the baseline. */
export type Growth = { readonly bytes: number } | { readonly ratio: number };

/** The rules under `waste:` of a `.strata.yaml`; what is left out is not judged. Sizes are bytes, percentages ratios. */
export interface WasteRules {
  readonly efficiency?: number;
  readonly wastedBytes?: number;
  readonly wastedPercent?: number;
  readonly totalBytes?: number;
  readonly compressedBytes?: number;
  readonly layers?: number;
  readonly layerBytes?: number;
  /** By layer number, from 1. */
  readonly layerBudgets?: ReadonlyMap<number, number>;
  readonly baseline?: string;
  readonly growth?: Growth;
  readonly ignore?: PathMatcher;
}

/** What one configuration file asks for. */
export interface GateConfig {
  /** The file's name as the user knows it. */
  readonly file: string;
  readonly dive: DiveLimits | undefined;
  readonly waste: WasteRules | undefined;
  /** Keys that nothing reads. */
  readonly ignored: readonly string[];
}

/** dive's own defaults, for when there is no file. */
export function defaultGateConfig(): GateConfig {
  return { file: "dive's defaults", dive: diveLimits({}, 'defaults'), waste: undefined, ignored: [] };
}

/** Reads a `.dive-ci`. Throws E_USAGE. */
export function parseDiveGate(text: string, file: string): GateConfig {
  const { settings, ignored } = parseDiveCi(text, file);
  return { file, dive: diveLimits(settings, file), waste: undefined, ignored };
}

/** Reads a `.strata.yaml`: the mapping `waste` and nothing else. Throws E_USAGE naming file and key. */
export function parseStrataGate(text: string, file: string): GateConfig {
  const document = mapping(parseConfigDocument(text, file) ?? new Map(), file, 'it');
  for (const key of document.keys())
    if (key !== 'waste')
      fail('E_USAGE', `reading ${file}: '${String(key)}' is not known`, { hint: 'its only key is waste' });
  const rules = document.get('waste');
  return { file, dive: undefined, waste: readRules(rules ?? new Map(), file), ignored: [] };
}

/** Reads either format by the key that it has: `waste` or `rules`. Throws E_USAGE. */
export function parseGate(text: string, file: string): GateConfig {
  const document = parseConfigDocument(text, file);
  const keys = document instanceof Map ? [...document.keys()].map(String) : [];
  if (keys.includes('waste')) return parseStrataGate(text, file);
  if (keys.some((key) => key.toLowerCase() === 'rules')) return parseDiveGate(text, file);
  return fail('E_USAGE', `reading ${file}: it has neither 'waste' nor 'rules'`, {
    hint: 'docs/gate.md describes .strata.yaml and .dive-ci',
  });
}

/** Throws that the rule `why`: `is not a size`. */
type Refuse = (why: string, hint?: string) => never;
type Reader<T> = (value: unknown, refuse: Refuse) => T;

const READERS: { readonly [K in keyof WasteRules]-?: Reader<Exclude<WasteRules[K], undefined>> } = {
  efficiency: ratio,
  wastedBytes: size,
  wastedPercent: ratio,
  totalBytes: size,
  compressedBytes: size,
  layers: count,
  layerBytes: size,
  layerBudgets(value, refuse) {
    if (!(value instanceof Map)) return refuse('is not a mapping of layer numbers to sizes');
    const budgets = new Map<number, number>();
    for (const [layer, budget] of value as ReadonlyMap<unknown, unknown>) {
      const text = typeof layer === 'number' || typeof layer === 'string' ? String(layer) : '';
      const number = /^[1-9]\d*$/.test(text) ? Number(text) : NaN;
      if (!Number.isSafeInteger(number)) return refuse('is not a mapping of layer numbers, from 1, to sizes');
      // A number and its text are two keys to YAML.
      if (budgets.has(number)) return refuse(`has layer ${text} twice`);
      budgets.set(number, size(budget, refuse));
    }
    return budgets;
  },
  baseline(value, refuse) {
    return typeof value === 'string' && value !== ''
      ? value
      : refuse('is not the name of an image or snapshot');
  },
  growth(value, refuse) {
    const part = percentage(value);
    if (part !== undefined) return { ratio: part };
    const fraction = fractionOf(value);
    if (fraction !== undefined) {
      const percent = String(Number((Number(fraction) * 100).toFixed(6)));
      return refuse('is not a whole number of bytes', `write ${percent}% for that part, or a size as 10MB`);
    }
    return { bytes: size(value, () => refuse('is not a size (10MB) or a percentage (5%)')) };
  },
  ignore(value, refuse) {
    const patterns: unknown = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(patterns) || !patterns.every((pattern) => typeof pattern === 'string'))
      return refuse('is not a list of globs');
    return compileIgnored(patterns, refuse);
  },
};

const KEYS = Object.keys(READERS);

function isRule(key: unknown): key is keyof WasteRules {
  return typeof key === 'string' && Object.hasOwn(READERS, key);
}

function readRules(value: unknown, file: string): WasteRules {
  const rules: Record<string, unknown> = {};
  for (const [key, setting] of mapping(value, file, 'waste')) {
    if (!isRule(key))
      return fail('E_USAGE', `reading ${file}: waste has no rule '${String(key)}'`, {
        hint: `rules are ${KEYS.join(', ')}`,
      });
    rules[key] = READERS[key](setting, (why, hint = 'see docs/gate.md') =>
      fail('E_USAGE', `reading ${file}: waste.${key} ${why}`, { hint }),
    );
  }
  if ((rules.growth === undefined) !== (rules.baseline === undefined))
    fail('E_USAGE', `reading ${file}: waste.growth and waste.baseline need each other`, {
      hint: 'growth: 5%, baseline: the image that it is 5% of',
    });
  return rules;
}

function mapping(value: unknown, file: string, what: string): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : fail('E_USAGE', `reading ${file}: ${what} is not a mapping`);
}

function size(value: unknown, refuse: Refuse): number {
  // go-humanize cuts it: half a byte is none, where half of something else was meant.
  const fraction = fractionOf(value);
  if (fraction !== undefined)
    return refuse('is not a whole number of bytes', `give its unit, as ${fraction}MB`);
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const parsed = parseGoBytes(text);
  return 'value' in parsed ? parsed.value : refuse('is not a size (20MB, 20MiB, 20000000)');
}

/** Returns the digits of a number with a point and no unit; undefined for anything else. */
function fractionOf(value: unknown): string | undefined {
  if (typeof value === 'number')
    return value > 0 && Number.isFinite(value) && !Number.isInteger(value) ? String(value) : undefined;
  const digits = typeof value === 'string' ? value.trimEnd().replaceAll(',', '') : '';
  return /^(?:\d+\.\d*|\.\d+)$/.test(digits) ? digits : undefined;
}

function count(value: unknown, refuse: Refuse): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse('is not a whole number');
}

function ratio(value: unknown, refuse: Refuse): number {
  const part = typeof value === 'number' ? value : percentage(value);
  return part !== undefined && part >= 0 && part <= 1
    ? part
    : refuse('is not a number from 0 to 1 or a percentage (95%)');
}

function percentage(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?) ?%$/.exec(value) : null;
  return match === null ? undefined : Number(match[1]) / 100;
}
