import { describe, expect, test } from 'vitest';
import { classifyBytes } from '../../../src/layers/waste/classify-bytes.js';
import { diveNumbers } from '../../../src/layers/gate/dive.js';
import {
  judgeDive,
  judgedNumbers,
  judgeWaste,
  type RuleResult,
  verdictOf,
} from '../../../src/layers/gate/gate.js';
import { unite } from '../../../src/layers/union/unite.js';
import { wasteOf } from '../../../src/layers/waste/waste-sums.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { sparseStack } from '../../helpers/sparse-stack.js';

const file = (name: string, size: number): MemberSpec => ({ name, content: 'x'.repeat(size) });

function facts(layers: readonly (readonly MemberSpec[])[], compat = false) {
  const union = unite(layers.map(layerOf));
  const ratios = layers.map(() => 1);
  const waste = wasteOf(classifyBytes(union, layers.length), { ratios, steps: [], baseLayers: 0 });
  return { dive: diveNumbers(union, layers.length), waste, compat };
}

const DEFAULTS = { highestUserWastedPercent: 0.1, highestWastedBytes: undefined, lowestEfficiency: 0.9 };
const statuses = (results: readonly RuleResult[]) =>
  Object.fromEntries(results.map(({ rule, status }) => [rule, status]));

describe('the rules of dive', () => {
  const DELETED = [[file('a', 100)], [{ name: '.wh.a' }, file('b', 100)]];
  const OVERWRITTEN = [[file('a', 100)], [{ name: 'a', content: 'y'.repeat(100) }]];
  const DANGLING = [[file('a', 100)], [{ name: '.wh.0' }, { name: 'a', content: 'y'.repeat(100) }]];

  test('an image without flaw is judged by dive’s numbers', () => {
    const given = facts(DELETED);
    expect(given.dive.flaws).toEqual([]);
    expect(judgedNumbers(given)).toEqual({ efficiency: 0.5, wastedBytes: 100, userWastedPercent: 1 });
    expect(judgeDive(DEFAULTS, given).map(({ dives }) => dives)).toEqual([undefined, undefined, undefined]);
  });

  test('the live copy is not wasted, a dangling whiteout hides no waste', () => {
    expect(judgedNumbers(facts(OVERWRITTEN)).wastedBytes).toBe(100);
    expect(facts(DANGLING).dive.wastedBytes).toBe(0);
    expect(judgedNumbers(facts(DANGLING)).wastedBytes).toBe(100);
    const limits = { ...DEFAULTS, highestWastedBytes: 150 };
    expect(statuses(judgeDive(limits, facts(OVERWRITTEN))).highestWastedBytes).toBe('pass');
    expect(statuses(judgeDive(limits, facts(OVERWRITTEN, true))).highestWastedBytes).toBe('fail');
  });

  test('holes of sparse files are no waste', async () => {
    const { union } = await sparseStack();
    const layers = [...union.layers.slice(0, 1), layerOf([{ name: '.wh.removed' }, file('b', 40_000)])];
    const stack = unite(layers);
    const waste = wasteOf(classifyBytes(stack, 2), { ratios: [1, 1], steps: [], baseLayers: 0 });
    const given = { dive: diveNumbers(stack, 2), waste, compat: false };
    expect(given.dive.userWastedPercent).toBeGreaterThan(50);
    expect(judgedNumbers(given)).toEqual({
      efficiency: waste.efficiency,
      wastedBytes: 512,
      userWastedPercent: 512 / 40_000,
    });
    expect(judgedNumbers({ ...given, compat: true }).wastedBytes).toBe(2 * 2 ** 20);
  });

  test('one layer is 0 %, and not NaN', () => {
    const results = judgeDive({ ...DEFAULTS, highestUserWastedPercent: 0 }, facts([[file('a', 1)]]));
    expect(results[0]).toMatchObject({ status: 'pass', value: 0, dives: NaN });
    expect(judgeDive(DEFAULTS, facts([[file('a', 1)]], true))[0].value).toBe(0);
  });

  test('waste against nothing fails as in dive', () => {
    const results = judgeDive(DEFAULTS, facts([[file('a', 1)], [{ name: '.wh.a' }]]));
    expect(results[0]).toMatchObject({ status: 'fail', value: Infinity });
  });

  test('the limit itself passes; a rule that is off is skipped', () => {
    const limits = { highestUserWastedPercent: 1, highestWastedBytes: 100, lowestEfficiency: 0.5 };
    expect(verdictOf(judgeDive(limits, facts(DELETED)))).toBe('pass');
    expect(verdictOf(judgeDive({ ...limits, highestWastedBytes: 99 }, facts(DELETED)))).toBe('fail');
    expect(verdictOf(judgeDive({ ...limits, lowestEfficiency: 0.51 }, facts(DELETED)))).toBe('fail');
    expect(statuses(judgeDive(DEFAULTS, facts(DELETED))).highestWastedBytes).toBe('skip');
  });
});

describe('the rules of .strata.yaml', () => {
  const { waste } = facts([[file('a', 100), file('b', 100)], [{ name: '.wh.a' }]]);
  const given = { waste, layerBytes: [3000, 1000], compressedBytes: undefined, baselineBytes: 2000 };

  test('each is judged against its own number, the limit passing', () => {
    const at = {
      efficiency: 0.5,
      wastedBytes: 100,
      wastedPercent: 0.5,
      totalBytes: 4000,
      layers: 2,
      layerBytes: 3000,
    };
    expect(judgeWaste(at, given).map(({ status }) => status)).toEqual(Array(6).fill('pass'));
    const past = {
      efficiency: 0.51,
      wastedBytes: 99,
      wastedPercent: 0.49,
      totalBytes: 3999,
      layers: 1,
      layerBytes: 2999,
    };
    expect(judgeWaste(past, given).map(({ status }) => status)).toEqual(Array(6).fill('fail'));
  });

  test('what cannot be measured is skipped, and what is not asked for is not there', () => {
    expect(judgeWaste({}, given)).toEqual([]);
    const layerBudgets = new Map([
      [9, 1],
      [2, 999],
      [1, 3000],
    ]);
    expect(statuses(judgeWaste({ compressedBytes: 1, layerBudgets }, given))).toEqual({
      compressedBytes: 'skip',
      'layerBudgets.1': 'pass',
      'layerBudgets.2': 'fail',
      'layerBudgets.9': 'skip',
    });
  });

  test('growth is bytes or a part of the baseline, and may be negative', () => {
    const grown = (growth: { bytes: number } | { ratio: number }, baselineBytes: number) =>
      judgeWaste({ growth, baseline: 'b' }, { ...given, baselineBytes })[0];
    expect(grown({ bytes: 2000 }, 2000)).toMatchObject({ status: 'pass', value: 2000 });
    expect(grown({ bytes: 1999 }, 2000).status).toBe('fail');
    expect(grown({ ratio: 0.9 }, 2000)).toMatchObject({ status: 'fail', value: 1 });
    expect(grown({ ratio: 0 }, 8000)).toMatchObject({ status: 'pass', value: -0.5 });
    expect(grown({ ratio: 9 }, 0).status).toBe('fail');
  });
});
