import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plantCanary } from '../helpers/canary.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { schemaErrors } from '../helpers/json-schema.js';
import { runScript, type Started, startScript, strata } from '../helpers/run-container.js';

/* One container that runs, and one that has ended: what exec, logs and cp do with them. */

const folder = useFolder();
const at = (...names: string[]): string => path.join(folder(), ...names);
let box: Started;

/** Swaps the directory /swap/d and a link to the place of the canary on this machine, again and again. */
const swapping = (victim: string): string => `mkdir -p /swap/d; echo inside > /swap/d/hello
ln -s ${victim} /swap/link; mkdir -p ${victim}; echo theirs > ${victim}/hello
while :; do mv -T /swap/d /swap/a; mv -T /swap/link /swap/d; mv -T /swap/d /swap/link; mv -T /swap/a /swap/d; done`;

beforeAll(async () => {
  mkdirSync(at('victim'));
  box = await startScript('box', DEMO, "echo out; echo err >&2; printf 'part '; echo whole");
  expect(runScript('old', DEMO, 'echo first; echo second >&2; mkdir /made; echo 1 > /made/file')).toBe(0);
});

afterAll(async () => {
  strata('rm', '--force', 'box', 'old');
  await box.ended;
});

const exec = (...argv: string[]): ReturnType<typeof strata> => strata('exec', ...argv);

describe('exec', () => {
  test('ends as the program does, or as docker says it', () => {
    expect(exec('box', 'sh', '-c', 'echo a; echo b >&2; exit 5')).toEqual({
      status: 5,
      stdout: 'a\n',
      stderr: 'b\n',
    });
    expect(exec('box', 'sh', '-c', 'kill -9 $$').status).toBe(137);
    expect(exec('box', '/no/such')).toMatchObject({
      status: 127,
      stderr: expect.stringContaining('E_COMMAND_MISSING') as string,
    });
    expect(exec('box', '/etc/passwd')).toMatchObject({
      status: 126,
      stderr: expect.stringContaining('E_COMMAND:') as string,
    });
    expect(exec('-w', '/none', 'box', 'id').status).toBe(127);
    expect(exec('old', 'id')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/E_NOT_RUNNING.*\nhint: .*start old/) as string,
    });
  });

  test('gives the program the user, the environment and the directory that are asked for', () => {
    const asked = exec(
      '-u',
      'nobody',
      '-e',
      'A=1',
      '-w',
      '/tmp',
      'box',
      'sh',
      '-c',
      'id -un; echo $A $HOME; pwd; echo x > /dev/stdout',
    );
    expect(asked).toEqual({ status: 0, stdout: 'nobody\n1 /nonexistent\n/tmp\nx\n', stderr: '' });
    const limits = exec('box', 'grep', '-E', '^(CapEff|NoNewPrivs|Seccomp):', '/proc/self/status').stdout;
    expect(limits.split(/\s+/)).toEqual([
      'CapEff:',
      '00000000a80425fb',
      'NoNewPrivs:',
      '1',
      'Seccomp:',
      '2',
      '',
    ]);
  });

  test('passes standard input on, and loses nothing', () => {
    const input = Buffer.alloc(3_000_000, 'line of text\n');
    const { stdout } = spawnSync(process.execPath, [RUN, 'exec', '-i', 'box', 'cat'], {
      input,
      maxBuffer: 2 ** 30,
    });
    expect(stdout.equals(input)).toBe(true);
  });

  test('begins in no place of /proc that a link leads to', () => {
    exec('box', 'ln', '-s', '/proc/self/fd/7', '/tmp/sly');
    expect(exec('-w', '/tmp/sly', 'box', 'id')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('E_UNSAFE_PATH') as string,
    });
  });

  test('in a terminal: its size, the end, and the terminal as it was', async () => {
    const socket = `strata-exec-${String(process.pid)}`;
    const tmux = (...argv: string[]): string =>
      spawnSync('tmux', ['-L', socket, ...argv], { encoding: 'utf8' }).stdout;
    const screen = async (shows: RegExp): Promise<void> => {
      for (let tries = 0; tries < 300 && !shows.test(tmux('capture-pane', '-p')); tries++) await sleep(50);
      expect(tmux('capture-pane', '-p')).toMatch(shows);
    };
    tmux('new-session', '-d', '-x', '80', '-y', '20', 'env PS1=host: bash --norc --noprofile');
    try {
      tmux('send-keys', `${process.execPath} ${RUN} exec -it -e PS1=box: box sh`, 'Enter');
      await screen(/^box:/m);
      tmux('resize-window', '-x', '70', '-y', '18');
      tmux('send-keys', 'until stty size | grep 70; do :; done', 'Enter');
      await screen(/^18 70/m);
      tmux('send-keys', 'exit 7', 'Enter');
      await screen(/^host:/m);
      tmux('send-keys', 'echo end $?; stty -a | tr \\; \\\\n | grep -w icanon', 'Enter');
      await screen(/^end 7\n.* icanon/m);
    } finally {
      tmux('kill-server');
    }
  });
});

describe('logs', () => {
  test('gives each stream what was written to it, and the last lines', () => {
    expect(strata('logs', 'old')).toEqual({ status: 0, stdout: 'first\n', stderr: 'second\n' });
    expect(strata('logs', '-n', '3', 'box').stdout).toBe('part whole\nready\n');
    expect(strata('logs', '-t', '-n', '1', 'box').stdout).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z ready\n$/,
    );
    expect(strata('logs', '--since', '2020-01-01', '--until', '1h', 'box').stdout).toBe('');
    const json: unknown = JSON.parse(strata('logs', '--json', 'old').stdout);
    expect(schemaErrors('logs.json', json)).toEqual([]);
    expect(json).toMatchObject({
      container: { name: 'old' },
      lines: [
        { stream: 'stdout', text: 'first' },
        { stream: 'stderr', text: 'second' },
      ],
    });
  });

  test('--follow goes on until the container has ended', async () => {
    const started = await startScript('brief', DEMO, 'echo begun');
    const follower = spawn(process.execPath, [RUN, 'logs', '-f', 'brief'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    follower.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const ended = new Promise((resolve) => follower.on('exit', resolve));
    while (!said.includes('ready')) await sleep(20);
    strata('kill', 'brief');
    expect(await ended).toBe(0);
    await started.ended;
    expect(said).toBe('begun\nready\n');
    strata('rm', 'brief');
  });
});

describe('cp', () => {
  const cp = (...argv: string[]): ReturnType<typeof strata> => strata('cp', '-q', ...argv);

  test('there and back keeps what a file has, on a container that runs and on one that has ended', () => {
    mkdirSync(at('tree', 'deep'), { recursive: true });
    writeFileSync(at('tree', 'deep', 'one'), 'content', { mode: 0o640 });
    symlinkSync('/etc/shadow', at('tree', 'link'));
    spawnSync('sh', [
      '-c',
      `cd ${at('tree')} && ln deep/one two && truncate -s 50M holes && echo end >> holes && touch -d '2001-02-03 04:05:06.123456789' deep/one && chown 12:34 deep && mkfifo pipe`,
    ]);
    for (const name of ['box', 'old']) {
      expect(cp('-a', at('tree'), `${name}:/kept`)).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(cp('-a', `${name}:/kept`, at(`back-${name}`)).stderr).toBe('');
      const list = (root: string): string =>
        spawnSync('find', [root, '-printf', '%P %y %m %U:%G %s %n %l %T@\n'], { encoding: 'utf8' })
          .stdout.split('\n')
          .sort()
          .join('\n');
      expect(list(at(`back-${name}`))).toBe(list(at('tree')));
      expect(readFileSync(at(`back-${name}`, 'deep/one'), 'utf8')).toBe('content');
      expect(statSync(at(`back-${name}`, 'holes')).blocks).toBeLessThan(1000);
    }
    expect(cp(at('tree'), 'old:/kept').status).toBe(0);
    const listed = spawnSync(
      'sh',
      ['-c', `${process.execPath} ${RUN} cp -q old:/kept/tree - | tar -tv --numeric-owner`],
      { encoding: 'utf8' },
    );
    expect(listed.stdout).toMatch(/^drwxr-xr-x 0\/0 .* tree\/deep\/$/m);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder());
  });

  test('refuses as docker does, and leaves nothing half-written', () => {
    expect(cp(at('tree'), 'box:/etc/passwd').stderr).toContain('E_EXISTS');
    expect(cp('box:/none', at('x')).stderr).toContain('E_NOT_FOUND');
    const json: unknown = JSON.parse(cp('--json', 'box:/etc/hosts', at('hosts')).stdout);
    expect(schemaErrors('cp.json', json)).toEqual([]);
    expect(cp(at('tree', 'two'), 'box:/none/').stderr).toContain('E_NOT_FOUND');
    expect(cp(at('tree', 'two'), 'box:/proc/sys/kernel/').stderr).toContain('E_UNSAFE_PATH');
    expect(cp('box:/a', 'box:/b').stderr).toContain('E_USAGE');
    mkdirSync(at('full'));
    symlinkSync(at('victim'), at('full', 'made'));
    expect(cp('old:/made', at('full')).stderr).toContain('E_EXISTS');
    expect(readdirSync(at('full'))).toEqual(['made']);
    expect(readdirSync(at('victim'))).toEqual([]);
  });

  test('a container that swaps a directory for a link meanwhile leads nowhere', () => {
    const canary = plantCanary(at('victim'));
    writeFileSync(at('evil'), 'overwritten');
    mkdirSync(at('out'));
    exec('-d', 'box', 'sh', '-c', swapping(at('victim')));
    for (let i = 0; i < 4; i++) {
      cp(at('evil'), 'box:/swap/d/hello');
      cp(at('tree'), 'box:/swap/d');
      const name = at('out', String(i));
      cp('box:/swap/d/hello', name);
      // Inside, the place of the canary is another one.
      if (existsSync(name) && lstatSync(name).isFile())
        expect(readFileSync(name, 'utf8')).not.toBe('canary\n');
    }
    canary.check();
  });
});
