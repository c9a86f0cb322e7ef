import { createHash, hash, type Hash } from 'node:crypto';
import { failChanged } from './changed-content.js';
import type { ContentVerifier } from './content-verifier.js';
import type { LayerIndex } from '../index/layer-index.js';

/**
 * Passes the content of a file on and compares its digest at the end: a layer file may have changed since it was indexed.
 * A verifier that is free takes the content, and tells of its digest when it has settled. Throws E_DIGEST_MISMATCH.
 */
export function checked(
  index: LayerIndex,
  row: number,
  content: AsyncIterable<Uint8Array>,
  verifier?: ContentVerifier,
): AsyncIterable<Uint8Array> {
  const { content: digests, size } = index.columns;
  if (digests[row] === 0) return size[row] > 0 ? content : checkedHere(index, row, content);
  return verifier?.free() === true
    ? checkedThere(index, row, content, verifier)
    : checkedHere(index, row, content);
}

async function* checkedHere(
  index: LayerIndex,
  row: number,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const { content: digests, size } = index.columns;
  const known = digests[row];
  let digest: Uint8Array | undefined;
  let running: Hash | undefined;
  for await (const chunk of content) {
    // A file that comes in one chunk is the common case: one call into OpenSSL, no stream object.
    if (running === undefined && chunk.length === size[row]) digest = hash('sha256', chunk, 'buffer');
    else (running ??= createHash('sha256')).update(chunk);
    yield chunk;
  }
  const expected = index.digests.subarray((known - 1) * 32, known * 32);
  digest = running?.digest() ?? digest;
  const same =
    known === 0 ? digest === undefined : digest !== undefined && Buffer.compare(digest, expected) === 0;
  if (!same) failChanged(index, row);
}

async function* checkedThere(
  index: LayerIndex,
  row: number,
  content: AsyncIterable<Uint8Array>,
  verifier: ContentVerifier,
): AsyncGenerator<Uint8Array, void> {
  let whole = false;
  try {
    for await (const chunk of content) {
      const room = verifier.add(chunk);
      if (room !== undefined) await room;
      yield chunk;
    }
    whole = true;
  } finally {
    if (whole) verifier.end(index, row);
    else verifier.drop();
  }
}
