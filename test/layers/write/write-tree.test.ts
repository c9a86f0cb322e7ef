import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { extract } from '../../../src/layers/write/extract.js';
import { indexLayer } from '../../../src/layers/index/index-layer.js';
import { fileAt } from '../../../src/layers/union/snapshot-file.js';
import type { Union } from '../../../src/layers/union/union.js';
import { unite } from '../../../src/layers/union/unite.js';
import type { Written } from '../../../src/layers/write/write-tree.js';
import type { Layer } from '../../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { useFolder } from '../../helpers/look.js';
import { compareTrees, readTree } from '../../helpers/oracle.js';
import { rootTest } from '../../helpers/root.js';
import { snapshotTree } from '../../helpers/our-tree.js';
import { tarOf, type TarMemberSpec } from '../../helpers/tar-layer.js';

/* The tree is the union, whatever the sizes of its files; and when anything is wrong with one file there is no tree. */

const MiB = 1024 * 1024;
const folder = useFolder();
const file = (name: string, content: Buffer | string, more: Partial<TarMemberSpec> = {}): TarMemberSpec => ({
  name,
  content,
  mtime: 1_600_000_000,
  ...more,
});
const bytes = (size: number, seed: number): Buffer => Buffer.alloc(size, `${String(seed)} `);

/** Contents that end with a chunk of 2 MiB, just before and behind it, and that are several. */
const SIZES = [2 * MiB, 2 * MiB - 1, 1, 7 * MiB + 3, 0, 2 * MiB + 1, 0, 1, 5 * MiB];
const lower: TarMemberSpec[] = [
  { name: 'd', type: 'dir', mode: 0o500, mtime: 5 },
  ...SIZES.map((size, i) => file(`d/large-${String(i)}`, bytes(size, i), { mode: 0o4750 })),
  { name: 'd/link', type: 'hardlink', link: 'd/large-3' },
  file('gone', bytes(3 * MiB, 77)),
];
const upper: TarMemberSpec[] = [
  file('.wh.gone', ''),
  ...Array.from({ length: 1500 }, (_, i) =>
    file(`many/${String(i % 7)}/${String(i)}`, bytes(i, i), { mtime: i }),
  ),
  { name: 'many/also', type: 'hardlink', link: 'd/large-0' },
  { name: 's', type: 'symlink', link: '/etc/passwd' },
];

let union: Union;
let layers: Layer[];
let tars: string[];

beforeAll(async () => {
  const indexes = [];
  layers = [];
  tars = [];
  for (const [i, members] of [lower, upper].entries()) {
    const tar = tarOf(members);
    tars.push(path.join(folder(), `layer-${String(i)}.tar`));
    writeFileSync(tars[i], tar);
    const range = { path: tars[i], offset: 0, length: tar.length };
    const job = { range, compression: 'none', digest: undefined, diffID: undefined } as const;
    indexes.push((await indexLayer({ ...job, limits: DEFAULT_LIMITS })).index);
    layers.push({
      position: i + 1,
      content: { kind: 'blob', range, compression: 'none' },
    } as unknown as Layer);
  }
  union = unite(indexes);
});

let out = '';
beforeEach(() => {
  out = mkdtempSync(path.join(folder(), 'out-'));
});

function extractAll(parent = out, signal?: AbortSignal, onBytes?: (count: number) => void): Promise<Written> {
  const root = fileAt(union, 0, 2);
  if (root === undefined) throw new Error('no root');
  const preserve = process.getuid?.() === 0;
  return extract(union, layers, 2, [{ file: root, name: 'root' }], parent, {
    preserve,
    limits: DEFAULT_LIMITS,
    signal,
    onBytes,
  });
}

rootTest('makes the very tree of the union', async () => {
  let told = 0;
  const written = await extractAll(out, undefined, (more) => (told += more));
  expect(compareTrees(snapshotTree(union, 2), await readTree(path.join(out, 'root')))).toEqual([]);
  expect(statSync(path.join(out, 'root/d/large-3')).nlink).toBe(2);
  const expected = SIZES.reduce((sum, size) => sum + size) + (1500 * 1499) / 2;
  expect([written.bytes, told]).toEqual([expected, expected]);
});

test.each([
  ['in the middle of a large file', '3 3 3 3', 6 * MiB],
  ['in the last file of a layer', '8 8 8', 4 * MiB],
])('a byte that is not what was indexed, %s', async (_where, text, behind) => {
  const descriptor = openSync(tars[0], 'r+');
  const at = 512 + tarOf(lower).indexOf(text) + behind;
  writeSync(descriptor, 'X', at);
  try {
    await expect(extractAll()).rejects.toMatchObject({ code: 'E_DIGEST_MISMATCH' });
  } finally {
    writeFileSync(tars[0], tarOf(lower));
  }
  expect(readdirSync(out)).toEqual([]);
});

test('a signal in the middle', async () => {
  const controller = new AbortController();
  let told = 0;
  const ended = extractAll(out, controller.signal, (more) => {
    told += more;
    if (told > 12 * MiB) controller.abort();
  });
  await expect(ended).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  expect(readdirSync(out)).toEqual([]);
});

rootTest('a disk that is full', async () => {
  const small = path.join(out, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', small]);
  try {
    await expect(extractAll(small)).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringMatching(/^extracting \/d\/large-\d: /) as unknown,
    });
    expect(readdirSync(small)).toEqual([]);
  } finally {
    execFileSync('umount', [small]);
    rmSync(small, { recursive: true });
  }
  expect(existsSync(small)).toBe(false);
});
