import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import Ps from '../../src/commands/ps.js';
import Rm from '../../src/commands/rm.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { runScript, startScript, testRunFolder } from '../helpers/run-container.js';
import { needRoot } from '../helpers/tool.js';

/* What is removed leaves nothing behind; what cannot be removed does not keep the others. */

const folder = useFolder();
beforeAll(needRoot);
afterEach(async () => {
  const left = await ids();
  if (left.length > 0) await runCommand(Rm, ['-f', ...left]);
});

const rm = (...argv: string[]) => runCommand(Rm, argv);
const ids = async (): Promise<string[]> => linesOf((await runCommand(Ps, ['-aq', '--no-trunc'])).stdout);

/** What is left of containers anywhere, but for how they ended: who waits for them may still read that. */
function remains(): string[] {
  const { root, engine } = testRunFolder();
  const places = [path.join(folder(), 'store/containers'), path.join(folder(), 'store/tmp'), engine];
  return [
    ...places.flatMap((place) => (existsSync(place) ? readdirSync(place) : [])),
    ...readdirSync(root).filter((name) => name !== 'engine' && name !== 'exits'),
  ];
}

test('by name, id and the beginning of an id; nothing is left', async () => {
  for (const name of ['one', 'two', 'three']) runScript(name, `${DEMO}@2`, 'echo 1 > /x');
  const [three, two] = await ids();
  const ended = await rm('one', two, three.slice(0, 10));
  expect([ended.status, ended.stdout, ended.stderr]).toEqual([0, 'one\ntwo\nthree\n', '']);
  expect(await ids()).toEqual([]);
  expect(remains()).toEqual([]);
});

test('one that runs is refused, and killed with --force; whoever waits for it is told', async () => {
  const { ended } = await startScript('busy', DEMO, 'true');
  const refused = await rm('busy');
  expect([refused.status, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toMatch(
    /^E_RUNNING: removing container busy: it is running\nhint: .*rm --force busy\n$/,
  );
  expect((await runCommand(Ps, ['-q'])).stdout).not.toBe('');
  expect(validJson('rm.json', await rm('--force', 'busy', '--json'))).toMatchObject({
    removed: [{ name: 'busy' }],
  });
  expect(await ended).toBe(137);
  expect(await ids()).toEqual([]);
  expect(remains()).toEqual([]);
});

test('a missing one is an error at the end, the others go', async () => {
  runScript('there', `${DEMO}@2`, 'true');
  const ended = await rm('nowhere', 'there', 'nobody');
  expect([ended.status, ended.stdout]).toEqual([4, 'there\n']);
  expect(ended.stderr).toMatch(/^warning: .*'nowhere'.*\nE_NOT_FOUND: .*'nobody'.*\n/);
  expect(await ids()).toEqual([]);
});

test('with --force a missing one is no error', async () => {
  runScript('there', `${DEMO}@2`, 'true');
  const ended = await rm('--force', 'nowhere', 'there', 'nobody');
  expect([ended.status, ended.stdout]).toEqual([0, 'there\n']);
  expect(ended.stderr).toMatch(/^warning: .*'nowhere'.*\nwarning: .*'nobody'.*\n$/);
  expect((await rm('--force=true', 'nobody')).status).toBe(0);
});

test('a beginning that several ids have is ambiguous, and nothing goes', async () => {
  runScript('one', `${DEMO}@1`, 'true');
  const [id] = await ids();
  const containers = path.join(folder(), 'store/containers');
  const other = `${id.slice(0, 20)}${id.slice(20) === '0'.repeat(44) ? '1' : '0'}`.padEnd(64, '0');
  cpSync(path.join(containers, id), path.join(containers, other), {
    recursive: true,
    filter: (source) => !source.endsWith('/bundle'),
  });
  const record = path.join(containers, other, 'container.json');
  const text = readFileSync(record, 'utf8');
  writeFileSync(record, text.replaceAll(id, other).replace('"one"', '"two"'));
  // A beginning that is digits alone, or a name too, means the same: no container has such a name here.
  for (const shared of [id.slice(0, 1), id.slice(0, 20)]) {
    const ended = await rm(shared);
    expect([ended.status, ended.stderr.split(':')[0]]).toEqual([2, 'E_AMBIGUOUS']);
  }
  expect((await ids()).toSorted()).toEqual([id, other].toSorted());
  expect((await rm(other)).stdout).toBe('two\n');
  expect(await ids()).toEqual([id]);
});
