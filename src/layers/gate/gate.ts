import type { DiveNumbers } from './dive.js';
import { DIVE_RULES, type DiveLimits, type DiveRule } from './dive-ci.js';
import type { WasteRules } from './gate-config.js';
import type { Waste } from '../waste/waste.js';
import { userWasted } from '../waste/waste-sums.js';

export type RuleStatus = 'pass' | 'fail' | 'skip';

/** What became of one rule. */
export interface RuleResult {
  /** The rule's key as its configuration writes it; a layer's own budget is `layerBudgets.N`. */
  readonly rule: string;
  readonly status: RuleStatus;
  /** What was measured; null where nothing was. Infinity where wasted bytes are measured against none. */
  readonly value: number | null;
  /** What it may be; null for a rule that is switched off. */
  readonly limit: number | null;
  readonly unit: 'bytes' | 'ratio' | 'count';
  /** Whether the value must reach the limit or must not exceed it; either way the limit itself passes. */
  readonly bound: 'least' | 'most';
  /** dive's own number where it is another. */
  readonly dives?: number | undefined;
  /** What else there is to know: the largest layer, why it was skipped. */
  readonly note: string | undefined;
}

export type Verdict = 'pass' | 'fail';

/** `fail` when any rule failed. */
export function verdictOf(results: readonly RuleResult[]): Verdict {
  return results.some(({ status }) => status === 'fail') ? 'fail' : 'pass';
}

/** What `.strata.yaml` judges. */
export interface WasteFacts {
  /** Without the ignored paths. */
  readonly waste: Waste;
  /** Plain bytes of each layer, base first. */
  readonly layerBytes: readonly number[];
  /** Bytes as stored; undefined where a layer's are not known. */
  readonly compressedBytes: number | undefined;
  /** Plain bytes of the baseline; undefined without one. */
  readonly baselineBytes: number | undefined;
}

/** Judges the rules of a `.strata.yaml`, in the order of docs/gate.md. */
export function judgeWaste(rules: WasteRules, facts: WasteFacts): RuleResult[] {
  const { waste, layerBytes, compressedBytes, baselineBytes } = facts;
  const total = layerBytes.reduce((sum, bytes) => sum + bytes, 0);
  const largest = layerBytes.reduce((most, bytes) => Math.max(most, bytes), 0);
  const results: RuleResult[] = [];
  const judge = (rule: string, limit: number | undefined, measured: Measured): void => {
    if (limit !== undefined) results.push(result(rule, limit, measured));
  };
  judge('efficiency', rules.efficiency, { value: waste.efficiency, unit: 'ratio', bound: 'least' });
  judge('wastedBytes', rules.wastedBytes, { value: waste.wastedBytes, unit: 'bytes' });
  judge('wastedPercent', rules.wastedPercent, {
    value: waste.contentBytes === 0 ? 0 : waste.wastedBytes / waste.contentBytes,
    unit: 'ratio',
  });
  judge('totalBytes', rules.totalBytes, { value: total, unit: 'bytes' });
  judge('compressedBytes', rules.compressedBytes, {
    value: compressedBytes,
    unit: 'bytes',
    note: compressedBytes === undefined ? 'how many bytes a layer takes is not known' : undefined,
  });
  judge('layers', rules.layers, { value: layerBytes.length, unit: 'count' });
  judge('layerBytes', rules.layerBytes, {
    value: largest,
    unit: 'bytes',
    note: `layer ${String(layerBytes.indexOf(largest) + 1)}`,
  });
  for (const [layer, budget] of [...(rules.layerBudgets ?? [])].sort(([a], [b]) => a - b))
    judge(`layerBudgets.${String(layer)}`, budget, {
      value: layerBytes.at(layer - 1),
      unit: 'bytes',
      note: layer > layerBytes.length ? 'there is no such layer' : undefined,
    });
  const { growth } = rules;
  if (growth !== undefined && baselineBytes !== undefined)
    results.push(growthResult(growth, total, baselineBytes, rules.baseline ?? ''));
  return results;
}

function growthResult(
  growth: NonNullable<WasteRules['growth']>,
  total: number,
  before: number,
  baseline: string,
): RuleResult {
  const grown = total - before;
  const note = `from ${String(before)} bytes of ${baseline}`;
  if ('bytes' in growth) return result('growth', growth.bytes, { value: grown, unit: 'bytes', note });
  const ratio = grown === 0 ? 0 : grown / before;
  return result('growth', growth.ratio, { value: ratio, unit: 'ratio', note });
}

/** What a `.dive-ci` judges. */
export interface DiveFacts {
  readonly dive: DiveNumbers;
  readonly waste: Waste;
  /** Judge dive's own numbers also where they say something else than they mean. */
  readonly compat: boolean;
}

interface DiveJudged {
  readonly efficiency: number;
  readonly wastedBytes: number;
  readonly userWastedPercent: number;
}

const NUMBERS: Readonly<Record<DiveRule, keyof DiveJudged>> = {
  highestUserWastedPercent: 'userWastedPercent',
  highestWastedBytes: 'wastedBytes',
  lowestEfficiency: 'efficiency',
};

/** Judges dive's rules: by {@link judgedNumbers}, and as strictly as dive, for which the limit itself passes. */
export function judgeDive(limits: DiveLimits, facts: DiveFacts): RuleResult[] {
  const judged = judgedNumbers(facts);
  return DIVE_RULES.map((rule) => {
    const key = NUMBERS[rule];
    const value = judged[key];
    const dives = facts.dive[key];
    const unit = key === 'wastedBytes' ? 'bytes' : 'ratio';
    const bound = key === 'efficiency' ? 'least' : 'most';
    const limit = limits[rule];
    if (limit === undefined)
      return { rule, status: 'skip', value, limit: null, unit, bound, note: 'switched off' };
    const other = Object.is(value, dives) ? undefined : dives;
    return { ...result(rule, limit, { value, unit, bound }), dives: other };
  });
}

/**
 * Returns the numbers that dive's rules are judged by: dive's own, so that a gate that moves here keeps its verdict, but ours
 * where a flaw of dive's formula touches the image (DIVE_FLAWS). Wasted bytes in an image of one layer, or none of
 * them, are 0 % of the user's.
 */
export function judgedNumbers({ dive, waste, compat }: DiveFacts): DiveJudged {
  const flawed = dive.flaws.some((flaw) => flaw !== 'no-user-bytes');
  if (flawed && !compat)
    return {
      efficiency: waste.efficiency,
      wastedBytes: waste.wastedBytes,
      userWastedPercent: userWasted(waste),
    };
  const { efficiency, wastedBytes } = dive;
  const userBytes = dive.layerBytes.slice(1).reduce((sum, bytes) => sum + bytes, 0);
  const none = wastedBytes === 0 || dive.layerBytes.length <= 1;
  return { efficiency, wastedBytes, userWastedPercent: none ? 0 : wastedBytes / userBytes };
}

interface Measured {
  readonly value: number | undefined;
  readonly unit: RuleResult['unit'];
  readonly bound?: RuleResult['bound'];
  readonly note?: string | undefined;
}

function result(rule: string, limit: number, { value, unit, bound = 'most', note }: Measured): RuleResult {
  if (value === undefined) return { rule, status: 'skip', value: null, limit, unit, bound, note };
  const passed = bound === 'least' ? value >= limit : value <= limit;
  return { rule, status: passed ? 'pass' : 'fail', value, limit, unit, bound, note };
}
