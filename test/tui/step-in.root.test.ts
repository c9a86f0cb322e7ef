import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { strata } from '../helpers/run-container.js';
import { openTerminal, type TestTerminal } from '../helpers/terminal.js';
import { needRoot, needTool, tool } from '../helpers/tool.js';

/* A shell in a snapshot and back, commit, and signals and crashes meanwhile, in a real terminal with real containers. */

const folder = useFolder();
const store = (): string => path.join(folder(), 'store');
let terminal: TestTerminal;

/** Opens the explorer and a shell of layer 12 in it. */
async function inShell(program: string): Promise<void> {
  await terminal.line(`clear; ${program} explore '${DEMO}'; echo "code $?"`);
  await terminal.shows(/efficiency \d/);
  await terminal.keys('s');
  await terminal.shows(/exit goes back[^]*\$\s*$/);
}

/** The terminal echoes, takes lines, and shows what stood there before. */
async function isSane(): Promise<void> {
  await terminal.line('stty -a | grep -cw -e -icanon -e -echo; echo sa""ne');
  await terminal.shows(/^0\nsane$/m);
  expect(await terminal.screen()).not.toContain('Layers ─');
}

describe('stepping in', () => {
  beforeAll(async () => {
    needRoot();
    needTool('tmux');
    process.env.STRATA_STORE = store();
    const env = { LC_ALL: 'C.UTF-8', STRATA_STORE: store(), PATH: process.env.PATH ?? '' };
    terminal = await openTerminal('step', env);
    await terminal.resize(100, 30);
    await terminal.line(`unset CI; strata() { '${process.execPath}' '${RUN}' "$@"; }; clear`);
    await terminal.shows(/^outside\$$/);
  });
  afterAll(async () => {
    const ids = strata('ps', '-aq').stdout.split('\n').filter(Boolean);
    if (ids.length > 0) strata('rm', '-f', ...ids);
    delete process.env.STRATA_STORE;
    await terminal.close();
  });

  test('a shell in the snapshot, resized meanwhile; what it changed; a commit of a part; its image', async () => {
    await inShell('strata');
    await terminal.resize(90, 24);
    await terminal.line('stty size; echo one > /tmp/kept; echo two > /tmp/left; echo 3 >> /app/config.json');
    await terminal.shows(/^24 90$/m);
    await terminal.line('exit');
    await terminal.shows(/Changes of container \S+ ─+ +\d changes: \+2 ~\d -0/);
    expect((await terminal.screen()).split('\n').findLast((line) => line !== '')).toContain('K commit');
    await terminal.keys('/');
    await terminal.line('config');
    await terminal.shows(/~ +\S+ k?B +config\.json/);
    await terminal.keys('G', 'd');
    await terminal.shows(/^ \+3$/m);
    await terminal.keys('q', 'Escape');
    await terminal.shows(/\+ +4 B +left/);
    await terminal.keys('K', '/');
    await terminal.line('left');
    await terminal.keys('a', 'Escape');
    await terminal.shows(/\[ \] \+ +4 B +left/);
    await terminal.shows(/left out +1 change not ticked/);
    await terminal.keys('Enter');
    await terminal.line('stepped:1');
    await terminal.keys('m');
    await terminal.line('from the explorer');
    await terminal.keys('Enter');
    await terminal.shows(/digest +sha256:[0-9a-f]{64}/);
    await terminal.keys('Enter');
    await terminal.shows(/strata {2}stepped:1[^]*13 layers/);
    await terminal.keys('q');
    await terminal.shows(/is kept: strata changes [^]*code 0/);
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
    await terminal.line('exit');
    await terminal.shows(/the shell changed nothing; its container is removed/);
    await terminal.keys('q');
    await terminal.shows(/code 0/);
    expect(strata('ps', '-aq').stdout).toBe(before);
  });

  test('SIGTERM while the shell runs restores the terminal, ends the shell and keeps what it changed', async () => {
    await inShell('strata');
    await terminal.line('echo x > /tmp/mine; printf "\\033[?1049h\\033[?1003h"; cat');
    process.kill(await terminal.child(), 'SIGTERM');
    await terminal.shows(/code 143/);
    await isSane();
    for (let i = 0; i < 100 && strata('ps', '-q').stdout !== ''; i++) await sleep(50);
    expect(strata('ps', '-q').stdout).toBe('');
    const name = /container (\S+) is kept/.exec(await terminal.screen())?.[1] ?? '';
    expect(strata('changes', name).stdout).toContain('A /tmp/mine');
  });

  test('what a shell changed is kept when nobody can say how it ended', async () => {
    await inShell('strata');
    await terminal.line('echo x > /tmp/precious; echo writ""ten');
    await terminal.shows(/^written$/m);
    const [id] = strata('ps', '-q').stdout.trim().split('\n');
    process.kill(Number((await tool('pgrep', ['-o', '-f', `conmon .*${id}`])).split('\n')[0]), 'SIGKILL');
    await terminal.shows(/conmon left no exit status/);
    await terminal.keys('q');
    await terminal.shows(/is kept: strata changes [^]*code 0/);
    expect(strata('changes', id).stdout).toContain('A /tmp/precious');
  });

  test('a crash while the shell runs restores the terminal before it is told', async () => {
    const crash = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("broken")})';
    await inShell(`'${process.execPath}' --import '${crash}' '${RUN}'`);
    process.kill(await terminal.child(), 'SIGUSR2');
    await terminal.shows(/broken[^]*code \d+/);
    await isSane();
  });

  test('where a tool is missing the key says so and what to do; the rest works', async () => {
    await terminal.line(`clear; PATH=/nowhere '${process.execPath}' '${RUN}' explore '${DEMO}'; clear`);
    await terminal.shows(/efficiency \d/);
    await terminal.keys('s');
    await terminal.shows(/unshare is not installed; install util-linux/);
    await terminal.keys('[');
    await terminal.shows(/Files after layer 11/);
    await terminal.keys('q');
    await terminal.shows(/^outside\$/m);
  });
});
