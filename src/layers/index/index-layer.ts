import { openPlain } from '../../io/blob.js';
import { createDigestThread } from '../../io/digest-thread.js';
import { requireSupported, SNIFF_BYTES, sniffCompression } from '../../io/codec/sniff.js';
import { createTarReader } from '../../io/tar/read.js';
import type { TarHandler } from '../../io/tar/reader.js';
import { type Anomaly, createAnomalyLog } from '../../model/anomaly.js';
import type { ByteRange } from '../../model/byte-range.js';
import type { Digest } from '../../model/digest.js';
import { StrataError } from '../../model/error.js';
import type { Compression } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import type { TarMember } from '../../model/tar-member.js';
import { createIndexBuilder } from './build-index.js';
import type { LayerIndex } from './layer-index.js';
import { openPlainCopy } from './plain-copy.js';

/** One layer blob to read once, with what is promised of it. A plain value: it crosses to a worker. */
export interface LayerJob {
  readonly range: ByteRange;
  readonly compression: Compression;
  readonly digest: Digest | undefined;
  readonly diffID: Digest | undefined;
  readonly limits: Limits;
  /** An empty file that the plain bytes are to be written to as well; see plain-copy. */
  readonly copyTo?: string | undefined;
  /** Digest the blob in a thread of its own, beside the one that reads it. */
  readonly digestBeside?: boolean;
}

/** What follows from a blob's bytes alone, whatever file they are in. */
export interface BlobFacts {
  readonly digest: Digest;
  readonly diffID: Digest;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly compression: Compression;
  /** Oddities of the compressed stream; those of the tar are in the index. */
  readonly anomalies: readonly Anomaly[];
}

export interface IndexedBlob {
  readonly facts: BlobFacts;
  readonly index: LayerIndex;
  /** Whether the file of {@link LayerJob.copyTo} holds the whole plain tar. */
  readonly copied: boolean;
}

/** Told of what is read; what `onPlain` or `onMember` throws ends the reading. */
export interface LayerWatch {
  readonly onStored?: (count: number) => void;
  /** Before the bytes are looked at. */
  readonly onPlain?: (count: number) => void;
  /** Before the member is taken in. */
  readonly onMember?: (member: TarMember) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a layer blob in one pass: both digests verified, tar walked, every file's content digested. Throws what is wrong
 * with the blob (E_DIGEST_MISMATCH, E_TAR, E_COMPRESSION, E_COMPRESSION_UNSUPPORTED, …), or E_INTERRUPTED.
 */
export async function indexLayer(job: LayerJob, watch: LayerWatch = {}): Promise<IndexedBlob> {
  const blobAnomalies = createAnomalyLog();
  const tarAnomalies = createAnomalyLog();
  const builder = createIndexBuilder(tarAnomalies, job.limits);
  const { onMember } = watch;
  const handler: TarHandler =
    onMember === undefined
      ? builder
      : {
          ...builder,
          member(member) {
            onMember(member);
            builder.member(member);
          },
        };
  const reader = createTarReader(handler, { limits: job.limits, anomalies: tarAnomalies });
  const digests = job.digestBeside === true ? createDigestThread() : undefined;
  const plain = openPlain({
    range: job.range,
    compression: job.compression,
    digest: job.digest,
    diffID: job.diffID,
    limits: job.limits,
    anomalies: blobAnomalies,
    lend: true,
    hasher: digests?.hasher,
    onStored: watch.onStored,
    signal: watch.signal,
  });
  let head: Uint8Array | undefined;
  let unreadable: StrataError | undefined;
  const copy = job.copyTo === undefined ? undefined : openPlainCopy(job.copyTo);
  try {
    for await (const chunk of plain) {
      watch.onPlain?.(chunk.length);
      // A copy: the chunk is lent.
      head ??= Uint8Array.from(chunk.subarray(0, SNIFF_BYTES));
      copy?.write(chunk);
      unreadable ??= attempt(() => {
        reader.push(chunk);
      });
      const room = builder.room();
      if (room !== undefined) await room;
    }
  } finally {
    copy?.close();
    await digests?.close();
  }
  unreadable ??= attempt(() => reader.end());
  await builder.settled();
  if (unreadable !== undefined) {
    if (head !== undefined) requireSupported(sniffCompression(head), `layer '${job.range.path}'`);
    throw unreadable;
  }
  const { digest, diffID, storedBytes, plainBytes } = plain.result();
  return {
    facts: {
      digest,
      diffID,
      storedBytes,
      plainBytes,
      compression: job.compression,
      anomalies: blobAnomalies.list,
    },
    index: builder.finish({ diffID, plainBytes }),
    copied: copy?.close() === true,
  };
}

/**
 * Runs a step of the tar reader. What it cannot read may be damage or an archive that was made so: the digests at the
 * end of the blob tell, so that error waits for them. A limit does not wait.
 */
function attempt(step: () => unknown): StrataError | undefined {
  try {
    step();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof StrataError && (thrown.code === 'E_TAR' || thrown.code === 'E_TRUNCATED'))
      return thrown;
    throw thrown;
  }
}
