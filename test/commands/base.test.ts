import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asUser } from '../helpers/tool.js';
import { COMMAND_NAMES } from '../../src/commands/names.js';
import { ERROR_CODES, type ErrorCode } from '../../src/model/error-codes.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const PROBE = path.join(here, 'probe.mjs');
const RUN = path.join(here, '../../bin/run.js');
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/u;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, argv: readonly string[], env: Record<string, string> = {}): Ended {
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
    encoding: 'utf8',
    env: { PATH, HOME, TERM: 'xterm', LC_ALL: 'C.UTF-8', ...env },
    timeout: 30_000,
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}
const probe = (...argv: string[]): Ended => run(PROBE, argv);
const shell = (command: string): Ended => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, PROBE, RUN },
    timeout: 30_000,
  });
  return { status, stdout, stderr };
};

function json(ended: Ended): unknown {
  return JSON.parse(ended.stdout);
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-base-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('how a command ends', () => {
  /** One code of every exit code of the table. */
  const codes = [
    ...new Map(Object.entries(ERROR_CODES).map(([code, { exit }]) => [exit, code as ErrorCode])).values(),
  ];

  test.each(codes)('%s: its exit code, one escaped line and a hint on stderr, nothing on stdout', (code) => {
    const ended = probe('fail', code);
    expect(ended.status).toBe(ERROR_CODES[code].exit);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toBe(
      `${code}: reading a\\x1b]0;x\\x07\\u009b31m\\u202e\\n: no\nhint: look at a\\x1b]0;x\\x07\\u009b31m\\u202e\\n\n`,
    );
  });

  test.each(codes)(
    '%s under --json: the same exit code, {error: {code, message, hint}} on stdout, stderr empty',
    (code) => {
      const ended = probe('fail', code, '--json');
      expect([ended.status, ended.stderr]).toEqual([ERROR_CODES[code].exit, '']);
      expect(ended.stdout).not.toMatch(CONTROL);
      expect(json(ended)).toEqual({
        schemaVersion: 1,
        error: {
          code,
          message: expect.stringContaining('a\x1b]0;x') as string,
          hint: expect.any(String) as string,
        },
      });
    },
  );

  test.each([
    ['an unknown flag', ['gate', '--nope'], /nonexistent flag: --nope/],
    ['a missing argument', [], /missing mode/],
    ['an argument too many', ['gate', 'x', 'y\x1b'], /unexpected argument: y\\x1b/],
    ['a wrong choice', ['gate', '--color=red'], /--color=red.* one of: auto, always, never/],
    ['a wrong limit', ['gate', '--limit', 'entries'], /--limit 'entries'/],
    ['an unknown limit', ['gate', '--limit', '__proto__=1'], /no limit '__proto__'/],
    ['a wrong platform', ['gate', '--platform', 'a/b/c/d'], /platform 'a\/b\/c\/d'/],
  ])('%s is E_USAGE with exit 2, also under --json', (_, argv, message) => {
    const text = probe(...argv);
    expect([text.status, text.stdout]).toEqual([2, '']);
    expect(text.stderr).toMatch(/^E_USAGE: .*\nhint: .*\n$/);
    expect(text.stderr).toMatch(message);
    const asJson = probe(...argv, '--json');
    expect(asJson.status).toBe(2);
    expect(json(asJson)).toMatchObject({ error: { code: 'E_USAGE' } });
  });

  test('what the system refuses has the code of its kind and names the path', () => {
    const locked = path.join(folder, 'locked');
    writeFileSync(locked, '');
    chmodSync(locked, 0);
    expect(probe('read', path.join(folder, 'no\x1b'))).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^E_NOT_FOUND: reading .*no\\x1b: no such file/) as string,
    });
    expect(probe('read', path.join(locked, 'x'))).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^E_NOT_FOUND/) as string,
    });
    expect(probe('read', folder)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^E_NOT_A_FILE/) as string,
    });
    expect(probe('write', '/dev/full')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^E_DISK_FULL/) as string,
    });
  });

  test('a foreign error and a thrown text are E_INTERNAL; the stack only under --debug', () => {
    const plain = probe('foreign');
    expect([plain.status, plain.stderr]).toEqual([
      1,
      expect.stringMatching(/^E_INTERNAL: TypeError: x is not a function\nhint: .*\n$/),
    ]);
    expect(probe('foreign', '--debug').stderr).toContain('probe.mjs');
    expect(probe('text')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^E_INTERNAL: a text/) as string,
    });
  });

  test('a gate ends with 1 and prints its data as usual', () => {
    expect(probe('gate')).toEqual({ status: 1, stdout: 'differs\n', stderr: '' });
  });
});

describe('output', () => {
  test('every line of a big listing arrives, in order', () => {
    const { status, stdout } = probe('lines', '100000');
    expect(status).toBe(0);
    expect(stdout.split('\n').length).toBe(100_001);
    expect(stdout.endsWith('line 99999\n')).toBe(true);
  });

  test('a reader that goes away ends the command quietly with 0', () => {
    expect(shell('"$NODE" "$PROBE" lines 2000000 | head -1; echo "${PIPESTATUS[0]}"')).toEqual({
      status: 0,
      stdout: 'line 0\n0\n',
      stderr: '',
    });
  });

  test('300 MB of output to a slow reader do not pile up in memory', () => {
    const { stderr } = shell('"$NODE" "$PROBE" memory | (sleep 1; cat >/dev/null)');
    expect(Number(stderr)).toBeLessThan(200_000);
  });

  test.each(['lines 10', 'lines 100000', 'gate --json'])('a full disk under stdout is told (%s)', (mode) => {
    const ended = shell(`"$NODE" "$PROBE" ${mode} >/dev/full`);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^E_DISK_FULL: writing the output: no space left on the device\n$/);
  });

  test('a list of any length is one JSON value, made in parts', () => {
    const ended = probe('list', '5000', '--json');
    expect((json(ended) as { items: unknown[] }).items.length).toBe(5000);
  });

  test('an error after a part of the JSON went out is told on stderr, not appended to the data', () => {
    const ended = probe('cut', '--json');
    expect(ended.status).toBe(3);
    expect(ended.stdout).not.toContain('E_TRUNCATED');
    expect(ended.stderr).toMatch(/^E_TRUNCATED: /);
  });

  test('stdout is data, stderr is talk; --quiet leaves warnings only', () => {
    expect(probe('talk')).toMatchObject({
      stdout: 'data\n',
      stderr: expect.stringMatching(/^took .*\nwarning: left .*\n$/) as string,
    });
    expect(probe('talk').stderr).not.toMatch(CONTROL);
    expect(probe('talk', '--quiet').stderr).toMatch(/^warning: left .*\n$/);
  });

  test('no progress where stderr is no terminal', () => {
    expect(probe('slow')).toEqual({ status: 0, stdout: 'data\n', stderr: '' });
  });

  test('on a terminal progress shows bytes, percent, rate and time left, escaped, and leaves an empty line', () => {
    const { stdout } = shell(
      `TERM=xterm LC_ALL=C.UTF-8 script -qec '"$NODE" "$PROBE" slow --color=never' /dev/null </dev/null`,
    );
    expect(stdout).toMatch(
      /a\\x1b\]0;x\\x07\\u009b31m\\u202e\\n {2}\d+(\.\d+)? kB of 100 kB {2}\d+ % {2}\S+ kB\/s {2}1 s left/,
    );
    expect(stdout.replaceAll('\x1b[K', '').replaceAll('\r', '')).not.toMatch(CONTROL);
    expect(stdout).toMatch(/\r\x1b\[Kdata\r\n$/);
  });
});

describe('anomalies and limits', () => {
  test('are told on stderr and cost nothing', () => {
    const ended = probe('odd', 'path-escape');
    expect(ended.status).toBe(0);
    expect(ended.stderr).toMatch(/^anomalies: 1 error\nerror path-escape: /);
    expect(ended.stderr).not.toMatch(CONTROL);
  });

  test.each([
    ['path-escape', 3],
    ['path-control', 3],
    ['path-not-utf8', 0],
  ])('--strict makes %s end with %d', (code, status) => {
    expect(probe('odd', code, '--strict').status).toBe(status);
    expect(probe('odd', code, '--strict', '--json').status).toBe(status);
  });

  test('--limit and --platform reach the context', () => {
    const ended = probe(
      'context',
      '--json',
      '--limit',
      'entries=10',
      '--limit',
      'zstdWindow=8MiB',
      '--platform',
      'linux/x86_64',
    );
    expect(json(ended)).toMatchObject({
      limits: { entries: 10, zstdWindow: 8_388_608, path: 4095 },
      platform: { os: 'linux', architecture: 'amd64' },
    });
  });
});

describe('signals', () => {
  async function signalled(
    mode: string,
    signals: readonly NodeJS.Signals[],
  ): Promise<{ code: number | null; stderr: string }> {
    const child = spawn(process.execPath, [PROBE, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    let sent = 0;
    const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      if (sent === 0 && stderr.includes('ready')) {
        for (const signal of signals) {
          setTimeout(() => child.kill(signal), 100 * sent);
          sent += 1;
        }
      }
    });
    return { code: await ended, stderr };
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s aborts the work and ends with %d', async (signal, code) => {
    expect(await signalled('wait', [signal])).toEqual({
      code,
      stderr: 'ready\nE_INTERRUPTED: interrupted\n',
    });
  });

  test('a second Ctrl-C ends what does not listen to the first', async () => {
    expect((await signalled('deaf', ['SIGINT', 'SIGINT'])).code).toBe(130);
  });
});

describe('bin/run.js', () => {
  test('--version needs no oclif', () => {
    expect(run(RUN, ['--version']).stdout).toMatch(/^strata \d+\.\d+\.\d+ \(node v\d/);
    expect(run(RUN, ['-V']).stdout).toBe(run(RUN, ['--version']).stdout);
  });

  test('a misspelt command is E_USAGE with a suggestion', () => {
    expect(run(RUN, ['doctr'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^E_USAGE: .*'doctr'.*\nhint: did you mean 'strata doctor'/) as string,
    });
    expect(json(run(RUN, ['doctr', '--json']))).toMatchObject({ error: { code: 'E_USAGE' } });
  });

  test('help of a command and of all', () => {
    for (const argv of [
      ['doctor', '--help'],
      ['help', 'doctor'],
    ])
      expect(run(RUN, argv).stdout).toContain('--platform');
    for (const argv of [[], ['--help'], ['help']])
      expect(run(RUN, argv)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('doctor') as string,
      });
  });

  test('help of all commands names each of them once, under what it is for', () => {
    const lines = run(RUN, ['--help']).stdout.split('\n');
    const listed = lines.flatMap((line) => /^ {2}([a-z]+) {2,}\S/.exec(line)?.slice(1) ?? []);
    expect(listed.toSorted()).toEqual(COMMAND_NAMES.filter((name) => name !== 'complete'));
    expect(lines.indexOf('COMPARE')).toBeGreaterThan(lines.indexOf('LOOK INTO AN IMAGE'));
  });

  test.each([
    ['--color=always', {}, true],
    ['--color=never', { FORCE_COLOR: '1' }, false],
    ['--color=auto', { FORCE_COLOR: '1' }, true],
    ['--color=auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    ['--color=auto', {}, false],
  ])('errors of %s with %j have colour: %s', (flag, env, coloured) => {
    expect(run(RUN, ['doctor', '--nope', flag], env).stderr.includes('\x1b[')).toBe(coloured);
  });

  test('runs where the user has no name and no shell (any uid, as in a container)', () => {
    expect(existsSync('/etc/passwd')).toBe(true);
    const { status, stdout } = spawnSync(...asUser(54_321, [RUN, 'doctor', '--json']), {
      encoding: 'utf8',
      env: { HOME: folder, STRATA_STORE: path.join(folder, 's') },
    });
    expect([status, (JSON.parse(stdout) as { schemaVersion: number }).schemaVersion]).toEqual([0, 1]);
  });
});
