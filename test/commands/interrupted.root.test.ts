import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { file } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import { DEMO, linesOf, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { runScript, strata, testFolder } from '../helpers/run-container.js';
import { needRoot } from '../helpers/tool.js';

/* Ended by a signal in the midst of writing, a command leaves nothing of what it had begun. */

const folder = useFolder();
beforeAll(needRoot);

const BYTES = 200_000_000;
const store = (...names: string[]): string => path.join(process.env.STRATA_STORE ?? '', ...names);
const namesIn = (place: string): string[] => (existsSync(place) ? readdirSync(place) : []);

/** Runs strata until there is something in `place` that was not, then signals it; returns how it ended. */
async function interrupted(signal: NodeJS.Signals, place: string, argv: readonly string[]) {
  const before = new Set(namesIn(place));
  const child = spawn(process.execPath, [RUN, ...argv, '-q'], {
    env: process.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const look = setInterval(() => {
    if (namesIn(place).some((name) => !before.has(name))) {
      clearInterval(look);
      child.kill(signal);
    }
  }, 1);
  const status = await ended;
  clearInterval(look);
  return [status, stderr.split(':')[0]];
}

test('an image that is being written is not there, nor any part of it', async () => {
  const big = path.join(folder(), 'big');
  const made = await layer([file('big', Buffer.alloc(BYTES))], 'none');
  writeFolder(big, simpleLayout(image({ steps: [{ createdBy: 'big', layer: made }] }), 'x'));
  const out = path.join(folder(), 'out');
  mkdirSync(out);
  for (const [i, argv] of [
    ['copy', `oci:${big}`, `docker-archive:${out}/d.tar`],
    ['copy', '--all', `oci:${big}`, `oci-archive:${out}/o.tar`],
    ['copy', `oci:${big}`, `oci:${out}/layout:x`],
    ['copy', `oci:${big}`, `dir:${out}/dir`],
    ['save', `oci:${big}`, '-o', `${out}/s.tar`],
    ['copy', `oci:${big}`, 'store:big:1'],
  ].entries()) {
    const [signal, expected] = i % 2 === 0 ? (['SIGINT', 130] as const) : (['SIGTERM', 143] as const);
    const place = argv.includes('store:big:1') ? store('tmp') : out;
    expect([argv, await interrupted(signal, place, argv)]).toEqual([argv, [expected, 'E_INTERRUPTED']]);
    expect([argv, namesIn(out), namesIn(store('tmp'))]).toEqual([argv, [], []]);
  }
  expect(strata('images', '-q').stdout).toBe('');
});

test('a commit has no image and no blob, a copy no file, here or in the container, which is as it was', async () => {
  const script = `head -c ${String(BYTES)} /dev/zero > /big`;
  expect(runScript('box', `${DEMO}@1`, script)).toBe(0);
  const [id] = namesIn(store('containers'));
  const out = path.join(folder(), 'out');
  mkdirSync(out, { recursive: true });
  const commit = ['commit', 'box', 'app:1'];
  expect(await interrupted('SIGTERM', store('tmp'), commit)).toEqual([143, 'E_INTERRUPTED']);
  expect([namesIn(store('tmp')), namesIn(store('blobs/sha256')), namesIn(store('locks'))]).toEqual([
    [],
    [],
    [],
  ]);
  expect(strata('inspect', 'store:app:1').status).toBe(4);

  expect(await interrupted('SIGINT', out, ['cp', 'box:/big', `${out}/big`])).toEqual([130, 'E_INTERRUPTED']);
  expect(namesIn(out)).toEqual([]);
  writeFileSync(path.join(out, 'mine'), Buffer.alloc(BYTES));
  const into = ['cp', path.join(out, 'mine'), 'box:/mine'];
  expect(await interrupted('SIGTERM', testFolder(id).upper, into)).toEqual([143, 'E_INTERRUPTED']);
  expect(linesOf(strata('changes', 'box').stdout)).toEqual(['A /big']);
  expect(strata('fsck')).toMatchObject({ status: 0 });
  expect(strata('rm', 'box').status).toBe(0);
});
