import { blobSize, keepBlob, putBlob } from '../../store/blob.js';
import { blobPath } from '../../store/layout-names.js';
import { makeRef, replaceNamed, type StoreRef } from '../../store/ref.js';
import { updateRefs } from '../../store/refs.js';
import type { Store } from '../../store/store.js';
import { whileWriting } from '../../store/writing.js';
import { manifestDescriptor } from './index-document.js';
import { isWhole } from './is-whole.js';
import { distinctBlobs, type Named } from './outgoing-image.js';

/**
 * Puts images into the store under their names, which then mean them in any spelling. Names come last and all at once. A
 * blob that is there is read, and written again where it was damaged.
 * Throws what {@link putBlob} and {@link updateRefs} throw.
 */
export async function writeToStore(
  store: Store,
  images: readonly Named[],
  options: { readonly onBytes?: ((count: number) => void) | undefined } = {},
): Promise<void> {
  await whileWriting(store, async () => {
    for (const blob of distinctBlobs(images.map(({ image }) => image))) {
      const { digest, size, read } = blob;
      if (read === undefined) continue;
      const isThere = (await blobSize(store, digest)) === size && (await keepBlob(store, digest));
      if (isThere && (await isWhole(blobPath(store.paths, digest), blob, store.signal)))
        options.onBytes?.(size);
      else await putBlob(store, counted(read(), options.onBytes), { digest, size });
    }
    const refs = images.flatMap(({ image, names }) =>
      names.map((name) => makeRef(name, manifestDescriptor(image, new Map()))),
    );
    await updateRefs(store, (present) =>
      refs.reduce<readonly StoreRef[]>((all, ref) => replaceNamed(all, ref), present),
    );
  });
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onBytes: ((count: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of source) {
    yield chunk;
    onBytes?.(chunk.length);
  }
}
