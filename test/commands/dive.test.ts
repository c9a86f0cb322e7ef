import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import Dive from '../../src/commands/dive.js';
import { CONTROL, DEMO, useFolder } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';
import { chanceArchive, SEEDS, WHOLE } from '../layers/gate/golden/images.js';

interface Recorded {
  readonly seed: number;
  readonly status: number;
  readonly json: string;
  readonly report: string;
}

const GOLDEN = path.join(import.meta.dirname, '../layers/gate/golden');
const RECORDED = JSON.parse(readFileSync(path.join(GOLDEN, 'recorded.json'), 'utf8')) as readonly Recorded[];

const folder = useFolder();
const at = (name: string): string => path.join(folder(), name);
const dive = (...argv: string[]) => runCommand(Dive, argv);

beforeEach(() => {
  // The machine that runs the tests may say CI=true.
  vi.stubEnv('CI', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the golden outputs of dive v0.13.1', () => {
  test('every seed is recorded', () => {
    expect(RECORDED.map(({ seed }) => seed)).toEqual(SEEDS);
  });

  test.each(RECORDED)('seed $seed: report, exit code and JSON are dive’s own', async (recorded) => {
    const archive = at(`chance-${String(recorded.seed)}.tar`);
    const out = at(`chance-${String(recorded.seed)}.json`);
    writeFileSync(archive, await chanceArchive(recorded.seed));
    const ci = await dive('--ci', `docker-archive://${archive}`);
    expect(ci.stdout.slice(ci.stdout.indexOf('  efficiency'))).toBe(recorded.report);
    expect(ci.status).toBe(recorded.status);
    expect((await dive(`docker-tar://${archive}`, '--json', out)).status).toBe(0);
    const json = readFileSync(out);
    if (recorded.seed === WHOLE)
      expect(json.toString()).toBe(readFileSync(path.join(GOLDEN, 'whole.golden'), 'utf8'));
    expect(createHash('sha256').update(json).digest('hex')).toBe(recorded.json);
  });
});

describe("dive's command line", () => {
  const RELAXED = ['--lowestEfficiency', '0.6', '--highestUserWastedPercent=0.99'];

  test('flags win over the file, the file over the defaults', async () => {
    const file = at('rules.yaml');
    writeFileSync(file, 'rules:\n  lowestEfficiency: 0.99\n  highest-wasted-bytes: 1MB\n');
    const { stdout, status } = await dive(
      '--ci',
      '--ci-config',
      file,
      ...RELAXED,
      `docker-archive://${DEMO}`,
    );
    expect(status).toBe(1);
    expect(stdout).toContain(`  Using CI config: ${file}\n`);
    expect(stdout).toContain('  PASS: lowestEfficiency\n');
    expect(stdout).toMatch(
      / {2}FAIL: highestWastedBytes: too many bytes wasted \(wasted-bytes=\d+ > threshold=1000000\)/,
    );
    expect((await dive('--ci', ...RELAXED, DEMO)).status).toBe(0);
  });

  test('CI=true means --ci, and --json wins over both', async () => {
    vi.stubEnv('CI', 'true');
    expect((await dive(DEMO)).stdout).toContain(
      'Result:FAIL [Total:3] [Passed:0] [Failed:2] [Warn:0] [Skipped:1]',
    );
    const { stdout, status } = await dive('-j', at('demo.json'), DEMO);
    expect([status, stdout.includes('Result:')]).toEqual([0, false]);
    expect(JSON.parse(readFileSync(at('demo.json'), 'utf8'))).toHaveProperty('image.efficiencyScore');
  });

  test('a setting without sense is misconfigured, judges nothing and ends with 1', async () => {
    const { stdout, status } = await dive('--ci', '--highestWastedBytes', '3xb', DEMO);
    expect(status).toBe(1);
    expect(stdout).toContain(
      "  MISCONFIGURED: highestWastedBytes: invalid config value ('3xb'): unhandled size name: xb",
    );
    expect(stdout).toContain('\nNone\n');
    expect(stdout.trimEnd().endsWith('CI Misconfigured')).toBe(true);
  });

  test.each([
    [['--ci', 'node:20'], "'docker save node:20 -o image.tar'"],
    [['--ci', 'podman://node:20'], "'podman save node:20 -o image.tar'"],
    [['--ci', '--source', 'bad', 'x'], 'unable to determine image source: bad'],
    [['build', '-t', 'x', '.'], 'strata builds no images'],
    [[], 'No image argument given'],
    [[DEMO], '--ci or --json FILE'],
    [['--nope'], 'nonexistent flag'],
    [['--ci', 'docker-archive:///nope.tar'], 'no such file'],
  ])('%j ends with 1 and says what to do instead', async (argv, said) => {
    const { stderr, status } = await dive(...argv);
    expect(stderr).toContain(said);
    expect(status).toBe(1);
  });

  test('of an archive with several images the first is taken', async () => {
    const several = path.join(FIXTURES, 'docker-several.tar');
    expect((await dive('--ci', `docker-archive://${several}`)).stdout).toContain('efficiency: 99.3081 %');
  });

  test('paths of the image cannot reach the terminal; version is told', async () => {
    expect((await dive('--ci', DEMO)).stdout).not.toMatch(CONTROL);
    expect((await dive('version')).stdout).toContain('dive 0.13.1');
    expect((await dive('-v')).status).toBe(0);
  });

  test('an existing file is replaced as a whole', async () => {
    mkdirSync(at('j'), { recursive: true });
    writeFileSync(at('j/old.json'), 'x'.repeat(10_000_000));
    symlinkSync('old.json', at('j/link.json'));
    await dive('-j', at('j/link.json'), DEMO);
    expect(() => JSON.parse(readFileSync(at('j/link.json'), 'utf8')) as unknown).not.toThrow();
    expect(existsSync(at('j/old.json'))).toBe(true);
  });
});
