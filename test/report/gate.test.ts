import fc from 'fast-check';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DIVE_FLAWS } from '../../src/layers/gate/dive.js';
import type { RuleResult } from '../../src/layers/gate/gate.js';
import { unite } from '../../src/layers/union/unite.js';
import { classifyBytes } from '../../src/layers/waste/classify-bytes.js';
import { wasteOf } from '../../src/layers/waste/waste-sums.js';
import { createPalette } from '../../src/report/colour.js';
import { gateJson, gateLines, ruleMessage, verdictText } from '../../src/report/gate.js';
import { githubLines } from '../../src/report/github.js';
import { junitXml } from '../../src/report/junit.js';
import { compareDive } from '../../src/report/waste-dive.js';
import { xmlText } from '../../src/report/xml.js';
import { CONTROL } from '../helpers/look.js';
import { tool } from '../helpers/tool.js';

const RULE: RuleResult = {
  rule: 'wastedBytes',
  status: 'pass',
  value: 1_580_106,
  limit: 20e6,
  unit: 'bytes',
  bound: 'most',
  note: undefined,
};
const FAILED: RuleResult = {
  ...RULE,
  rule: 'efficiency',
  status: 'fail',
  value: 0.68,
  limit: 0.9,
  unit: 'ratio',
  bound: 'least',
};
const SKIPPED: RuleResult = {
  ...RULE,
  rule: 'layerBudgets.9',
  status: 'skip',
  value: null,
  note: 'there is no such layer',
};
const section = (...results: RuleResult[]) => ({
  file: '.strata.yaml',
  results,
  notes: ["nothing reads 'x'"],
});
const XSD = path.join(import.meta.dirname, '../schema/junit.xsd');

describe('text', () => {
  test('a line per rule and a closing verdict', () => {
    expect([...gateLines([section(RULE, FAILED, SKIPPED)], createPalette(0))]).toEqual([
      'Rules of .strata.yaml:',
      "  note  nothing reads 'x'",
      '  PASS  wastedBytes     1.58 MB, at most 20.0 MB',
      '  FAIL  efficiency      68 %, at least 90 %',
      '  SKIP  layerBudgets.9  there is no such layer: at most 20.0 MB',
      'FAILED: 1 of 2 rules failed, 1 skipped',
    ]);
    expect(verdictText([RULE])).toBe('passed: 1 rule passed');
  });

  test('what decides is never rounded away', () => {
    expect(ruleMessage({ ...RULE, value: 20_000_001 })).toBe('20000001 B, at most 20000000 B');
    expect(ruleMessage({ ...FAILED, value: 0.89999999 })).toContain('89.9999');
    expect(ruleMessage({ ...FAILED, value: 0.89999999 })).not.toMatch(/^90 %/);
  });

  test("dive's number is told where it is another", () => {
    expect(ruleMessage({ ...FAILED, dives: NaN })).toBe('68 %, at least 90 % (dive says NaN %)');
  });
});

test('every flaw of dive is told in words', () => {
  const sums = { efficiency: 1, wastedBytes: 0, userWastedPercent: 0 };
  const dive = { ...sums, sizeBytes: 0, layerBytes: [], inefficient: [], flaws: DIVE_FLAWS };
  const union = unite([]);
  const waste = wasteOf(classifyBytes(union, 0), { ratios: [], steps: [], baseLayers: 0 });
  const format = {
    palette: createPalette(0),
    exact: false,
    width: undefined,
    ellipsis: '…',
    instruction: () => '',
  };
  const words = compareDive(waste, dive, format).slice(4);
  expect(words.map((line) => line.startsWith('dive '))).toEqual(DIVE_FLAWS.map(() => true));
});

describe('JUnit', () => {
  const valid = (xml: string) => tool('xmllint', ['--noout', '--schema', XSD, '-'], { input: xml });

  test('is valid, with every status', async () => {
    const xml = junitXml('app.tar', [
      section(RULE, FAILED, SKIPPED),
      { ...section(), file: '.dive-ci', notes: [] },
    ]);
    await valid(xml);
    expect(xml).toContain(
      '<testsuite name=".strata.yaml" tests="3" failures="1" errors="0" skipped="1" time="0">',
    );
    await valid(junitXml('', []));
  });

  test('is valid for any text: names are hostile', async () => {
    const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 60 }), 300);
    const nasty = ['\u0000\u001b[2J\ufffe\uffff\udc80', ']]>&<>"\'', '\r\n\t', ...texts].join('');
    await valid(junitXml(nasty, [{ ...section({ ...FAILED, note: nasty }), file: nasty, notes: [nasty] }]));
    expect(xmlText('a\u0000b\udc80<\n')).toBe('a\ufffdb\ufffd&lt;&#10;');
  });
});

describe('GitHub annotations', () => {
  test('an error per failed rule, at the file; a notice when none failed', () => {
    expect([...githubLines('app.tar', [section(RULE, FAILED)], () => true)]).toEqual([
      '::error file=.strata.yaml,title=strata waste%3A efficiency::app.tar: 68 %25, at least 90 %25',
    ]);
    expect([...githubLines('app.tar', [section(RULE)], () => true)]).toEqual([
      '::notice title=strata waste::app.tar: passed: 1 rule passed',
    ]);
  });

  test('no text breaks out of its line or its property', () => {
    const lines = [
      ...githubLines('a\n::error::x\r%', [{ ...section(FAILED), file: 'a,b:c\n::d' }], () => true),
    ];
    expect(lines).toEqual([
      '::error file=a%2Cb%3Ac%0A%3A%3Ad,title=strata waste%3A efficiency::a%0A::error::x\\r%25: 68 %25, at least 90 %25',
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const line of githubLines(text, [{ ...section(FAILED), file: text }], () => true)) {
          expect(line).not.toMatch(CONTROL);
          expect(line.startsWith('::error file=')).toBe(true);
        }
      }),
    );
  });
});

test('JSON has no infinity', () => {
  expect(JSON.stringify(gateJson([section({ ...FAILED, value: Infinity, dives: NaN })], 'fail'))).toContain(
    '"value":null,"limit":0.9,"dives":"NaN"',
  );
});
