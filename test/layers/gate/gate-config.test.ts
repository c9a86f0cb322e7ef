import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIVE_DEFAULTS, diveLimit, parseDiveCi } from '../../../src/layers/gate/dive-ci.js';
import {
  defaultGateConfig,
  parseDiveGate,
  parseGate,
  parseStrataGate,
  type WasteRules,
} from '../../../src/layers/gate/gate-config.js';
import { goBytes, goFloat, parseGoBytes, parseGoFloat } from '../../../src/layers/gate/go-numbers.js';
import { schemaErrors } from '../../helpers/json-schema.js';

const limits = (text: string) => parseDiveGate(text, '.dive-ci').dive;
const rules = (text: string): WasteRules | undefined => parseStrataGate(text, '.strata.yaml').waste;
const DEFAULTS = { highestUserWastedPercent: 0.1, highestWastedBytes: undefined, lowestEfficiency: 0.9 };

describe('.dive-ci', () => {
  test('a missing rule keeps its default, whatever else is there', () => {
    for (const text of ['', 'rules:\n', 'rules: {}', '# nothing', 'rules:\n  lowestEfficiency:\n'])
      expect(limits(text)).toEqual(DEFAULTS);
    expect(defaultGateConfig().dive).toEqual(DEFAULTS);
    expect(limits('rules:\n  highestWastedBytes: 20MB')).toEqual({ ...DEFAULTS, highestWastedBytes: 20e6 });
  });

  test('rules are switched off in the words of v0.13.1 and of main', () => {
    for (const off of ['disabled', '"disabled"', 'off', 'false', '""'])
      expect(limits(`rules: { lowestEfficiency: ${off} }`)?.lowestEfficiency).toBeUndefined();
    expect(() => limits('rules: { lowestEfficiency: Disabled }')).toThrow(/rules\.lowestEfficiency/);
  });

  test('keys are read in the case of viper and in the spelling of main', () => {
    expect(limits('Rules:\n  LOWESTEFFICIENCY: "0.5"')?.lowestEfficiency).toBe(0.5);
    expect(limits('rules:\n  highest-user-wasted-percent: 1')?.highestUserWastedPercent).toBe(1);
    expect(() => limits('rules: { lowestEfficiency: 1, lowest-efficiency: 0 }')).toThrow(/twice/);
  });

  test('what nothing reads is named, not refused', () => {
    const text = 'rules:\n  lowestEfficency: 0.5\n  plugin1/rule1: error\nplugins:\n  - plugin1\n';
    expect(parseDiveCi(text, '.dive-ci')).toEqual({
      settings: {},
      ignored: ['rules.lowestEfficency', 'rules.plugin1/rule1', 'plugins'],
    });
  });

  test('merge keys give what they name, and what stands beside them wins', () => {
    const text =
      'd: &d { lowestEfficiency: 0.5, highestWastedBytes: 1MB }\nrules: { <<: *d, lowestEfficiency: 0.7 }';
    expect(parseDiveCi(text, '.dive-ci')).toEqual({
      settings: { lowestEfficiency: '0.7', highestWastedBytes: '1MB' },
      ignored: ['d'],
    });
    expect(parseGate(text, 'x').dive).toMatchObject({ lowestEfficiency: 0.7, highestWastedBytes: 1e6 });
    expect(() => limits('rules: &r { <<: *r }')).toThrow(/\.dive-ci/);
    expect(() => limits('rules: { <<: 3 }')).toThrow(/\.dive-ci/);
  });

  test('whole numbers keep all their digits', () => {
    const said = (number: string) =>
      parseDiveCi(`rules: { highestWastedBytes: ${number} }`, '.dive-ci').settings.highestWastedBytes;
    expect(['9007199254740993', '+9007199254740993', '0x20000000000001'].map(said)).toEqual([
      '9007199254740993',
      '9007199254740993',
      '9007199254740993',
    ]);
    expect(said('18446744073709551615')).toBe('18446744073709551615');
    expect(() => limits('rules: { highestWastedBytes: 18446744073709551615 }')).toThrow(
      /too large: 18446744073709551615$/,
    );
  });

  test.each([
    ['rules: { lowestEfficiency: 1.5 }', /outside allowed range \(0-1\), given '1.5'/],
    ['rules: { lowestEfficiency: nan }', /invalid syntax/],
    ['rules: { lowestEfficiency: 90% }', /invalid syntax/],
    ['rules: { highestWastedBytes: 20 apples }', /unhandled size name: apples/],
    ['rules: { lowestEfficiency: [1] }', /not a number or text/],
    ['rules: 3', /rules is not a mapping/],
    ['- 1', /not a mapping/],
    ['rules: {', /line 1/],
    ['a: 1\na: 2', /unique/],
    ['['.repeat(1000), /nested too deeply/],
    ['- '.repeat(30_000), /nested too deeply/],
    [`a: &a [1]\nb: [${'*a,'.repeat(20)}]`, /aliases/],
    [`# ${'x'.repeat(70_000)}`, /characters/],
  ])('%s is refused with the file’s name', (text, why) => {
    expect(() => limits(text)).toThrow(why);
    expect(() => limits(text)).toThrow(/\.dive-ci/);
  });

  test('any text is read or refused as a usage error', () => {
    const chars = fc.string({
      unit: fc.constantFrom(...'rules:lowest \n-[]{}&*!|>"\'#%0.9MB,?\t'.split('')),
      maxLength: 200,
    });
    fc.assert(
      fc.property(fc.oneof(chars, fc.string()), (text) => {
        for (const parse of [parseDiveGate, parseStrataGate, parseGate])
          try {
            parse(text, 'f');
          } catch (error) {
            expect(error).toMatchObject({ code: 'E_USAGE' });
          }
      }),
    );
  });
});

describe('numbers of Go', () => {
  test.each([
    ['20MB', 20e6],
    ['20 mb', 20e6],
    ['20MiB', 20 * 2 ** 20],
    ['1.5k', 1500],
    ['1,000', 1000],
    ['0.9', 0],
    ['7', 7],
    ['2Gi', 2 * 2 ** 30],
    ['1E', 1e18],
  ])('%s', (text, value) => {
    expect(parseGoBytes(text)).toEqual({ value });
  });

  test.each(['', 'MB', '-1', '1 XB', '1..2MB', '99999EB', '0x10'])('%j is no size', (text) => {
    expect(parseGoBytes(text)).toHaveProperty('problem');
  });

  test('floats are read and written as Go does', () => {
    expect(parseGoFloat('1e-1')).toEqual({ value: 0.1 });
    expect(['inf', 'NaN', '0x1p-2', ' 1', '1_0'].map((text) => 'problem' in parseGoFloat(text))).toEqual(
      Array(5).fill(true),
    );
    expect([1e-5, 0.0001, NaN, Infinity, 0].map(goFloat)).toEqual(['1e-05', '0.0001', 'NaN', '+Inf', '0']);
    expect([0, 9, 439, 1_580_106, 540_000, 999_999].map(goBytes)).toEqual([
      '0 B',
      '9 B',
      '439 B',
      '1.6 MB',
      '540 kB',
      '1000 kB',
    ]);
  });

  test('limits of rules', () => {
    expect(diveLimit('highestWastedBytes', DIVE_DEFAULTS.highestWastedBytes)).toEqual({ limit: undefined });
    expect(diveLimit('lowestEfficiency', 'off')).toEqual({ limit: undefined });
  });
});

describe('.strata.yaml', () => {
  const FULL = {
    waste: {
      efficiency: '95%',
      wastedBytes: '20MB',
      wastedPercent: 0.05,
      totalBytes: 500_000_000,
      compressedBytes: '200MiB',
      layers: 20,
      layerBytes: '1.5GB',
      layerBudgets: { 1: '80MB', 4: 5 },
      baseline: 'app.tar@3',
      growth: '5%',
      ignore: ['/var/cache/**', '*.pyc'],
    },
  };

  test('has every rule, by its schema too', () => {
    expect(schemaErrors('strata-yaml.json', FULL)).toEqual([]);
    const read = rules(JSON.stringify(FULL));
    expect(read).toMatchObject({
      efficiency: 0.95,
      wastedBytes: 20e6,
      wastedPercent: 0.05,
      totalBytes: 5e8,
      compressedBytes: 200 * 2 ** 20,
      layers: 20,
      layerBytes: 1.5e9,
      layerBudgets: new Map([
        [1, 80e6],
        [4, 5],
      ]),
      baseline: 'app.tar@3',
      growth: { ratio: 0.05 },
    });
    expect(read?.ignore?.('/var/cache/apt/x')).toBe(true);
    expect(read?.ignore?.('/usr/x')).toBe(false);
    expect(rules('waste:\n')).toEqual({});
    expect(rules('waste: { baseline: a, growth: 10MB }')).toMatchObject({ growth: { bytes: 10e6 } });
  });

  test.each([
    ['rules: {}', /'rules' is not known/],
    ['waste: { wasted: 3 }', /no rule 'wasted'/],
    ['waste: { __proto__: 3 }', /no rule '__proto__'/],
    ['waste: { efficiency: 95 }', /waste.efficiency is not a number from 0 to 1/],
    ['waste: { efficiency: }', /waste.efficiency is not/],
    ['waste: { layers: 1.5 }', /waste.layers is not a whole number/],
    ['waste: { totalBytes: -1 }', /waste.totalBytes is not a size/],
    ['waste: { layerBudgets: { 0: 1 } }', /layer numbers, from 1/],
    ['waste: { growth: 5% }', /need each other/],
    ['waste: { baseline: a }', /need each other/],
    ['waste: { baseline: 3, growth: 1 }', /name of an image/],
    ['waste: { ignore: [3] }', /list of globs/],
    ['waste: { baseline: a, growth: 0.05 }', /waste.growth is not a whole number of bytes/],
    ['waste: { baseline: a, growth: "0.05" }', /waste.growth is not a whole number of bytes/],
    ...['.inf', '.nan', '-0.5', '"."'].map((no): [string, RegExp] => [
      `waste: { wastedBytes: ${no} }`,
      /wastedBytes is not a size/,
    ]),
    ['waste: { wastedBytes: 0.5 }', /waste.wastedBytes is not a whole number of bytes/],
    ['waste: { layerBudgets: { 1: 1.5 } }', /waste.layerBudgets is not a whole number of bytes/],
    ['waste: { layerBudgets: { 1: 1MB, "1": 1 } }', /waste.layerBudgets has layer 1 twice/],
    ...['true', '""', '" 1"', '"01"', '"1e0"', '1.5', '-1', '99999999999999999999', '[1]'].map(
      (key): [string, RegExp] => [`waste: { layerBudgets: { ? ${key} : 1 } }`, /layer numbers, from 1/],
    ),
    ['waste: { ignore: ["["] }', /waste.ignore has '\[', whose bracket never closes/],
    ['waste: { ignore: "/a/[b/c]" }', /bracket never closes/],
    ['waste: { ignore: "*.{a,[b}" }', /bracket never closes/],
    ['waste: { ignore: "/a/{b,c" }', /brace never closes/],
    ['waste: { ignore: [""] }', /waste.ignore has an empty glob/],
    [`waste: { ignore: "${'{a,b}'.repeat(12)}" }`, /waste.ignore has a bad glob: its braces stand for/],
    ['waste: 3', /not a mapping/],
  ])('%s is refused naming file and key', (text, why) => {
    expect(() => rules(text)).toThrow(why);
    expect(() => rules(text)).toThrow(/\.strata\.yaml/);
  });

  test('a fraction is no number of bytes, in the schema neither; the hint says what was meant', () => {
    const refused = (key: string, value: string) => () =>
      rules(`waste: { baseline: a, growth: 1, ${key}: ${value} }`);
    expect(() => rules('waste: { baseline: a, growth: 0.05 }')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('write 5%') as string }),
    );
    expect(refused('totalBytes', '0.5')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('0.5MB') as string }),
    );
    for (const totalBytes of [0.5, '0.5', '1.0', '1,000.5 ', 'MB', '1iB', '1 apple'])
      expect(schemaErrors('strata-yaml.json', { waste: { totalBytes } })).not.toEqual([]);
    for (const totalBytes of [0, 5, '7', '1,000', '1.5k', '1.5 MiB', '0.5B', '20m', '20mi']) {
      expect(schemaErrors('strata-yaml.json', { waste: { totalBytes } })).toEqual([]);
      expect(rules(JSON.stringify({ waste: { totalBytes } }))).toHaveProperty('totalBytes');
    }
  });

  test('brackets and braces that stand for themselves are globs', () => {
    const fits = (glob: string, name: string) =>
      rules(JSON.stringify({ waste: { ignore: glob } }))?.ignore?.(name);
    expect(fits('\\[', '/[')).toBe(true);
    expect(fits('[[]', '/[')).toBe(true);
    expect(fits('[]]', '/]')).toBe(true);
    expect(fits('a]', '/a]')).toBe(true);
    expect(fits('\\{a', '/{a')).toBe(true);
    expect(fits('[{]a', '/{a')).toBe(true);
    expect(fits('{a}', '/{a}')).toBe(true);
    expect(fits('*.{a,[bc]}', '/x.c')).toBe(true);
  });

  test('a file of any name is read by the key it has', () => {
    expect(parseGate('waste: { layers: 1 }', 'x').waste).toEqual({ layers: 1 });
    expect(parseGate('rules:', 'x').dive).toEqual(DEFAULTS);
    expect(() => parseGate('other: 1', 'x')).toThrow(/neither 'waste' nor 'rules'/);
  });
});
