import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import Ps from '../../../src/commands/ps.js';
import Rm from '../../../src/commands/rm.js';
import { DEMO, linesOf, useFolder } from '../../helpers/look.js';
import { makeUser } from '../../helpers/ordinary-user.js';
import { RUN, runCommand } from '../../helpers/run-command.js';
import { needRoot } from '../../helpers/tool.js';
import { openTerminal, type TestTerminal } from '../../helpers/terminal.js';

/* What a user sees in front of a real terminal: a shell, and strata run by it. */

const folder = useFolder();
let terminal: TestTerminal;
let settings = '';

beforeAll(needRoot);
beforeEach(async () => {
  const script = `#!/bin/sh\nexec '${process.execPath}' '${RUN}' "$@"\n`;
  writeFileSync(path.join(folder(), 'strata'), script, { mode: 0o755 });
  terminal = await openTerminal('run', {
    PATH: `${folder()}:${process.env.PATH ?? ''}`,
    STRATA_STORE: process.env.STRATA_STORE ?? '',
    NODE_ENV: 'production',
    D: DEMO,
  });
  await terminal.shows(/^outside\$$/);
  settings = await terminal.answer('stty -g');
  expect(settings).toMatch(/^[0-9a-f:]+$/);
});
afterEach(async () => {
  await terminal.close();
  const { stdout } = await runCommand(Ps, ['-aq']);
  if (stdout !== '') await runCommand(Rm, ['-f', ...linesOf(stdout)]);
});
afterAll(async () => {
  await terminal.close();
});

const INSIDE = /\/app #$/;
const OUTSIDE = /outside\$$/;

const runShell = (name: string, ...flags: string[]): Promise<void> =>
  terminal.line(`strata run -q -it --name ${name} -u 0 ${flags.join(' ')} --entrypoint /bin/sh $D`);

/** The exit code of the last command; the terminal must be as it was. */
async function ended(): Promise<string> {
  await terminal.shows(OUTSIDE);
  const code = await terminal.answer('echo $?');
  expect(await terminal.answer('stty -g')).toBe(settings);
  return code;
}

const processes = (words: string): number[] =>
  execFileSync('pgrep', ['-f', words], { encoding: 'utf8' }).trim().split('\n').map(Number);

/** With its prompt the shell asks the terminal where it is: the answer is not to come between keys, or to the next shell. */
async function prompted(on: TestTerminal, screen: RegExp): Promise<void> {
  await on.shows(screen);
  await setTimeout(300);
}

let sleeps = 0;
/** Runs a program that sleeps, and returns its process once it is there: an earlier key would be for the shell. */
async function sleepIn(on: TestTerminal): Promise<number> {
  const command = `sleep ${String((sleeps += 1))}000.${String(process.pid)}`;
  await on.line(command);
  const found = await vi.waitFor(() => processes(`^${command}$`), { timeout: 30_000, interval: 50 });
  return found[0];
}

/** The letter of proc_pid_stat(5): S sleeps, T was stopped. */
function stateOf(pid: number): string | undefined {
  return / ([A-Z]) /.exec(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'))?.[1];
}

/** The process of strata that is on the terminal: other tests run theirs, on other stores. */
const attachedProcess = (): number => {
  const own = `STRATA_STORE=${process.env.STRATA_STORE ?? ''}\0`;
  const found = processes(`^${process.execPath} ${RUN} (run|attach)`).filter((pid) =>
    readFileSync(`/proc/${String(pid)}/environ`, 'latin1').includes(own),
  );
  return found[0];
};

test('a shell with jobs; left by keys and come back to; its end is ours', async () => {
  await terminal.clear();
  await runShell('desk');
  await terminal.shows(INSIDE);
  expect(await terminal.answer('tty; stty size')).toBe('/dev/pts/0\n24 80');
  const sleeping = await sleepIn(terminal);
  await terminal.keys('C-z');
  await terminal.shows(/\[1\]\+ +Stopped +sleep \S+\n\/app #$/);
  await terminal.clear();
  await terminal.line('fg');
  // The shell gives it the terminal before it lets it go on.
  await vi.waitFor(() => expect(stateOf(sleeping)).toBe('S'), { timeout: 30_000, interval: 20 });
  await terminal.keys('C-c');
  await terminal.shows(/\^C\n\/app #$/);
  expect(await terminal.answer('echo $?')).toBe('130');
  await terminal.resize(100, 30);
  expect(await terminal.answer('stty size')).toBe('30 100');

  // A sequence that was begun is for the program: ctrl-p is the line before.
  await terminal.line('kept=here');
  await terminal.clear();
  await terminal.keys('C-p', 'q', 'BSpace', 'C-c');
  await prompted(terminal, /kept=here\^C\n\/app #$/);
  await terminal.keys('C-p');
  await terminal.keys('C-q');
  expect(await ended()).toBe('0');
  expect((await runCommand(Ps, [])).stdout).toMatch(/ Up .* desk$/m);

  await terminal.resize(90, 20);
  await terminal.clear();
  await terminal.line('strata attach --detach-keys ctrl-x,q desk');
  // It draws its prompt anew.
  await terminal.shows(INSIDE);
  expect(await terminal.answer('echo "$kept"; sleep 2; stty size')).toBe('here\n20 90');
  await terminal.keys('C-p', 'C-q', 'C-c');
  await prompted(terminal, /size\^C\n\/app #$/);
  await terminal.keys('C-x', 'q');
  // The terminal is as it was before anything is said.
  await terminal.shows(/^detached from desk, .*\noutside\$$/m);
  expect(await ended()).toBe('0');

  await terminal.line('strata attach desk');
  await terminal.shows(INSIDE);
  await terminal.line('exit 5');
  expect(await ended()).toBe('5');
  await terminal.line('strata start -ai desk');
  await terminal.shows(INSIDE);
  await terminal.line('exit 6');
  expect(await ended()).toBe('6');
});

test('line feeds are what the terminal inside makes of them', async () => {
  await terminal.clear();
  const script = "stty -onlcr; printf 'abc\\ndef\\n'; stty onlcr; printf 'ghi\\njkl\\n'";
  await terminal.line(`strata run -q -it --rm --entrypoint /bin/sh $D -c "${script}"`);
  await terminal.shows(/^abc\n {3}def\n {6}ghi\njkl$/m);
  expect(await ended()).toBe('0');
});

test('the terminal is as it was when strata is asked to end or its terminal goes; the shell inside goes on', async () => {
  await runShell('open', '-d');
  await terminal.shows(/^[0-9a-f]{64}\n/m);
  await terminal.shows(OUTSIDE);
  expect((await runCommand(Ps, ['-q'])).stdout).not.toBe('');
  for (const [signal, code] of [
    ['SIGTERM', '143'],
    ['SIGHUP', '129'],
  ] as const) {
    await terminal.line('strata attach open');
    await terminal.shows(INSIDE);
    await terminal.line('mark=again');
    await prompted(terminal, /mark=again\n\/app #$/);
    process.kill(attachedProcess(), signal);
    expect(await ended()).toBe(code);
  }

  // Nobody can restore anything after that; but a new terminal, or stty sane, finds the shell where it was.
  await terminal.line('strata attach open');
  await terminal.shows(INSIDE);
  process.kill(attachedProcess(), 'SIGKILL');
  await terminal.shows(/Killed/);
  await terminal.line('stty sane');
  await terminal.shows(OUTSIDE);
  const sane = await terminal.answer('stty -g');
  await terminal.clear();
  await terminal.line('strata attach open');
  await terminal.shows(INSIDE);
  expect(await terminal.answer('echo "$mark"')).toBe('again');
  await terminal.line('exit');
  await terminal.shows(OUTSIDE);
  // The next one restores what it found.
  expect(await terminal.answer('stty -g')).toBe(sane);
});

test('what stands in a terminal but has none is interrupted by it', async () => {
  await terminal.clear();
  const script = '\'trap "echo asked; exit 9" INT; echo up; while :; do sleep 0.05; done\'';
  await terminal.line(`strata run -q --rm --entrypoint /bin/sh $D -c ${script}`);
  await terminal.shows(/^up$/m);
  await terminal.keys('C-c');
  await terminal.shows(/asked/);
  expect(await ended()).toBe('9');
});

test('an ordinary user has the same: jobs, signals, sizes, leaving and coming back, a second shell as another user', async () => {
  const user = makeUser(true);
  copyFileSync(DEMO, path.join(user.home, 'demo.tar'));
  const words = user.program.map((word) => `'${word}'`).join(' ');
  writeFileSync(path.join(user.home, 'strata'), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  const his = await user.terminal({ PATH: `${user.home}:/usr/bin:/bin` });
  try {
    await his.shows(OUTSIDE);
    const before = await his.answer('stty -g');
    await his.line('strata run -q -it --name desk -u 0 --entrypoint /bin/sh demo.tar');
    await his.shows(INSIDE);
    expect(await his.answer('tty; stty size; stat -c %u $(tty)')).toBe('/dev/pts/0\n24 80\n0');
    await sleepIn(his);
    await his.keys('C-z');
    await his.shows(/\[1\]\+ +Stopped +sleep \S+\n\/app #$/);
    await his.resize(100, 30);
    // Until the shell has heard of its end it is a job that keeps one from leaving; for one that stands still it does not wait.
    expect(await his.answer('kill -9 %1; sleep 1; stty size')).toMatch(/^30 100$/m);
    await prompted(his, INSIDE);
    await his.keys('C-p', 'C-q');
    await his.shows(OUTSIDE);
    expect(await his.answer('echo $?; stty -g')).toBe(`0\n${before}`);

    await his.line('strata exec -it -u 33 desk sh');
    await his.shows(/\/app \$$/);
    expect(await his.answer('echo $(id -u) $(stat -c %u $(tty)); echo to > $(tty)')).toBe('33 33\nto');
    await sleepIn(his);
    await his.keys('C-c');
    await his.shows(/\^C\n\/app \$$/);
    await his.resize(90, 20);
    expect(await his.answer('echo $?; stty size')).toBe('130\n20 90');
    await his.line('exit 7');
    await his.shows(OUTSIDE);
    expect(await his.answer('echo $?; stty -g')).toBe(`7\n${before}`);

    await his.line('strata attach desk');
    await his.shows(INSIDE);
    await his.line('exit 5');
    await his.shows(OUTSIDE);
    expect(await his.answer('echo $?; stty -g')).toBe(`5\n${before}`);
  } finally {
    await his.close();
    user.shell('strata rm -f $(strata ps -aq)');
    user.remove();
  }
});
