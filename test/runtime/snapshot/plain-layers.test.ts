import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { image, layer } from '../../../fixtures/image.js';
import { file } from '../../../fixtures/tar.js';
import { indexEntry, layout, writeFolder } from '../../../fixtures/write.js';
import { openImage } from '../../../src/images/open.js';
import { indexImage } from '../../../src/layers/index/index-image.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { plainLayers } from '../../../src/runtime/snapshot/plain-layers.js';
import { openStore } from '../../../src/store/store.js';
import { useFolder } from '../../helpers/look.js';

/* Of layers that are known already only the plain tars are missing: threads write them, several at once. */

const folder = useFolder();

test('each is whole, and read by a thread; of a layer that is not what it was nothing is left', async () => {
  const members = ['a', 'b', 'c'].map((name) => [file(name, randomBytes(1_000_000))]);
  const layers = await Promise.all([...members, [file('small', 'x')]].map((each) => layer(each)));
  const built = image({
    platform: { os: 'linux', architecture: 'amd64' },
    steps: layers.map((one) => ({ createdBy: 'x', layer: one })),
  });
  const at = path.join(folder(), 'layout');
  writeFolder(at, layout([indexEntry(built, 'app')], [built]));
  const root = path.join(folder(), 'plain-store');
  const store = await openStore({ root, cache: path.join(root, 'cache') });
  const { image: opened } = await openImage(`oci:${at}:app`, { spoolDir: folder() });
  const options = { store, limits: DEFAULT_LIMITS };
  const indexed = await indexImage(opened, options);
  expect(existsSync(path.join(root, 'plain'))).toBe(false);

  let [total, read, threads] = [0, 0, false];
  const plain = {
    limits: DEFAULT_LIMITS,
    durable: false,
    onBegin: (bytes: number) => (total = bytes),
    onBytes(count: number) {
      read += count;
      threads ||= process.getActiveResourcesInfo().includes('MessagePort');
    },
  };
  const paths = await plainLayers(store, [...indexed, indexed[0]], plain);
  const digests = paths.map((one) => createHash('sha256').update(readFileSync(one)).digest('hex'));
  const promised = layers.map(({ diffID }) => diffID.slice('sha256:'.length));
  expect(digests).toEqual([...promised, promised[0]]);
  expect([read, threads]).toEqual([total, true]);

  const other = await openStore({ root: `${root}-2`, cache: path.join(root, 'cache') });
  const { content } = indexed[1].layer;
  if (content.kind !== 'blob') throw new Error('it is a blob');
  const handle = await open(content.range.path, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, 500_000);
  byte[0] ^= 0xff;
  await handle.write(byte, 0, 1, 500_000);
  await handle.close();
  await expect(plainLayers(other, indexed, plain)).rejects.toMatchObject({
    message: expect.stringContaining('layer 2') as string,
    exitCode: 3,
  });
  expect(readdirSync(`${root}-2/tmp`)).toEqual([]);
});
