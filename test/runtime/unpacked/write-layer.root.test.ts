import { lstatSync, mkdirSync, mkdtempSync, readdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { planSnapshot } from '../../../src/runtime/unpacked/plan.js';
import { writeLayer } from '../../../src/runtime/unpacked/write-layer.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { differencesWhenMounted, type Stack, stackOf, unpackingFrom } from '../../helpers/erofs.js';
import { useFolder } from '../../helpers/look.js';
import type { TarMemberSpec } from '../../helpers/tar-layer.js';

/* The law: a layer of much and of everything, unpacked, is the union; a failure or a signal ends it. */

const MiB = 1024 * 1024;
const base = useFolder();
let folder = '';

beforeAll(() => {
  enterPrivateMounts();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(base(), 'much-'));
});

/** Every eighth has some attribute that is lost when what belongs to one file comes to another. */
const small = Array.from({ length: 2100 }, (_, i): TarMemberSpec => ({
  name: `d/${String(i % 9)}/${String(i)}`,
  content: `${String(i)} `.repeat(i % 40),
  uid: i,
  gid: 2 * i,
  mode: i % 8 === 0 ? 0o6711 : 0o640,
  nanoseconds: i,
  xattrs: i % 8 === 0 ? { 'user.number': String(i) } : undefined,
}));
const lower: TarMemberSpec[] = [
  { name: 'd', type: 'dir', mode: 0o500, mtime: 3 },
  ...small,
  { name: 'large', content: Buffer.alloc(9 * MiB, 'large') },
];
const upper: TarMemberSpec[] = [
  { name: 'd/.wh.0', content: '' },
  { name: 'd/8/also', type: 'hardlink', link: 'large' },
  ...small.map((one) => ({ ...one, mtime: 7 })),
  ...[1, 2, 3].map((i): TarMemberSpec => ({ name: `link-${String(i)}`, type: 'hardlink', link: 'd/1/1' })),
  { name: 'pipe', type: 'fifo', mode: 0o622 },
  { name: 'null', type: 'char', device: [1, 3] },
  { name: 'hidden', type: 'char', device: [0, 0] },
  { name: 's', type: 'symlink', link: '/etc/passwd' },
];

test.each(['unpacked', 'unpacked by threads'] as const)(
  'it is the union, with links into the layer below, devices and attributes: %s',
  async (way) => {
    const stack = await stackOf(folder, [lower, upper]);
    const differences = await differencesWhenMounted(
      folder,
      stack,
      2,
      (tree, { left }) => {
        expect([...left.keys()]).toEqual(['whiteout-device']);
        tree.delete('/hidden');
        return tree;
      },
      way,
    );
    expect(differences).toEqual([]);
  },
);

const unpackInto = async (
  root: string,
  { union, tars }: Stack,
  threads: number,
  signal?: AbortSignal,
): Promise<void> => {
  mkdirSync(root);
  const unpacking = unpackingFrom(tars, threads, signal);
  try {
    for (const plan of planSnapshot(union, 1))
      await writeLayer(union, plan, root, { ...unpacking, marks: 'trusted', signal });
  } finally {
    await unpacking.threads.close();
  }
};

test.each([0, 2])('a tar that ends early, and a signal: by %i threads', async (threads) => {
  const stack = await stackOf(folder, [lower]);
  const controller = new AbortController();
  const [cut, stopped] = ['cut', 'stopped'].map((name) => path.join(folder, name));
  const ended = unpackInto(stopped, stack, threads, controller.signal);
  const wait = setInterval(() => {
    if (countFiles(stopped) > 100) controller.abort();
  }, 1);
  await expect(ended).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  clearInterval(wait);
  const made = countFiles(stopped);
  expect(made).toBeLessThan(small.length);
  await sleep(50);
  // Nobody writes any more, so that it can be removed.
  expect(countFiles(stopped)).toBe(made);
  truncateSync(stack.tars[0], lstatSync(stack.tars[0]).size - 2 * MiB);
  await expect(unpackInto(cut, stack, threads)).rejects.toMatchObject({ code: 'E_TRUNCATED' });
});

function countFiles(root: string): number {
  return readdirSync(root, { recursive: true }).length;
}
