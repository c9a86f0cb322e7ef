import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import Waste from '../../../src/commands/waste.js';
import { DEMO, useFolder, validJson } from '../../helpers/look.js';
import { RUN, runCommand } from '../../helpers/run-command.js';
import { sparseTar } from '../../helpers/sparse.js';
import { tool } from '../../helpers/tool.js';
import { LayoutBuilder, tar } from '../../images/build.js';

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

interface DiveJson {
  readonly dive: { readonly flaws: readonly string[] };
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

  test.each(['.strata.yaml', '.dive-ci'])(
    'a pipe as %s is an error at once, as is a device',
    async (name) => {
      await tool('mkfifo', [path.join(work, name)]);
      const refused = (file: string) => `reading ${file}: it is a device or pipe, not a regular file`;
      const found = await waste();
      expect([found.status, found.stderr]).toEqual([2, expect.stringContaining(refused(name))]);
      for (const file of [name, './zero']) {
        if (file !== name) symlinkSync('/dev/zero', path.join(work, file));
        const named = await waste('--config', file);
        expect([named.status, named.stderr]).toEqual([2, expect.stringContaining(refused(file))]);
      }
    },
  );

  test('rules come through what the shell gives a name below /dev', async () => {
    const stdout = await tool('sh', [
      '-c',
      `echo '${PASS}' | '${RUN}' waste '${DEMO}' --check --config /dev/stdin`,
    ]);
    expect(stdout).toContain('Rules of /dev/stdin:');
  });

  test('a link to a file of rules is followed', async () => {
    put('rules', PASS);
    symlinkSync('rules', path.join(work, '.strata.yaml'));
    expect((await waste()).status).toBe(0);
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
      path.join(import.meta.dirname, '../../schema/junit.xsd'),
      'out.xml',
    ]);
    expect((await waste('--github')).stdout).toMatch(
      /^::error file=\.strata\.yaml,title=strata waste%3A layers::/m,
    );
  });

  test('JSON is valid by its schema whatever judged and however it ended', async () => {
    const json = async (...argv: string[]) => {
      const ended = await waste('--json', ...argv);
      const { gate } = validJson('waste.json', ended) as GateJson;
      return [ended.status, gate.verdict, gate.configs.map(({ file }) => file)];
    };
    expect(await json()).toEqual([1, 'fail', ["dive's defaults"]]);
    put('.strata.yaml', PASS);
    expect(await json()).toEqual([0, 'pass', ['.strata.yaml']]);
    put('.dive-ci', DIVE_PASS);
    expect(await json('--dive-compat')).toEqual([0, 'pass', ['.strata.yaml', '.dive-ci']]);
    put('.dive-ci', FAIL);
    expect(await json('--dive-compat')).toEqual([1, 'fail', ['.strata.yaml', '.dive-ci']]);
    put('.strata.yaml', 'waste: {}');
    expect(await json('--config', '.strata.yaml')).toEqual([0, 'pass', ['.strata.yaml']]);
  });

  test.each([
    ['pass', 0, PASS, '<testsuites '],
    ['fail', 1, FAIL, '<failure '],
  ])('all flags together: %s ends with %i', async (verdict, status, rules, xml) => {
    put('rules.yml', rules);
    const flags = ['--config', 'rules.yml', '--junit', 'out.xml', '--github'];
    const text = await waste(...flags);
    const data = await waste(...flags, '--json');
    expect([text.status, data.status]).toEqual([status, status]);
    expect(text.stdout).toMatch(/^Rules of rules\.yml:$/m);
    expect((validJson('waste.json', data) as GateJson).gate.verdict).toBe(verdict);
    expect(readFileSync('out.xml', 'utf8')).toContain(xml);
  });

  test('all flags together: rules that cannot be read end with 2 and write nothing', async () => {
    put('rules.yml', 'waste: { growth: 0.05 }');
    const flags = ['--config', 'rules.yml', '--junit', 'out.xml', '--github'];
    expect((await waste(...flags)).status).toBe(2);
    const data = await waste(...flags, '--json');
    expect(data.status).toBe(2);
    expect(data.stderr).not.toContain('::');
    expect(JSON.parse(data.stdout)).toMatchObject({ error: { code: 'E_USAGE' } });
    expect(existsSync('out.xml')).toBe(false);
    for (const flag of ['--github', '--junit=out.xml', '--config=rules.yml'])
      expect((await runCommand(Waste, [DEMO, flag])).status).toBe(2);
  });

  test('with --json the annotations are on stderr, also under --quiet', async () => {
    put('.strata.yaml', 'waste: { layers: 1 }');
    const ended = await waste('--github', '--json', '--quiet');
    validJson('waste.json', ended);
    expect(ended.stderr).toMatch(/^::error file=\.strata\.yaml,title=strata waste%3A layers::[^\n]*\n$/);
    const text = await waste('--github');
    expect(text.stderr).not.toContain('::');
    expect(text.stdout).toContain(ended.stderr);
  });

  test('rules that judge nothing are named', async () => {
    for (const text of ['waste: {}', "waste: { ignore: ['*'], layerBudgets: {} }"]) {
      put('.strata.yaml', text);
      const { stdout, status } = await waste();
      expect(status).toBe(0);
      expect(stdout).toMatch(/^ {2}note {2}no rule is set$/m);
    }
    put('.strata.yaml', PASS);
    expect((await waste()).stdout).not.toContain('no rule is set');
  });

  test('holes of sparse files fail no rule of dive', async () => {
    const removed = tar([
      ['.wh.huge', ''],
      ['b', 'x'.repeat(40_000)],
    ]);
    const builder = new LayoutBuilder();
    const image = builder.image([sparseTar([['huge', 2 ** 30]]), removed]);
    const layout = `oci:${builder.add(image).write(path.join(work, 'layout'))}`;
    put('.dive-ci', 'rules: { highestUserWastedPercent: 0.1 }');
    const judged = (...argv: string[]) => runCommand(Waste, [layout, '--check', ...argv]);
    const { stdout, status } = await judged();
    expect(stdout).toMatch(/PASS {2}highestUserWastedPercent {2}1\.28 %, at most 10 % \(dive says \d{4,}/);
    expect(status).toBe(0);
    const compat = await judged('--dive-compat', '--json');
    expect(compat.status).toBe(1);
    expect((validJson('waste.json', compat) as DiveJson).dive.flaws).toEqual(['sparse-files']);
  });

  test('--dive-compat judges dive’s own numbers', async () => {
    put('.dive-ci', 'rules: { lowestEfficiency: 0.675, highestUserWastedPercent: disabled }');
    expect((await waste()).status).toBe(1);
    expect((await waste('--dive-compat')).status).toBe(0);
  });
});
