import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hashBlob } from '../../io/blob.js';
import type { ByteRange } from '../../model/byte-range.js';
import { type Digest, digestAlgorithm } from '../../model/digest.js';
import type { LayerContent } from '../../model/image.js';
import { identify } from '../../store/seen.js';
import type { Store } from '../../store/store.js';
import { seenFacts } from '../index/kept-facts.js';

/** The open file of a layer that was hashed as a whole and did not change since: its contents need no digest again. */
export interface KnownFile {
  readonly descriptor: number;
  /** Whether what was read of it until now is what was hashed. */
  readonly isSame: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the file of a layer when the store knows its very bytes as that tar (store/seen.ts says how far that is to be
 * believed). Undefined when it does not, or when the file cannot be opened.
 */
export async function openKnown(
  store: Store,
  { range, compression }: Extract<LayerContent, { kind: 'blob' }>,
  diffID: Digest,
  signal?: AbortSignal,
): Promise<KnownFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(range.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
  const identity = identify(range, handle.fd);
  const facts = identity === undefined ? undefined : await seenFacts(store, identity);
  if (facts?.diffID === diffID && facts.compression === compression)
    return {
      descriptor: handle.fd,
      isSame: async () =>
        identify(range, handle.fd)?.text === identity?.text ||
        // Renamed, linked, removed or touched meanwhile, as strata does itself with blobs of its store: it is hashed again.
        ((await isOurs(handle)) && (await holds(handle, range, facts.digest, signal))),
      close: () => handle.close(),
    };
  await handle.close();
  return undefined;
}

/** Nobody else could have written other bytes and put back what was there. */
async function isOurs(handle: FileHandle): Promise<boolean> {
  const { uid, mode } = await handle.stat();
  return (uid === 0 || uid === process.geteuid?.()) && (mode & 0o022) === 0;
}

async function holds(
  { fd }: FileHandle,
  range: ByteRange,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const algorithm = digestAlgorithm(digest);
  return (await hashBlob(range, { descriptor: fd, algorithm, signal })) === digest;
}
