import { Buffer } from 'node:buffer';
import { putBlob } from '../../src/store/blob.js';
import { derivedKey, writeDerived } from '../../src/store/derived.js';
import { fsck } from '../../src/store/fsck.js';
import { withLock } from '../../src/store/lock.js';
import { storePaths } from '../../src/store/paths.js';
import { prune } from '../../src/store/prune.js';
import { makeRef, replaceRef } from '../../src/store/ref.js';
import { readRefs, updateRefs } from '../../src/store/refs.js';
import { removeRefs } from '../../src/store/remove-refs.js';
import { openStore, type Store } from '../../src/store/store.js';
import { named, sampleImage } from './sample-image.js';

/*
 * What the tests do to a store, in this process or in a child that is killed on the way:
 * node deeds.js STORE DEED [ARGUMENT]. The child prints `done`, or the code of the error it ended with.
 */
export const DEEDS: Readonly<Record<string, (store: Store, argument: string) => Promise<unknown>>> = {
  /** Stores one blob of three chunks. */
  put: (store, seed) =>
    putBlob(
      store,
      [0, 1, 2].map((n) => Buffer.alloc(3000, `${seed}${n}`)),
    ),

  /** Stores an image and gives it a name. */
  async image(store, name) {
    const { manifest, blobs } = sampleImage(name);
    for (const blob of blobs) await putBlob(store, [blob], named(blob));
    return updateRefs(store, (refs) => replaceRef(refs, makeRef(name, manifest)));
  },

  untag: (store, name) => updateRefs(store, (refs) => refs.filter((ref) => ref.name !== name)),

  derive: (store, seed) =>
    writeDerived(store, 'index', derivedKey('a layer'), [Buffer.alloc(5000, seed), Buffer.alloc(77, seed)]),

  prune: (store) => prune(store, { all: true, grace: 0 }),

  'prune-a-day': (store) => prune(store),

  /** Removes every image. */
  remove: async (store) => removeRefs(store, await readRefs(store), new Set()),

  repair: (store) => fsck(store, { full: true, repair: true }),

  /** Takes the lock, says so, and waits to be killed. */
  hold: (store) =>
    withLock(store, 'test', async () => {
      process.stdout.write('held\n');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }),

  /** Adds one to a number in a file, as often as asked, under the lock. */
  async count(store, argument) {
    const { readFile, writeFile } = await import('node:fs/promises');
    const [file, times] = argument.split('*');
    for (let i = 0; i < Number(times); i++)
      await withLock(store, 'test', async () => {
        const value = Number(await readFile(file, 'utf8'));
        await new Promise((resolve) => setImmediate(resolve));
        await writeFile(file, String(value + 1));
      });
  },

  /** What many users do at once: store and name own and shared images, and prune meanwhile. */
  async busy(store, id) {
    for (let round = 0; round < 2; round++) {
      await DEEDS.image(store, `own-${id}-${round}`);
      await DEEDS.image(store, 'shared');
      await DEEDS.derive(store, id);
      if (round > 0) await DEEDS.untag(store, `own-${id}-${round - 1}`);
      await prune(store, { maxBytes: 0, grace: 60_000 });
    }
  },
};

const [directory, deed, argument] = process.argv.slice(2);
if (process.env.STRATA_TEST_DEED === '1') {
  try {
    const store = await openStore(storePaths({ STRATA_STORE: directory }, '/'), { damaged: true });
    await DEEDS[deed](store, argument);
    process.stdout.write('done\n');
  } catch (thrown) {
    process.stdout.write(
      `${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)}\n`,
    );
    process.exitCode = 1;
  }
}
