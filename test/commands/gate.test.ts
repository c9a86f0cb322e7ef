import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import Waste from '../../src/commands/waste.js';
import { DEMO, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { tool } from '../helpers/tool.js';

const folder = useFolder();
const waste = (...argv: string[]) => runCommand(Waste, [DEMO, '--check', ...argv]);
let work = '';
let made = 0;
const put = (name: string, text: string): void => {
  writeFileSync(path.join(work, name), text);
};
beforeEach(() => {
  work = path.join(folder(), `work-${String((made += 1))}`);
  mkdirSync(work);
  process.chdir(work);
});
afterEach(() => {
  vi.restoreAllMocks();
});

interface GateJson {
  readonly gate: {
    readonly verdict: string;
    readonly configs: readonly {
      readonly file: string;
      readonly rules: readonly { readonly status: string }[];
    }[];
  };
}

const PASS = 'waste: { totalBytes: 1GB }\n';
const FAIL = 'rules: { lowestEfficiency: 1 }\n';
const DIVE_PASS = 'rules: { lowestEfficiency: 0, highestUserWastedPercent: disabled }\n';

describe('waste --check', () => {
  test('without a file dive’s defaults judge', async () => {
    const { stdout, status } = await waste();
    expect(status).toBe(1);
    expect(stdout).toContain("Rules of dive's defaults:");
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('FAILED: 2 of 2 rules failed, 1 skipped');
  });

  test('ends with 0 when all pass and 1 when one fails; both files are judged', async () => {
    put('.strata.yaml', PASS);
    expect((await waste()).status).toBe(0);
    put('.dive-ci', FAIL);
    const { stdout, status } = await waste();
    expect([status, stdout.match(/^Rules of .*$/gm)]).toEqual([
      1,
      ['Rules of .strata.yaml:', 'Rules of .dive-ci:'],
    ]);
    put('.dive-ci', DIVE_PASS);
    expect((await waste()).status).toBe(0);
  });

  test('ends with 2 or more when the rules cannot be read', async () => {
    put('.dive-ci', 'rules: { lowestEfficiency: many }');
    expect((await waste()).status).toBe(2);
    put('.dive-ci', DIVE_PASS);
    put('.strata.yaml', 'waste: { wasted: 1 }');
    const { stderr, status } = await waste();
    expect(status).toBe(2);
    expect(stderr).toContain("reading .strata.yaml: waste has no rule 'wasted'");
    expect((await waste('--config', 'none.yaml')).status).toBe(4);
    expect((await waste('--config', '.')).status).toBe(2);
  });

  test('--config takes either format', async () => {
    put('a.yml', PASS);
    put('b.yml', FAIL);
    expect((await waste('--config', 'a.yml')).status).toBe(0);
    expect((await waste('--config', 'b.yml')).status).toBe(1);
  });

  test('growth is measured against another snapshot', async () => {
    put('.strata.yaml', `waste: { baseline: '${DEMO}@3', growth: 1kB }`);
    expect((await waste()).stdout).toMatch(
      /FAIL {2}growth {2}1\.\d\d MB, at most 1\.00 kB \(from \d+ bytes of /,
    );
    put('.strata.yaml', `waste: { baseline: '${DEMO}', growth: 0% }`);
    expect((await waste()).status).toBe(0);
    put('.strata.yaml', 'waste: { baseline: nowhere.tar, growth: 0% }');
    expect((await waste()).status).toBeGreaterThan(1);
  });

  test('ignored paths are not counted', async () => {
    put('.strata.yaml', "waste: { wastedBytes: 0, ignore: ['**'] }");
    expect((await waste()).status).toBe(0);
    put('.strata.yaml', 'waste: { wastedBytes: 0 }');
    expect((await waste()).status).toBe(1);
  });

  test('JSON, JUnit and annotations say the same', async () => {
    put('.strata.yaml', 'waste: { layers: 1, totalBytes: 1GB, layerBudgets: { 99: 1 } }');
    const json = validJson('waste.json', await waste('--json', '--junit', 'out.xml')) as GateJson;
    expect(json.gate.verdict).toBe('fail');
    expect(json.gate.configs.flatMap(({ rules }) => rules.map(({ status }) => status))).toEqual([
      'pass',
      'fail',
      'skip',
    ]);
    const xml = readFileSync('out.xml', 'utf8');
    expect(xml).toContain('tests="3" failures="1"');
    await tool('xmllint', [
      '--noout',
      '--schema',
      path.join(import.meta.dirname, '../schema/junit.xsd'),
      'out.xml',
    ]);
    expect((await waste('--github')).stdout).toMatch(
      /^::error file=\.strata\.yaml,title=strata waste%3A layers::/m,
    );
  });

  test('--dive-compat judges dive’s own numbers', async () => {
    put('.dive-ci', 'rules: { lowestEfficiency: 0.675, highestUserWastedPercent: disabled }');
    expect((await waste()).status).toBe(1);
    expect((await waste('--dive-compat')).status).toBe(0);
  });
});
