import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DEMO } from '../helpers/look.js';
import { makeUser, type OrdinaryUser } from '../helpers/ordinary-user.js';
import type { TestTerminal } from '../helpers/terminal.js';
import { needTool } from '../helpers/tool.js';

/* Who is not root steps into a snapshot from the explorer as root does, or is told what root has to do. */

const users: OrdinaryUser[] = [];
let terminal: TestTerminal | undefined;
beforeAll(() => needTool('tmux'));
afterEach(() => terminal?.close());
afterAll(() => {
  for (const user of users) {
    user.shell('strata rm -f $(strata ps -aq) 2>/dev/null');
    user.remove();
  }
});

function userWith(ranges: boolean): OrdinaryUser {
  const user = makeUser(ranges);
  users.push(user);
  copyFileSync(DEMO, path.join(user.home, 'demo.tar'));
  return user;
}

/** A terminal of his own in which the explorer is, with its key for a shell pressed. */
async function stepIn(user: OrdinaryUser): Promise<TestTerminal> {
  const his = await user.terminal();
  terminal = his;
  await his.resize(180, 30);
  await his.line(`clear; ${user.program.join(' ')} explore demo.tar@12`);
  await his.shows(/efficiency \d/);
  await his.keys('s');
  return his;
}

/** The terminal echoes and takes lines again. */
async function isSane(his: TestTerminal): Promise<void> {
  await his.shows(/outside\$$/);
  expect(await his.answer('stty -a | grep -cw -e -icanon -e -echo')).toBe('0');
}

test('a shell, what it changed and a commit as root of his namespace, in the same terminal', async () => {
  const user = userWith(true);
  const his = await stepIn(user);
  await his.shows(/exit goes back[^]*\$$/);
  await his.line('echo kept > /tmp/mine; rm -r /app/uploads; exit');
  await his.shows(/Changes of container .* 4 changes: \+1 ~2 -1/);
  await his.keys('K');
  await his.shows(/n or Enter gives it one/);
  await his.keys('n');
  await his.line('own:1');
  await his.shows(/name *own:1/);
  await his.keys('Enter');
  await his.shows(/digest *sha256:/);
  await his.keys('Enter');
  await his.shows(/own:1 .*13 layers/);
  await his.keys('q');
  await his.shows(/is kept: strata changes/);
  await isSane(his);
  const kept = user.shell(
    'strata cat store:own:1 /tmp/mine; strata ls store:own:1 /app | grep -c uploads; id -u',
  );
  expect(kept.stdout.trim().split('\n')).toEqual(['kept', '0', String(user.uid)]);
}, 120_000);

test('without subordinate ids he is told what root has to do, and goes on exploring', async () => {
  const his = await stepIn(userWith(false));
  await his.shows(/usermod --add-subuids/);
  await his.keys('[');
  await his.shows(/Files after layer 11/);
  await his.keys('q');
  await isSane(his);
}, 120_000);
