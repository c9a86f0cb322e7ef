import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import Extract from '../../src/commands/extract.js';
import { plantCanary, useNamedCanary } from '../helpers/canary.js';
import { corpora } from '../helpers/corpora.js';
import { hostileLayers } from '../helpers/hostile-layers.js';
import { useFolder } from '../helpers/look.js';
import { removeTree } from '../helpers/remove.js';
import { runCommand } from '../helpers/run-command.js';
import { dockerSave, fileOf, tar } from '../images/build.js';

const FOLDER = path.join(corpora(), 'hostile/layers');
const cases = hostileLayers();
const folder = useFolder();
const named = useNamedCanary();

afterEach(() => {
  removeTree(path.join(folder(), 'hx'));
});

/** Returns a docker-archive with these layers. */
function archiveOf(files: readonly string[]): string {
  const layers = files.map((file) => readFileSync(file));
  return fileOf(folder(), tar(dockerSave([{ layers, tags: ['hx:1'] }])));
}

async function extractAll(files: readonly string[], ...more: string[]) {
  const hx = path.join(folder(), 'hx');
  removeTree(hx);
  mkdirSync(hx, { recursive: true });
  const victim = plantCanary(path.join(hx, 'victim'));
  const image = files.length === 1 ? `rootfs:${files[0]}` : archiveOf(files);
  const root = path.join(hx, 'root');
  const ended = await runCommand(Extract, [image, '/', '-o', root, ...more]);
  victim.check();
  named().check();
  // Nothing beside the destination: no leftovers, no `root2`.
  expect(readdirSync(hx).sort()).toEqual(existsSync(root) ? ['root', 'victim'] : ['victim']);
  return { ended, root };
}

describe('hostile layers, extracted', () => {
  test('there are as many as the corpus has', () => {
    expect(cases.size).toBeGreaterThan(150);
  });

  test.each([...cases])('%s: nothing outside the destination changes', async (_name, files) => {
    const { ended, root } = await extractAll(files);
    expect(ended.stderr).not.toContain('E_INTERNAL');
    expect([0, 3]).toContain(ended.status);
    expect(existsSync(root)).toBe(ended.status === 0);
    if (ended.status !== 0) {
      expect(ended.stderr).toMatch(/^E_(?!UNWRITABLE)/m);
      const despite = await extractAll(files, '--despite-errors');
      expect(despite.ended.stderr).not.toContain('E_INTERNAL');
      expect([0, 3]).toContain(despite.ended.status);
    }
  });

  test('a sparse file of 60 GB from one byte takes no room', async () => {
    const file = path.join(FOLDER, 'sparse/351-old-60GB-hole.tar');
    const { ended, root } = await extractAll([file]);
    expect(ended.status).toBe(0);
    const [name] = readdirSync(root);
    const stats = lstatSync(path.join(root, name));
    expect(stats.size).toBeGreaterThan(50e9);
    expect(stats.blocks * 512).toBeLessThan(1e6);
  });

  test('what is there after a symlink was replaced by a directory is what GNU tar makes of both in turn', async () => {
    const files = [1, 2].map((n) => path.join(FOLDER, `symlink/093-two-layers.L${String(n)}.tar`));
    const { ended, root } = await extractAll(files);
    expect(ended.status).toBe(0);
    const members = execFileSync('tar', ['-tf', files[1]], { encoding: 'utf8' }).trim().split('\n');
    for (const member of members) expect(readFileSync(path.join(root, member)).length).toBeGreaterThan(0);
    expect(lstatSync(path.join(root, path.dirname(members[0]))).isDirectory()).toBe(true);
  });
});
