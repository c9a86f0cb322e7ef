import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import Bisect from '../../src/commands/bisect.js';
import Copy from '../../src/commands/copy.js';
import Fsck from '../../src/commands/fsck.js';
import Images from '../../src/commands/images.js';
import Layers from '../../src/commands/layers.js';
import Ls from '../../src/commands/ls.js';
import Prune from '../../src/commands/prune.js';
import Ps from '../../src/commands/ps.js';
import Tag from '../../src/commands/tag.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';

/* What a person reads of a store that is broken says what to do, and that helps. */

const folder = useFolder();
let store = '';
beforeEach(async () => {
  store = path.join(folder(), 'broken');
  rmSync(store, { recursive: true, force: true });
  vi.stubEnv('STRATA_STORE', store);
  expect((await runCommand(Copy, [DEMO, 'store:demo:1', '-q'])).status).toBe(0);
});

const READERS = [
  ['images', () => runCommand(Images, [])],
  ['layers of a name', () => runCommand(Layers, ['demo:1', '-q'])],
  ['layers of store:', () => runCommand(Layers, ['store:demo:1', '-q'])],
  ['tag', () => runCommand(Tag, ['demo:1', 'demo:2'])],
] as const;

test.each(READERS)('without oci-layout %s names the repair, which helps', async (_, read) => {
  rmSync(path.join(store, 'oci-layout'));
  const ended = await read();
  expect(ended.status).toBe(3);
  expect(ended.stderr).toContain(`opening the store ${store}: its oci-layout file is missing`);
  expect(ended.stderr).toContain('hint: `strata fsck --repair`');
  expect((await runCommand(Fsck, ['--repair'])).status).toBe(0);
  expect((await read()).status).toBe(0);
});

test.each([...READERS, ['prune', () => runCommand(Prune, [])] as const])(
  'of a cut index.json %s names the file and the repair, which helps',
  async (_, read) => {
    truncateSync(path.join(store, 'index.json'), 50);
    const ended = await read();
    expect(ended.status).toBe(3);
    expect(ended.stderr).toMatch(/E_STORE_DAMAGED: reading .*index\.json/);
    expect(ended.stderr).toContain(store);
    expect(ended.stderr).toContain('hint: `strata fsck --repair`');
    expect((await runCommand(Fsck, ['--repair'])).status).toBe(0);
    expect((await read()).status).toBe(0);
  },
);

const ASKERS = [
  ...READERS,
  ['fsck', () => runCommand(Fsck, [])],
  ['prune', () => runCommand(Prune, [])],
  ['ps', () => runCommand(Ps, [])],
  ['copy', () => runCommand(Copy, [DEMO, 'store:demo:1', '-q'])],
] as const;

test.each(ASKERS)('where the store is a regular file, or below one, %s says so, once', async (_, ask) => {
  const file = path.join(folder(), 'file');
  writeFileSync(file, 'not a store');
  for (const [place, it] of [
    [file, 'it'],
    [path.join(file, 'below', 'it'), file],
  ]) {
    vi.stubEnv('STRATA_STORE', place);
    const ended = await ask();
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toContain(`E_STORE: opening the store ${place}: ${it} is a file, not a directory`);
    expect(ended.stderr).toContain('hint: set STRATA_STORE to a directory');
    expect(ended.stderr).not.toContain('warning:');
  }
});

test('where the store is a regular file, what would mount an image does not read it first', async () => {
  const file = path.join(folder(), 'file');
  writeFileSync(file, 'not a store');
  vi.stubEnv('STRATA_STORE', file);
  const { status, stderr } = await runCommand(Bisect, [DEMO, '--', 'true']);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^E_STORE: .*\nhint: .*\n$/)]);
});

test('where the store is a regular file, or below one, other images are looked at with a warning', async () => {
  const file = path.join(folder(), 'file');
  writeFileSync(file, 'not a store');
  const there = await runCommand(Ls, [DEMO, '/']);
  for (const place of [file, path.join(file, 'below')]) {
    vi.stubEnv('STRATA_STORE', place);
    const ended = await runCommand(Ls, [DEMO, '/']);
    expect([ended.status, ended.stdout]).toEqual([0, there.stdout]);
    expect(ended.stderr).toContain(`the store ${place} cannot be written (ENOTDIR): nothing will be kept`);
    expect((await runCommand(Layers, [DEMO])).status).toBe(0);
  }
});
