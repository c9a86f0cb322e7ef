import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Explorer, startExplorer } from '../helpers/explorer.js';
import { useFolder } from '../helpers/look.js';
import { strata } from '../helpers/run-container.js';
import { RUN } from '../helpers/run-command.js';
import { manyLayers } from '../helpers/shell-images.js';
import { openTerminal } from '../helpers/terminal.js';
import { needRoot, needTool } from '../helpers/tool.js';

/* Real containers in the explorer: what is done to them, what they write, and the layer that changed something. */

const folder = useFolder();
const store = (): string => path.join(folder(), 'store');
let image = '';
let driver: Explorer;

beforeAll(async () => {
  needRoot();
  image = manyLayers(folder(), 9);
  const script = 'i=0; while true; do i=$((i+1)); echo "said $i"; /bin/sleep 0.2; done';
  const made = strata('run', '-q', '-d', '--name', 'talker', '--entrypoint', '/bin/sh', image, '-c', script);
  expect(made).toMatchObject({ status: 0, stderr: '' });
  driver = await startExplorer({ image, store: store(), containers: true });
  await driver.shows(/efficiency \d/);
}, 60_000);
afterAll(async () => {
  await driver.close();
  strata('rm', '--force', 'talker');
});

const containers = (): string[] => readdirSync(path.join(store(), 'containers'));

describe('containers in the explorer', () => {
  test('are listed, followed, let stand still, stopped, started and removed', async () => {
    await driver.press('p');
    await driver.shows(/▸ talker +Up .*many-9\.tar@9 +\/bin\/sh -c/);
    await driver.press('Enter');
    await driver.shows(/following[^]*said \d/);
    const lines = (): number =>
      [...driver.text().matchAll(/said (\d+)/g)].map(([, n]) => Number(n)).at(-1) ?? 0;
    const before = lines();
    await driver.shows(new RegExp(`said ${String(before + 3)}\\b`));
    await driver.press('t');
    await driver.shows(/\dT[\d:]+\.\d{9}Z +said \d/);
    await driver.press('q', 'P');
    await driver.shows(/talker +Paused/);
    await driver.shows('stands still');
    await driver.press('P');
    await driver.shows(/talker +Up/);
    await driver.press('x');
    await driver.shows(/talker +Exited \(137\)/);
    await driver.press('P');
    await driver.shows('talker does not run: R starts it');
    await driver.press('R');
    await driver.shows(/talker +Up/);
    // What another terminal does is seen too.
    strata('kill', 'talker');
    await driver.shows(/talker +Exited/);
    await driver.press('D', 'n');
    expect(containers()).toHaveLength(1);
    await driver.press('D', 'y');
    await driver.shows('talker was removed');
    await driver.shows('no containers in this store');
    expect(containers()).toEqual([]);
    await driver.press('q');
  }, 60_000);

  test('bisect finds the layer between two marks, goes there, and leaves nothing', async () => {
    await driver.press('S-Tab', 'g', 'j', 'm', 'G', 'k', 'm', 'b');
    await driver.shows('bisect 2..8, command:');
    await driver.type('test ! -e /etc/f6');
    await driver.press('Enter');
    await driver.shows(/@2 \+ good[^]*@8 - bad[^]*layer 6 is the first bad one/);
    await driver.shows(/echo 6 > \/etc\/f6[^]*\+ .*\/etc\/f6/);
    expect(containers()).toEqual([]);
    await driver.press('Enter');
    await driver.shows('Changes of layer 6');
    expect(driver.selected('layers')).toContain('/etc/f6');
    await driver.press('2');
  }, 60_000);

  test('a search that is stopped ends what it runs, and says so', async () => {
    await driver.press('b');
    await driver.type('sleep 100');
    await driver.press('Enter');
    await driver.shows('@1 … running');
    await vi.waitFor(() => expect(containers()).toHaveLength(1), 20_000);
    await driver.press('Esc');
    await driver.shows('stopped; nothing of it is left');
    expect(containers()).toEqual([]);
    await driver.press('Esc');
    await driver.shows('Files after layer');
  }, 60_000);

  test('a shell in a container has the terminal, and the containers are there again after it', async () => {
    needTool('tmux');
    // Unlike sleep as the first process it ends when it is asked to.
    const script = 'trap exit TERM; while :; do /bin/sleep 0.05; done';
    const made = strata('run', '-q', '-d', '--name', 'calm', '--entrypoint', '/bin/sh', image, '-c', script);
    expect(made.status).toBe(0);
    const env = { STRATA_STORE: store(), LC_ALL: 'C.UTF-8', TERM: 'xterm', PATH: process.env.PATH ?? '' };
    const terminal = await openTerminal('containers', env);
    try {
      await terminal.line(`unset CI; ${process.execPath} ${RUN} explore ${image}`);
      await terminal.shows(/efficiency \d/);
      await terminal.keys('p');
      await terminal.shows(/▸ calm +Up/);
      await terminal.keys('e');
      await terminal.shows(/[#$] *$/);
      await terminal.line('cat /etc/f3; exit 4');
      await terminal.shows(/calm +Up[^]*back from calm: exit status 4/);
      await terminal.keys('S');
      await terminal.shows(/calm +Exited/);
      await terminal.keys('q', 'q');
      // What was on the terminal before is there again.
      await terminal.shows(/outside\$[^]*cat \/etc\/f3/);
    } finally {
      await terminal.close();
      strata('rm', '--force', 'calm');
    }
  }, 90_000);
});
