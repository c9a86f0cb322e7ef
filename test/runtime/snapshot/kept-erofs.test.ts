import { readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Union } from '../../../src/layers/union/union.js';
import { encodeErofs, type ErofsImage } from '../../../src/runtime/erofs/encode.js';
import { keptErofs } from '../../../src/runtime/snapshot/kept-erofs.js';
import { prune } from '../../../src/store/prune.js';
import { DEMO } from '../../helpers/look.js';
import { withImage } from '../../helpers/our-tree.js';
import { damage, filesBelow, openAt, scratch } from '../../store/scratch.js';

const directory = scratch();

/** Nobody can encode anything of it. */
const UNREADABLE = new Proxy({} as Union, {
  get: () => {
    throw new Error('the union was read');
  },
});

const whole = ({ bytes, parts, devices, left }: ErofsImage): unknown => ({
  bytes,
  image: Buffer.concat([...parts]).toString('base64'),
  devices,
  left: [...left],
});

test('the image of each snapshot is the encoded one, encoded once, made again when damaged, and pruned', async () => {
  const at = path.join(directory, 'store');
  const store = await openAt(at, { log: () => undefined });
  await withImage(DEMO, async ({ layers, union }) => {
    const numbers = [0, 1, 5, union.layers.length];
    for (const n of numbers) {
      const encoded = whole(encodeErofs(union, n));
      expect(whole(await keptErofs(store, { layers, union }, n))).toEqual(encoded);
      expect(whole(await keptErofs(store, { layers, union: UNREADABLE }, n))).toEqual(encoded);
    }
    // Another stack is another image, though some snapshot of it has the same top layer.
    const others = [layers[1], layers[0], ...layers.slice(2)];
    await expect(keptErofs(store, { layers: others, union: UNREADABLE }, 5)).rejects.toThrow('was read');
    expect(await damage(at)).toEqual([]);

    const files = filesBelow(path.join(at, 'cache')).filter((file) => file.includes('/erofs-v'));
    expect(files).toHaveLength(numbers.length);
    for (const file of files) truncateSync(file, readFileSync(file).length - 1);
    expect((await damage(at)).map(({ code }) => code)).toEqual(files.map(() => 'derived-damaged'));
    for (const n of numbers)
      expect(whole(await keptErofs(store, { layers, union }, n))).toEqual(whole(encodeErofs(union, n)));
    expect((await prune(store, { all: true })).derived.files).toBe(numbers.length);
  });
});
