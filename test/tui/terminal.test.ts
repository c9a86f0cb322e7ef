import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { needTool, tool } from '../helpers/tool.js';

const folder = useFolder();
const server = `strata-test-${String(process.pid)}`;
const tmux = (...args: string[]): Promise<string> => tool('tmux', ['-L', server, '-f', '/dev/null', ...args]);
const screen = (): Promise<string> => tmux('capture-pane', '-p', '-t', 't');

/** Waits until the screen shows it; fails with the screen. */
async function shows(what: RegExp): Promise<void> {
  for (let i = 0; i < 300 && !what.test(await screen()); i++) await sleep(50);
  expect(await screen()).toMatch(what);
}

/** Types a command line into a shell and waits for the prompt behind it, which only a sane terminal shows. */
async function start(line: string): Promise<void> {
  await tmux('send-keys', '-t', 't', line, 'Enter');
}

describe('in a real terminal', () => {
  beforeAll(async () => {
    needTool('tmux');
    await tmux('new-session', '-d', '-s', 't', '-x', '100', '-y', '30', 'env PS1=READY: sh');
    await start(
      `export LC_ALL=C.UTF-8 STRATA_STORE='${path.join(folder(), 'store')}'; unset CI; strata() { '${process.execPath}' '${RUN}' "$@"; }; clear`,
    );
    await shows(/^READY:/m);
  });
  afterAll(async () => {
    await tmux('kill-server');
  });

  test('a plain image opens it; it resizes; q gives the screen and the keys back', async () => {
    await start(`echo before; strata '${DEMO}'`);
    await shows(/efficiency \d/);
    await tmux('resize-window', '-t', 't', '-x', '60', '-y', '15');
    await shows(/▌Files after layer 12/);
    await tmux('resize-window', '-t', 't', '-x', '100', '-y', '30');
    await shows(/Layers ─/);
    await tmux('send-keys', '-t', 't', 'q');
    await shows(/before\n[^]*READY:/);
    expect(await screen()).not.toContain('Layers');
    await start('echo typ""ed');
    await shows(/^typed$/m);
  });

  test.each(['TERM', 'HUP'])('SIG%s restores the terminal and says so in the exit code', async (signal) => {
    await start(`clear; strata explore '${DEMO}'; echo "code $?"`);
    await shows(/efficiency \d/);
    const pid = await tool('pgrep', ['-o', '-f', `^${process.execPath} ${RUN} explore ${DEMO}`]);
    process.kill(Number(pid.trim()), `SIG${signal}` as NodeJS.Signals);
    await shows(signal === 'TERM' ? /code 143/ : /code 129/);
    expect(await screen()).not.toContain('Layers');
  });

  test('a crash restores the terminal before it is told', async () => {
    const crash = 'data:text/javascript,setTimeout(()=>{throw new Error("broken")},4000)';
    await start(
      `clear; '${process.execPath}' --import '${crash}' '${RUN}' explore '${DEMO}'; echo "code $?"`,
    );
    await shows(/efficiency \d/);
    await shows(/broken[^]*code \d+/);
    expect(await screen()).not.toContain('Layers');
    await start('echo typ""ed');
    await shows(/^typed$/m);
  });

  test('Ctrl-Z goes to the shell and fg comes back', async () => {
    await start(`clear; set -m; '${process.execPath}' '${RUN}' '${DEMO}'`);
    await shows(/efficiency \d/);
    await tmux('send-keys', '-t', 't', 'C-z');
    await shows(/READY:/);
    // Whatever it still had to do is done.
    await start('clear; sleep 1; fg');
    await shows(/efficiency \d/);
    await tmux('send-keys', '-t', 't', '?');
    await shows(/▌Keys/);
    await tmux('send-keys', '-t', 't', 'q', 'q');
    await shows(/READY:/);
  });

  test('without a terminal to draw on it is the plain report', async () => {
    await start(
      `clear; TERM=dumb strata '${DEMO}' | head -1; CI=true strata explore '${DEMO}' | head -2; echo done`,
    );
    await shows(/Image +docker-archive:[^]*done/);
  });
});
