import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO, useFolder } from '../helpers/look.js';
import { FIXTURES, RUN } from '../helpers/run-command.js';
import { openTerminal, type TestTerminal } from '../helpers/terminal.js';
import { needTool } from '../helpers/tool.js';

const folder = useFolder();
let terminal: TestTerminal;

describe('in a real terminal', () => {
  beforeAll(async () => {
    needTool('tmux');
    const env = {
      LC_ALL: 'C.UTF-8',
      STRATA_STORE: path.join(folder(), 'store'),
      PATH: process.env.PATH ?? '',
    };
    terminal = await openTerminal('explore', env);
    await terminal.resize(100, 30);
    await terminal.line(`unset CI; strata() { '${process.execPath}' '${RUN}' "$@"; }; clear`);
    await terminal.shows(/^outside\$$/);
  });
  afterAll(async () => {
    await terminal.close();
  });

  test('a plain image opens it; it resizes; q gives the screen and the keys back', async () => {
    await terminal.line(`echo before; strata '${DEMO}'`);
    await terminal.shows(/efficiency \d/);
    await terminal.resize(60, 15);
    await terminal.shows(/▌Files after layer 12/);
    await terminal.resize(100, 30);
    await terminal.shows(/Layers ─/);
    await terminal.keys('q');
    await terminal.shows(/before\n[^]*outside\$/);
    expect(await terminal.screen()).not.toContain('Layers');
    await terminal.line('echo typ""ed');
    await terminal.shows(/^typed$/m);
  });

  test.each(['TERM', 'HUP'])('SIG%s restores the terminal and says so in the exit code', async (signal) => {
    await terminal.line(`clear; strata explore '${DEMO}'; echo "code $?"`);
    await terminal.shows(/efficiency \d/);
    process.kill(await terminal.child(), `SIG${signal}` as NodeJS.Signals);
    await terminal.shows(signal === 'TERM' ? /code 143/ : /code 129/);
    expect(await terminal.screen()).not.toContain('Layers');
  });

  test('a crash restores the terminal before it is told', async () => {
    const crash = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("broken")})';
    await terminal.line(
      `clear; '${process.execPath}' --import '${crash}' '${RUN}' explore '${DEMO}'; echo "code $?"`,
    );
    await terminal.shows(/efficiency \d/);
    process.kill(await terminal.child(), 'SIGUSR2');
    await terminal.shows(/broken[^]*code \d+/);
    expect(await terminal.screen()).not.toContain('Layers');
    await terminal.line('echo typ""ed');
    await terminal.shows(/^typed$/m);
  });

  test('what the terminal became while it stood still is what it is drawn for', async () => {
    await terminal.line(`clear; strata explore '${DEMO}'`);
    await terminal.shows(/efficiency \d/);
    await terminal.keys('C-z');
    await terminal.shows(/Stopped[^]*outside\$/i);
    await terminal.resize(90, 24);
    await terminal.line('clear; fg');
    await terminal.shows(/Layers ─/);
    await expect
      .poll(async () => (await terminal.screen()).split('\n').filter((line) => line.includes('│')).length)
      .toBe(22);
    expect((await terminal.screen()).split('\n')[0]).toContain('harbour-notes');
    await terminal.resize(100, 30);
    await terminal.shows(/Layers ─/);
    await terminal.keys('q');
    await terminal.shows(/outside\$/);
  });

  test('pasted text presses no keys', async () => {
    await terminal.line(`clear; strata explore '${DEMO}'; echo "code $?"`);
    await terminal.shows(/efficiency \d/);
    await terminal.keys('/');
    await terminal.paste('usr\nbin\nqq');
    await terminal.shows(/usr bin qq/);
    await terminal.keys('Escape');
    await terminal.paste('qqq');
    await terminal.shows(/pasted text goes into a line/);
    await terminal.keys('q');
    await terminal.shows(/code 0/);
  });

  test('Ctrl-Z goes to the shell and fg comes back', async () => {
    await terminal.line(`clear; set -m; '${process.execPath}' '${RUN}' '${DEMO}'`);
    await terminal.shows(/efficiency \d/);
    await terminal.keys('C-z');
    await terminal.shows(/outside\$/);
    // Whatever it still had to do is done.
    await terminal.line('clear; sleep 1; fg');
    await terminal.shows(/efficiency \d/);
    await terminal.keys('?');
    await terminal.shows(/▌Keys/);
    await terminal.keys('q', 'q');
    await terminal.shows(/outside\$/);
  });

  test('without an image it lists those in the store; Enter explores one', async () => {
    await terminal.line(`clear; strata copy -q '${DEMO}' store:kept:1; strata explore; echo "code $?"`);
    await terminal.shows(/1 image in the store[^]*kept:1 +[\d.]+ MB +12/);
    await terminal.keys('/', 'x', 'y', 'Enter');
    await terminal.shows(/none has that in its name[^]*\/xy Esc clears/);
    await terminal.keys('Escape');
    await terminal.shows(/kept:1/);
    await terminal.keys('Enter');
    await terminal.shows(/strata {2}kept:1[^]*efficiency \d/);
    await terminal.keys('q');
    await terminal.shows(/code 0/);
    await terminal.line('clear; CI=true strata explore; echo "code $?"');
    await terminal.shows(/REPOSITORY +TAG[^]*kept +1 [^]*code 0/);
  });

  test('of a file with several images it lists them; Enter explores one', async () => {
    const several = path.join(FIXTURES, 'docker-several.tar');
    await terminal.line(`clear; strata explore '${several}'; echo "code $?"`);
    await terminal.shows(
      /3 images in [^]*small:1 +[\d.]+ kB +3 [^]*other:1, other:latest +[\d.]+ kB +3 [^]*@2 /,
    );
    await terminal.keys('j', 'Enter');
    await terminal.shows(/strata {2}other:1[^]*efficiency \d/);
    await terminal.keys('q');
    await terminal.shows(/code 0/);
    await terminal.line(`clear; strata explore '${several}'; echo "code $?"`);
    await terminal.shows(/3 images in /);
    await terminal.keys('q');
    await terminal.shows(/code 0/);
    await terminal.line(`clear; strata explore '${several}:nosuch'; echo "code $?"`);
    await terminal.shows(/E_NOT_FOUND[^]*code 4/);
  });

  test('without a terminal to draw on it is the plain report', async () => {
    await terminal.line(
      `clear; TERM=dumb strata '${DEMO}' | head -1; CI=true strata explore '${DEMO}' | head -2; echo done`,
    );
    await terminal.shows(/Image +docker-archive:[^]*done/);
    await terminal.line(
      `clear; strata explore '${DEMO}' < /dev/null 2> '${folder()}/said'; clear; cat '${folder()}/said'; strata explore - < '${DEMO}' 2>&1 > /dev/tty | head -1; echo done`,
    );
    await terminal.shows(/^standard input is no terminal to read keys from: this is the plain report$/m);
    await terminal.shows(/plain report; keep the image: strata copy - store:NAME[^]*done/);
  });
});
