import type { Anomaly } from '../../model/anomaly.js';
import { type Digest, digestHex, isDigest } from '../../model/digest.js';
import type { Compression } from '../../model/image.js';
import { recallBlob, rememberBlob } from '../../store/blob-facts.js';
import { readDerived, writeDerived } from '../../store/derived.js';
import { type FileIdentity, recallSeen, rememberSeen } from '../../store/seen.js';
import type { Store } from '../../store/store.js';
import { decodeIndex } from './index-file.js';
import type { BlobFacts } from './index-layer.js';
import type { LayerIndex } from './layer-index.js';

/* What the store keeps of blobs that were read, as this version of strata understands it. */

/** Returns the index of a blob whose file was read before and did not change since; undefined otherwise. */
export async function recallRange(
  store: Store,
  identity: FileIdentity,
  compression: Compression,
): Promise<LayerIndex | undefined> {
  const seen = await seenFacts(store, identity);
  return seen?.compression === compression ? storedIndex(store, seen.diffID) : undefined;
}

/** Returns what was learned of the file when it was read and had this identity; undefined when that is not known. */
export async function seenFacts(store: Store, identity: FileIdentity): Promise<BlobFacts | undefined> {
  return parseFacts(await recallSeen(store, identity));
}

/** Returns what was learned of the bytes of that digest, in whatever file they were; undefined when that is not known. */
export async function metFacts(store: Store, digest: Digest): Promise<BlobFacts | undefined> {
  return parseFacts(await recallBlob(store, digest));
}

/** Returns the index of the tar; undefined when the store has none that is whole. */
export async function storedIndex(store: Store, diffID: Digest): Promise<LayerIndex | undefined> {
  const bytes = await readDerived(store, 'index', digestHex(diffID));
  return bytes === undefined ? undefined : decodeIndex(bytes);
}

/** Keeps that the file with this identity holds these bytes. */
export async function keepSeen(
  store: Store,
  identity: FileIdentity | undefined,
  facts: BlobFacts,
): Promise<void> {
  if (identity !== undefined) await rememberSeen(store, identity, factsJson(facts));
}

/** Keeps the index in its file form before what points to it. */
export async function keepIndex(
  store: Store,
  facts: BlobFacts,
  file: Uint8Array,
  identity: FileIdentity | undefined,
): Promise<void> {
  if (!(await writeDerived(store, 'index', digestHex(facts.diffID), [file]))) return;
  await rememberBlob(store, facts.digest, factsJson(facts));
  await keepSeen(store, identity, facts);
}

function factsJson(facts: BlobFacts) {
  return {
    ...facts,
    anomalies: facts.anomalies.map(({ code, where, detail }) => ({ code, where, detail: detail ?? null })),
  };
}

interface StoredAnomaly extends Omit<Anomaly, 'detail'> {
  readonly detail: string | null;
}

function parseFacts(value: unknown): BlobFacts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const facts = value as Record<keyof BlobFacts, unknown>;
  if (!isDigest(facts.digest) || !isDigest(facts.diffID) || !Array.isArray(facts.anomalies)) return undefined;
  if (typeof facts.storedBytes !== 'number' || typeof facts.plainBytes !== 'number') return undefined;
  return {
    digest: facts.digest,
    diffID: facts.diffID,
    storedBytes: facts.storedBytes,
    plainBytes: facts.plainBytes,
    compression: facts.compression as Compression,
    anomalies: (facts.anomalies as StoredAnomaly[]).map(({ code, where, detail }) =>
      detail === null ? { code, where } : { code, where, detail },
    ),
  };
}
