import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import Copy from '../../src/commands/copy.js';
import Fsck from '../../src/commands/fsck.js';
import Images from '../../src/commands/images.js';
import Layers from '../../src/commands/layers.js';
import Prune from '../../src/commands/prune.js';
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

test.each([...READERS, ['fsck', () => runCommand(Fsck, [])] as const])(
  'where the store is a regular file %s says so',
  async (_, read) => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, 'not a store');
    vi.stubEnv('STRATA_STORE', file);
    const ended = await read();
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toContain(`E_STORE: opening the store ${file}: it is a file, not a directory`);
    expect(ended.stderr).toContain('hint: set STRATA_STORE to a directory');
  },
);
