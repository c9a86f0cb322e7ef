import { createHash } from 'node:crypto';
import { createGzip } from 'node:zlib';
import { coalesced } from '../../io/codec/coalesce.js';
import { PLAIN_CHUNK_BYTES, through } from '../../io/codec/engine.js';
import { type Digest, digestFromBytes } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import { layerMembers, type MemberCounts, type MemberOptions } from './layer-members.js';
import type { LayerPlan } from './plan-layer.js';

export type LayerCompression = 'gzip' | 'none';

export interface LayerOptions extends MemberOptions {
  readonly compression: LayerCompression;
}

/** A layer as its blob was handed out. */
export interface WrittenLayer {
  readonly mediaType: string;
  /** Of the blob. */
  readonly digest: Digest;
  /** Bytes of the blob. */
  readonly size: number;
  /** Of the plain tar. */
  readonly diffID: Digest;
  /** Bytes of the plain tar. */
  readonly plainBytes: number;
  readonly members: number;
  readonly contentBytes: number;
}

/** The bytes of a layer's blob, to be read once. */
export interface LayerBlob extends AsyncIterable<Uint8Array> {
  /** Only after the last byte. */
  result(): WrittenLayer;
}

/** Of zlib; with the same zlib the same tar gives the same blob: the header of node:zlib has no name and no time. */
const LEVEL = 6;

/**
 * Returns the blob of a planned layer. Iterating throws what {@link layerMembers} throws; who stores the bytes then drops
 * what he has.
 */
export function layerBlob(plan: LayerPlan, options: LayerOptions): LayerBlob {
  return packLayer((counts) => layerMembers(plan, counts, options), options.compression);
}

/**
 * Returns the blob of the tar that `members` yields, which counts what it holds. Each chunk is the receiver's own; both
 * digests and sizes are made as the bytes go by.
 */
export function packLayer(
  members: (counts: MemberCounts) => AsyncIterable<Uint8Array>,
  compression: LayerCompression,
): LayerBlob {
  const counts = { members: 0, contentBytes: 0 };
  const plain = createMeasure();
  const stored = createMeasure();
  let ended = false;

  async function* bytes(): AsyncGenerator<Uint8Array, void> {
    const tar = plain.pass(coalesced(members(counts)));
    yield* compression === 'gzip' ? stored.pass(gzipped(tar)) : tar;
    ended = true;
  }

  return {
    [Symbol.asyncIterator]: bytes,
    result() {
      if (!ended) fail('E_INTERNAL', 'committing: the layer was asked for its digest before its end');
      const { digest: diffID, size: plainBytes } = plain.result();
      const gzip = compression === 'gzip';
      const blob = gzip ? stored.result() : { digest: diffID, size: plainBytes };
      const mediaType = gzip ? `${MEDIA_TYPE.ociLayer}+gzip` : MEDIA_TYPE.ociLayer;
      return { mediaType, ...blob, diffID, plainBytes, ...counts };
    },
  };
}

async function* gzipped(source: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* through(createGzip({ level: LEVEL, chunkSize: PLAIN_CHUNK_BYTES }), async () => {
      const next = await source.next();
      return next.done === true ? undefined : next.value;
    });
  } finally {
    // Closes the directories that the walk holds open.
    await source.return();
  }
}

interface Measure {
  /** Yields what comes by. */
  readonly pass: (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, void>;
  readonly result: () => { readonly digest: Digest; readonly size: number };
}

function createMeasure(): Measure {
  const hash = createHash('sha256');
  let size = 0;
  let digest: Digest | undefined;
  return {
    async *pass(source) {
      for await (const chunk of source) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    result() {
      digest ??= digestFromBytes(hash.digest());
      return { digest, size };
    },
  };
}
