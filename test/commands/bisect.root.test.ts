import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { monitorOf, strata, testRunFolder } from '../helpers/run-container.js';
import { manyLayers } from '../helpers/shell-images.js';
import { needRoot } from '../helpers/tool.js';

/* Real containers: what the search finds, and that nothing of them is left. */

const folder = useFolder();
let image = '';
beforeAll(() => {
  needRoot();
  image = manyLayers(folder(), 60);
});

const store = (): string => path.join(folder(), 'store');

function expectNothingLeft(): void {
  const { root, engine } = testRunFolder();
  expect(readdirSync(path.join(store(), 'containers'))).toEqual([]);
  expect(readdirSync(path.join(store(), 'tmp'))).toEqual([]);
  expect(readdirSync(engine)).toEqual([]);
  expect(readdirSync(root).filter((name) => !['engine', 'exits', 'toolbox'].includes(name))).toEqual([]);
  const cgroups = '/sys/fs/cgroup/pids/strata';
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(store());
  if (existsSync(cgroups)) expect(idsIn(cgroups)).toEqual([]);
}

/** Containers of this store that have a control group. */
function idsIn(cgroups: string): string[] {
  return readdirSync(cgroups).filter((id) => existsSync(path.join(store(), 'containers', id)));
}

afterEach(expectNothingLeft);

interface Found {
  readonly trials: readonly {
    readonly snapshot: number;
    readonly verdict: string;
    readonly kind: string;
    readonly status: number | null;
    readonly output: string;
  }[];
  readonly changes: readonly {
    readonly before: number;
    readonly after: number;
    readonly skipped: readonly number[];
    readonly to: string;
    readonly layers: readonly object[];
    readonly differences: readonly { readonly path: string }[];
  }[];
}

/** Runs bisect with --json in a process of its own; returns its status and what it found. */
function bisect(...argv: string[]): { status: number | null; found: Found } {
  const ended = strata('bisect', '-q', '--json', ...argv);
  expect(ended.stderr).toBe('');
  const shown = { ...ended, status: ended.status ?? -1, bytes: Buffer.from(ended.stdout) };
  return { status: ended.status, found: validJson('bisect.json', shown) as Found };
}

test('names the layer among sixty, its instruction, its files and both outputs', () => {
  const { status, found } = bisect(image, '--', 'sh', '-c', 'cat /etc/f47 2>&1; test ! -e /etc/f47');
  expect(status).toBe(0);
  expect(found.trials.length).toBeLessThanOrEqual(Math.ceil(Math.log2(60)) + 2);
  expect(found.changes).toMatchObject([
    {
      before: 46,
      after: 47,
      to: 'bad',
      layers: [{ layer: 47, instruction: 'RUN echo 47 > /etc/f47' }],
      differences: [{ path: '/etc/f47' }],
    },
  ]);
  const outputs = found.trials
    .filter(({ snapshot }) => snapshot === 46 || snapshot === 47)
    .map(({ output }) => output);
  expect(outputs.sort()).toEqual(['47\n', "cat: can't open '/etc/f47': No such file or directory\n"]);
});

test('says where both ends are the same, where an end is not as promised, and where none can be told', () => {
  const same = strata('bisect', image, '--', 'true');
  expect(same).toMatchObject({ status: 1, stdout: 'nothing changed: both @1 and @60 are good\n' });
  expect(linesOf(same.stderr).filter((line) => line.startsWith('@'))).toHaveLength(2);
  const wrong = strata('bisect', '-q', '--good', '3', image, '--', '/no/such');
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toBe('E_USAGE: bisecting: --good 3, but it is bad there (there is no such command)\n');
  // The user of the image is in no file of the first snapshot.
  const untold = strata('bisect', '-q', DEMO, '--', '/bin/true');
  expect(untold.status).toBe(2);
  expect(untold.stderr).toMatch(
    /^E_USAGE: bisecting: snapshot @1 cannot be told: looking up the user notes.*\nhint: .*-u 0/,
  );
});

test('a script of this machine, a timeout that counts as bad, and what cannot be told', () => {
  const script = path.join(folder(), 'script');
  writeFileSync(script, '#!/bin/sh -e\ntest ! -e /etc/f6 || exit 125\ntest ! -e "/etc/$1" || sleep 100\n');
  const { found } = bisect(
    '--script',
    script,
    '-u',
    '7:7',
    '--timeout',
    '1s',
    '--bad',
    '5',
    image,
    '--',
    'f4',
  );
  expect(found.changes).toMatchObject([{ before: 3, after: 4, skipped: [] }]);
  expect(found.trials.find(({ snapshot }) => snapshot === 4)).toMatchObject({
    kind: 'timeout',
    status: null,
  });
  const all = bisect(
    '--all',
    '--script',
    script,
    `${image}@7`,
    '--good',
    '3',
    '--timeout',
    '1s',
    '--',
    'none',
  );
  expect(all.status).toBe(1);
  expect(all.found.trials.map(({ verdict }) => verdict)).toEqual(['good', 'good', 'good', 'skip', 'skip']);
});

describe('an end before the end', () => {
  const until = async (said: () => string, words: RegExp): Promise<void> => {
    await vi.waitFor(
      () => {
        expect(said()).toMatch(words);
      },
      { timeout: 20_000, interval: 20 },
    );
  };

  test.each(['SIGINT', 'SIGKILL'] as const)('by %s leaves nothing but what rm can remove', async (signal) => {
    const argv = ['bisect', '--verbose', image, '--', 'sh', '-c', 'echo begun; sleep 1000'];
    const child = spawn(process.execPath, [RUN, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: process.env,
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(() => said, /^begun$/m);
    child.kill(signal);
    expect(await ended).toBe(signal === 'SIGINT' ? 130 : null);
    if (signal === 'SIGKILL') {
      const { stdout } = spawnSync(process.execPath, [RUN, 'ps', '-q'], {
        encoding: 'utf8',
        env: process.env,
      });
      expect(linesOf(stdout)).toHaveLength(1);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(store());
      expect(strata('rm', '-f', ...linesOf(stdout)).status).toBe(0);
    }
  });

  test('of conmon is an error, and nothing is left', async () => {
    const argv = ['bisect', '--verbose', image, '--', 'sh', '-c', 'echo begun; sleep 1000'];
    const child = spawn(process.execPath, [RUN, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(() => said, /^begun$/m);
    for (const id of readdirSync(path.join(store(), 'containers'))) process.kill(monitorOf(id), 'SIGKILL');
    try {
      await until(() => said, /^E_ENGINE: /m);
      expect(await ended).toBe(125);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });
});
