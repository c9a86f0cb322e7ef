import { type Digest, digestHex } from '../model/digest.js';
import { dropDerived, readDerived, writeDerived } from './derived.js';
import { decodeJson, encodeJson, type Json } from './json.js';
import type { Store } from './store.js';

/*
 * What follows from a blob's bytes alone (diffID, plain size, compression, anomalies), by the blob's digest: a layer
 * met again in another file needs its compressed bytes hashed, but not decompressed.
 */

/** Returns the JSON value remembered for the blob of this digest; undefined when there is none. Throws nothing. */
export async function recallBlob(store: Store, digest: Digest): Promise<unknown> {
  const bytes = await readDerived(store, 'blob', digestHex(digest));
  return bytes === undefined ? undefined : decodeJson(bytes);
}

/** Remembers what follows from the bytes of this digest, and returns whether it did. Throws nothing. */
export function rememberBlob(store: Store, digest: Digest, value: Json): Promise<boolean> {
  return writeDerived(store, 'blob', digestHex(digest), [encodeJson(value)]);
}

/** Forgets it: for a value that the caller finds wrong. Throws nothing. */
export function forgetBlob(store: Store, digest: Digest): Promise<void> {
  return dropDerived(store, 'blob', digestHex(digest));
}
