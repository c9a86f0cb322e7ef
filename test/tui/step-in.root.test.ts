import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { strata } from '../helpers/run-container.js';
import { needRoot, needTool, tool } from '../helpers/tool.js';

/* A shell in a snapshot and back, commit, and signals and crashes meanwhile, in a real terminal with real containers. */

const folder = useFolder();
const server = `strata-step-${String(process.pid)}`;
const tmux = (...args: string[]): Promise<string> => tool('tmux', ['-L', server, '-f', '/dev/null', ...args]);
const screen = (): Promise<string> => tmux('capture-pane', '-p', '-t', 't');
const press = (...keys: string[]): Promise<string> => tmux('send-keys', '-t', 't', ...keys);
const store = (): string => path.join(folder(), 'store');

/** Waits until the screen shows it; fails with the screen. */
async function shows(what: RegExp): Promise<void> {
  for (let i = 0; i < 600 && !what.test(await screen()); i++) await sleep(50);
  expect(await screen()).toMatch(what);
}

/** Types a line, with the same letters elsewhere on the screen than in what the line makes. */
async function type(line: string): Promise<void> {
  await tmux('send-keys', '-t', 't', '-l', line);
  await press('Enter');
}

/** Opens the explorer and a shell of layer 12 in it. */
async function inShell(program: string): Promise<void> {
  await type(`clear; ${program} explore '${DEMO}'; echo "code $?"`);
  await shows(/efficiency \d/);
  await press('s');
  await shows(/exit comes back[^]*\$\s*$/);
}

/** The terminal echoes, takes lines, and shows what stood there before. */
async function isSane(): Promise<void> {
  await type('stty -a | grep -cw -e -icanon -e -echo; echo sa""ne');
  await shows(/^0\nsane$/m);
  expect(await screen()).not.toContain('Layers ─');
}

describe('stepping in', () => {
  beforeAll(async () => {
    needRoot();
    needTool('tmux');
    process.env.STRATA_STORE = store();
    await tmux('new-session', '-d', '-s', 't', '-x', '100', '-y', '30', 'env PS1=READY: sh');
    await type(
      `export LC_ALL=C.UTF-8 STRATA_STORE='${store()}'; unset CI; strata() { '${process.execPath}' '${RUN}' "$@"; }; clear`,
    );
    await shows(/^READY:/m);
  });
  afterAll(async () => {
    const ids = strata('ps', '-aq').stdout.split('\n').filter(Boolean);
    if (ids.length > 0) strata('rm', '-f', ...ids);
    delete process.env.STRATA_STORE;
    await tmux('kill-server');
  });

  test('a shell in the snapshot, resized meanwhile; what it changed; a commit of a part; its image', async () => {
    await inShell('strata');
    await tmux('resize-window', '-t', 't', '-x', '90', '-y', '24');
    await type('stty size; echo one > /tmp/kept; echo two > /tmp/left; echo 3 >> /app/config.json');
    await shows(/^24 90$/m);
    await type('exit');
    await shows(/Changes of container \S+ ─+ +\d changes: A 2 {2}C \d {2}D 0/);
    expect((await screen()).split('\n').findLast((line) => line !== '')).toContain('K commit');
    await press('/');
    await type('config');
    await shows(/C +\S+ k?B +config\.json/);
    await press('G', 'd');
    await shows(/^ \+3$/m);
    await press('q', 'Escape');
    await shows(/A +4 B +left/);
    await press('K', '/');
    await type('left');
    await press('a', 'Escape');
    await shows(/\[ \] A +4 B +left/);
    await shows(/left out +1 change not ticked/);
    await press('Enter');
    await type('stepped:1');
    await press('m');
    await type('from the explorer');
    await press('Enter');
    await shows(/digest +sha256:[0-9a-f]{64}/);
    await press('Enter');
    await shows(/strata {2}stepped:1[^]*13 layers/);
    await press('q');
    await shows(/is kept: strata changes [^]*code 0/);
    await isSane();
    const listed = strata('ls', 'store:stepped:1', '/tmp').stdout;
    expect(listed).toContain('kept');
    expect(listed).not.toContain('left');
    expect(strata('history', '--json', 'store:stepped:1').stdout).toContain('from the explorer');
    expect(strata('cat', 'store:stepped:1', '/app/config.json').stdout).toMatch(/\n3\n$/);
  });

  test('a shell that changes nothing leaves no container', async () => {
    const before = strata('ps', '-aq').stdout;
    await inShell('strata');
    await type('exit');
    await shows(/the shell changed nothing; its container is removed/);
    await press('q');
    await shows(/code 0/);
    expect(strata('ps', '-aq').stdout).toBe(before);
  });

  test('SIGTERM while the shell runs restores the terminal, ends the shell and keeps what it changed', async () => {
    await inShell('strata');
    await type('echo x > /tmp/mine; printf "\\033[?1049h\\033[?1003h"; cat');
    const pid = await tool('pgrep', ['-o', '-f', `^${process.execPath} ${RUN} explore ${DEMO}`]);
    process.kill(Number(pid.trim()), 'SIGTERM');
    await shows(/code 143/);
    await isSane();
    for (let i = 0; i < 100 && strata('ps', '-q').stdout !== ''; i++) await sleep(50);
    expect(strata('ps', '-q').stdout).toBe('');
    const name = /container (\S+) is kept/.exec(await screen())?.[1] ?? '';
    expect(strata('changes', name).stdout).toContain('A /tmp/mine');
  });

  test('what a shell changed is kept when nobody can say how it ended', async () => {
    await inShell('strata');
    await type('echo x > /tmp/precious; echo writ""ten');
    await shows(/^written$/m);
    const [id] = strata('ps', '-q').stdout.trim().split('\n');
    process.kill(Number((await tool('pgrep', ['-o', '-f', `conmon .*${id}`])).split('\n')[0]), 'SIGKILL');
    await shows(/conmon left no exit status/);
    await press('q');
    await shows(/is kept: strata changes [^]*code 0/);
    expect(strata('changes', id).stdout).toContain('A /tmp/precious');
  });

  test('a crash while the shell runs restores the terminal before it is told', async () => {
    const crash = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("broken")})';
    await inShell(`'${process.execPath}' --import '${crash}' '${RUN}'`);
    const pid = await tool('pgrep', ['-o', '-f', `${RUN} explore ${DEMO}`]);
    process.kill(Number(pid.trim()), 'SIGUSR2');
    await shows(/broken[^]*code \d+/);
    await isSane();
  });

  test('where a tool is missing the key says so and what to do; the rest works', async () => {
    await type(`clear; PATH=/nowhere '${process.execPath}' '${RUN}' explore '${DEMO}'; clear`);
    await shows(/efficiency \d/);
    await press('s');
    await shows(/no process; install util-linux/);
    await press('[');
    await shows(/Files after layer 11/);
    await press('q');
    await shows(/^READY:/m);
  });
});
