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
import { gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

/*
 * The tree is the union, whatever the sizes of its files and whoever makes them: this thread where there is little to do,
 * else several. When anything is wrong with one file there is no tree.
 */

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

/** With it there is enough to do for threads. */
const more: TarMemberSpec[] = [1, 2, 3, 4].map((i) => file(`more/${String(i)}`, bytes(12 * MiB, i)));

/** Layers, and whether each is compressed: then one thread reads it, else several read it in parts. */
const WAYS = {
  'in this thread': { stack: [lower, upper], compression: 'none', threads: false },
  'in threads': { stack: [lower, upper, more], compression: 'none', threads: true },
  'in a thread for each layer': { stack: [lower, upper, more], compression: 'gzip', threads: true },
} as const;

describe.each(Object.entries(WAYS))('%s', (way, { stack, compression, threads }) => {
  let union: Union;
  let layers: Layer[];
  let tars: string[];
  let top = 0;

  beforeAll(async () => {
    const indexes = [];
    layers = [];
    tars = [];
    top = stack.length;
    for (const [i, members] of stack.entries()) {
      const tar = compression === 'gzip' ? gzipSync(tarOf(members), { level: 1 }) : tarOf(members);
      tars.push(path.join(folder(), `${way}-${String(i)}.tar`));
      writeFileSync(tars[i], tar);
      const range = { path: tars[i], offset: 0, length: tar.length };
      const job = { range, compression, digest: undefined, diffID: undefined };
      indexes.push((await indexLayer({ ...job, limits: DEFAULT_LIMITS })).index);
      layers.push({ position: i + 1, content: { kind: 'blob', range, compression } } as unknown as Layer);
    }
    union = unite(indexes);
  });

  let out = '';
  beforeEach(() => {
    out = mkdtempSync(path.join(folder(), 'out-'));
  });

  function extractAll(
    parent = out,
    signal?: AbortSignal,
    onBytes?: (count: number) => void,
  ): Promise<Written> {
    const root = fileAt(union, 0, top);
    if (root === undefined) throw new Error('no root');
    const preserve = process.getuid?.() === 0;
    return extract(union, layers, top, [{ file: root, name: 'root' }], parent, {
      preserve,
      limits: DEFAULT_LIMITS,
      signal,
      onBytes,
    });
  }

  rootTest('makes the very tree of the union', async () => {
    let [told, seen] = [0, false];
    const written = await extractAll(out, undefined, (count) => {
      told += count;
      seen ||= process.getActiveResourcesInfo().includes('MessagePort');
    });
    expect(compareTrees(snapshotTree(union, top), await readTree(path.join(out, 'root')))).toEqual([]);
    expect(seen).toBe(threads);
    expect(statSync(path.join(out, 'root/d/large-3')).nlink).toBe(2);
    const expected = SIZES.reduce((sum, size) => sum + size) + (1500 * 1499) / 2 + (threads ? 48 * MiB : 0);
    expect([written.bytes, told]).toEqual([expected, expected]);
  });

  // A compressed byte may be any byte of the content.
  if (compression === 'none')
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
    const ended = extractAll(out, controller.signal, (count) => {
      told += count;
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
        message: expect.stringMatching(/^extracting \/(d\/large-|more\/|many\/)\d/) as unknown,
      });
      expect(readdirSync(small)).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
      rmSync(small, { recursive: true });
    }
    expect(existsSync(small)).toBe(false);
  });
});
