import { copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import Changes from '../../src/commands/changes.js';
import Ps from '../../src/commands/ps.js';
import Rm from '../../src/commands/rm.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { runScript, startScript } from '../helpers/run-container.js';
import { needRoot } from '../helpers/tool.js';

/* A line for each path whose file is another than the snapshot's, and for no other. */

const folder = useFolder();
beforeAll(needRoot);
afterEach(async () => {
  const { stdout } = await runCommand(Ps, ['-aq']);
  if (stdout !== '') await runCommand(Rm, ['-f', ...linesOf(stdout)]);
});

const changes = async (...argv: string[]): Promise<string[]> => {
  const ended = await runCommand(Changes, argv);
  expect([ended.status, ended.stderr]).toEqual([0, '']);
  return linesOf(ended.stdout);
};

interface Change {
  readonly path: string;
  readonly kind: string;
  readonly facets: readonly string[];
  readonly before: { readonly kind: string; readonly mode: string; readonly size: number } | null;
  readonly after: { readonly kind: string; readonly mode: string; readonly uid: number } | null;
}

const json = async (name: string): Promise<readonly Change[]> =>
  (validJson('changes.json', await runCommand(Changes, [name, '--json'])) as { changes: Change[] }).changes;

const SCRIPT = `
  echo hi > /new; rm /etc/passwd; chmod 600 /etc/group; chown 7:8 /etc/debian_version; rm -r /etc/apt
  touch '/a b' "$(printf '/\\033[31m')"`;

describe('what is a change', () => {
  test.each([
    [
      'files made, removed and altered, directories removed, odd names',
      SCRIPT,
      [
        'A /\\x1b[31m',
        'A /a b',
        'C /etc',
        'D /etc/apt',
        'C /etc/debian_version',
        'C /etc/group',
        'D /etc/passwd',
        'A /new',
      ],
    ],
    [
      'nothing: what was made and removed, and what the runtime mounts',
      'echo 1 > /x; rm /x; echo 1 > /dev/shm/x; echo 2 > /etc/hosts',
      [],
    ],
    ['nothing: the directory to start in, which the image does not have', 'pwd -P > /dev/null', []],
  ])('%s', async (_, script, expected) => {
    expect(runScript('box', `${DEMO}@5`, script, '-w', '/made/here')).toBe(0);
    expect(await changes('box')).toEqual(expected);
  });
});

test('--facets and --json say what differs', async () => {
  runScript(
    'box',
    DEMO,
    'echo 1 > /new; chmod 700 /etc/apt; echo 1 >> /etc/group; chown 5:6 /etc/debian_version',
  );
  const lines = await changes('box', '--facets');
  expect(lines).toContain('C /etc/apt  mode 0755 → 0700');
  expect(lines).toContain('C /etc/debian_version  owner 0:0 → 5:6');
  expect(lines.find((line) => line.startsWith('C /etc/group'))).toMatch(/content \d+ → \d+ bytes, mtime$/);
  const found = await json('box');
  expect(found.find(({ path: at }) => at === '/new')).toMatchObject({
    kind: 'added',
    facets: [],
    before: null,
    after: { kind: 'file', mode: '0644', uid: 0 },
  });
  expect(found.find(({ path: at }) => at === '/etc/apt')).toMatchObject({
    kind: 'modified',
    facets: ['mode'],
    before: { kind: 'directory', mode: '0755' },
    after: { kind: 'directory', mode: '0700' },
  });
  expect(found.map(({ path: at }) => at)).toEqual(lines.map((line) => line.split(' ')[1]));
});

test('a container that runs goes on afterwards', async () => {
  await startScript('busy', DEMO, 'echo 1 > /new');
  expect(await changes('busy')).toEqual(['A /new']);
  expect((await runCommand(Ps, [])).stdout).toMatch(/ Up .* busy\n$/);
  expect(await changes('busy', '--no-pause')).toEqual(['A /new']);
});

test('neither the image nor the cache has to be there any more', async () => {
  const image = path.join(folder(), 'copy.tar');
  copyFileSync(DEMO, image);
  runScript('box', `${image}@7`, 'echo 1 > /new; rm -r /app');
  const before = await changes('box');
  expect(before).toEqual(['D /app', 'A /new']);
  rmSync(image);
  rmSync(path.join(folder(), 'store/cache'), { recursive: true });
  rmSync(path.join(folder(), 'store/plain'), { recursive: true });
  expect(await changes('box')).toEqual(before);
});

test('an unknown container', async () => {
  const ended = await runCommand(Changes, ['nobody']);
  expect([ended.status, ended.stderr.split(':')[0]]).toEqual([4, 'E_NOT_FOUND']);
});
