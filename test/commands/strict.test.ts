import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import Copy from '../../src/commands/copy.js';
import Diff from '../../src/commands/diff.js';
import Dive from '../../src/commands/dive.js';
import Recover from '../../src/commands/recover.js';
import Save from '../../src/commands/save.js';
import Waste from '../../src/commands/waste.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';

/* --strict: what writes does not begin; what looks answers in JSON, with 3. The demo image has ten warnings. */

const folder = useFolder();
const at = (name: string): string => path.join(folder(), name);

test.each([[], ['--json']])('recover writes nothing %s', async (...json: string[]) => {
  for (const asked of [['/root/.deploy/token'], ['--all']]) {
    const ran = await runCommand(Recover, [DEMO, ...asked, '-o', at('taken'), '--strict', ...json]);
    expect([ran.status, existsSync(at('taken'))]).toEqual([3, false]);
  }
  const listed = await runCommand(Recover, [DEMO, '/root/.deploy/token', '--list', '--strict', ...json]);
  expect(listed.status).toBe(3);
  expect(listed.stdout).toContain(json.length > 0 ? '"versions"' : 'LAYER');
});

test.each([[''], ['--all'], ['--json']])('copy and save write nothing %s', async (flag) => {
  const more = flag === '' ? [] : [flag];
  const image = path.join(FIXTURES, 'oci-wrong-types');
  const copied = await runCommand(Copy, [image, `oci-archive:${at('c.tar')}`, '--strict', ...more]);
  expect([copied.status, existsSync(at('c.tar'))]).toEqual([3, false]);
  expect(copied.stderr + copied.stdout).toContain('reading the image strictly');
  if (flag !== '--all') {
    const saved = await runCommand(Save, [image, '-o', at('s.tar'), '--strict', ...more]);
    expect([saved.status, existsSync(at('s.tar'))]).toEqual([3, false]);
  }
  const sound = await runCommand(Copy, [
    DEMO,
    `oci-archive:${at(`d${more.join('')}.tar`)}`,
    '--strict',
    ...more,
  ]);
  expect([sound.status, existsSync(at(`d${more.join('')}.tar`))]).toEqual([0, true]);
});

test('dive --json writes no file; --ci reports, then fails', async () => {
  const ran = await runCommand(Dive, [`docker-archive://${DEMO}`, '--json', at('dive.json'), '--strict']);
  expect([ran.status, existsSync(at('dive.json'))]).toEqual([1, false]);
  const report = await runCommand(Dive, [`docker-archive://${DEMO}`, '--ci', '--strict']);
  expect([report.status, report.stdout.includes('efficiency')]).toEqual([1, true]);
});

test.each([[], ['--json']])(
  'waste --check writes no report; without one it judges, then fails %s',
  async (...json: string[]) => {
    const gate = [DEMO, '--check', '--strict', ...json];
    const ran = await runCommand(Waste, [...gate, '--junit', at('report.xml')]);
    expect([ran.status, existsSync(at('report.xml'))]).toEqual([3, false]);
    expect(ran.stderr + ran.stdout).toContain('reading the image strictly');
    const judged = await runCommand(Waste, gate);
    expect([judged.status, judged.stdout.includes('highestUserWastedPercent')]).toEqual([3, true]);
  },
);

test('diff counts the warnings of both images', async () => {
  copyFileSync(DEMO, at('other.tar'));
  const ran = await runCommand(Diff, [DEMO, at('other.tar'), '--strict', '--json']);
  expect([ran.status, ran.stderr]).toEqual([3, expect.stringContaining('0 errors and 20 warnings')]);
  expect(JSON.parse(ran.stdout)).toHaveProperty('differences');
});

test('a gate on a snapshot without layers is no gate that is passed', async () => {
  const ran = await runCommand(Waste, [`${DEMO}@0`, '--check']);
  expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining('no layer is in this snapshot')]);
});
