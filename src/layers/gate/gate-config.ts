import { fail } from '../../model/error.js';
import { parseConfigDocument } from './config-document.js';
import { diveLimits, type DiveLimits, parseDiveCi } from './dive-ci.js';
import { compileGlob, type PathMatcher } from '../glob.js';
import { parseGoBytes } from './go-numbers.js';

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

type Reader<T> = (value: unknown, refuse: (allowed: string) => never) => T;

const READERS: { readonly [K in keyof WasteRules]-?: Reader<Exclude<WasteRules[K], undefined>> } = {
  efficiency: ratio,
  wastedBytes: size,
  wastedPercent: ratio,
  totalBytes: size,
  compressedBytes: size,
  layers: count,
  layerBytes: size,
  layerBudgets(value, refuse) {
    if (!(value instanceof Map)) return refuse('a mapping of layer numbers to sizes');
    const budgets = new Map<number, number>();
    for (const [layer, budget] of value as ReadonlyMap<unknown, unknown>) {
      const number = Number(layer);
      if (!Number.isSafeInteger(number) || number < 1)
        return refuse('a mapping of layer numbers, from 1, to sizes');
      budgets.set(number, size(budget, refuse));
    }
    return budgets;
  },
  baseline(value, refuse) {
    return typeof value === 'string' && value !== '' ? value : refuse('the name of an image or snapshot');
  },
  growth(value, refuse) {
    const part = percentage(value);
    if (part !== undefined) return { ratio: part };
    return { bytes: size(value, () => refuse('a size (10MB) or a percentage (5%)')) };
  },
  ignore(value, refuse) {
    const patterns: unknown = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(patterns) || !patterns.every((pattern) => typeof pattern === 'string'))
      return refuse('a list of globs');
    const matchers = patterns.map((pattern) => compileGlob(pattern));
    return (path) => matchers.some((fits) => fits(path));
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
    rules[key] = READERS[key](setting, (allowed) =>
      fail('E_USAGE', `reading ${file}: waste.${key} is not ${allowed}`, { hint: 'see docs/gate.md' }),
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

function size(value: unknown, refuse: (allowed: string) => never): number {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const parsed = parseGoBytes(text);
  return 'value' in parsed ? parsed.value : refuse('a size (20MB, 20MiB, 20000000)');
}

function count(value: unknown, refuse: (allowed: string) => never): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse('a whole number');
}

function ratio(value: unknown, refuse: (allowed: string) => never): number {
  const part = typeof value === 'number' ? value : percentage(value);
  return part !== undefined && part >= 0 && part <= 1
    ? part
    : refuse('a number from 0 to 1 or a percentage (95%)');
}

function percentage(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?) ?%$/.exec(value) : null;
  return match === null ? undefined : Number(match[1]) / 100;
}
