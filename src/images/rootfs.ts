import path from 'node:path';
import { SNIFF_BYTES } from '../io/codec/sniff.js';
import type { ByteRange } from '../model/byte-range.js';
import { fail } from '../model/error.js';
import { EMPTY_CONFIG } from '../model/image-config.js';
import type { Image, Layer } from '../model/image.js';
import { MEDIA_TYPE } from '../model/media-type.js';
import type { OpenContext } from './context.js';
import { describeHead } from './describe.js';
import { readHead } from './files.js';
import { blobCompression } from './layer-blob.js';

/** Returns a directory tree as an image of one layer with an empty configuration. Nothing of it is read yet. */
export function rootfsDirectory(directory: string, label: string, context: OpenContext): Image {
  return rootfsImage(label, context, {
    mediaType: MEDIA_TYPE.ociLayer,
    size: undefined,
    content: { kind: 'directory', path: path.resolve(directory) },
  });
}

/** Returns a tar, plain, gzip or zstd, as an image of one layer. Throws E_NOT_AN_IMAGE when it is plain and no tar. */
export function rootfsTar(range: ByteRange, label: string, context: OpenContext): Image {
  const head = readHead(range, SNIFF_BYTES);
  const compression = blobCompression(range, undefined);
  if (compression !== 'gzip' && compression !== 'zstd' && compression !== 'none')
    return fail('E_COMPRESSION_UNSUPPORTED', `opening ${label}: it is compressed with ${compression}`, {
      hint: 'decompress it first and pipe it into rootfs:-',
    });
  if (compression === 'none' && !looksLikeTar(head))
    fail('E_NOT_AN_IMAGE', `opening ${label}: it is ${describeHead(head)}, not a tar archive`);
  return rootfsImage(label, context, {
    mediaType: compression === 'none' ? MEDIA_TYPE.ociLayer : `${MEDIA_TYPE.ociLayer}+${compression}`,
    size: range.length,
    content: { kind: 'blob', range, compression },
  });
}

function rootfsImage(
  label: string,
  context: OpenContext,
  layer: Pick<Layer, 'mediaType' | 'size' | 'content'>,
): Image {
  return {
    transport: 'rootfs',
    name: label,
    tags: [],
    platform: undefined,
    descriptor: undefined,
    rawManifest: undefined,
    rawConfig: undefined,
    rawIndex: undefined,
    config: EMPTY_CONFIG,
    annotations: new Map(),
    layers: [{ position: 1, digest: undefined, diffID: undefined, step: undefined, ...layer }],
    siblings: [],
    anomalies: context.anomalies.list,
  };
}

const BLOCK = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;

/** True when the block is a tar header with its checksum, or the zeros of an empty archive (POSIX pax, "ustar"). */
export function looksLikeTar(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  let unsigned = 0;
  let signed = 0;
  let zero = true;
  for (let i = 0; i < BLOCK; i++) {
    const inChecksum = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH;
    const byte = inChecksum ? 0x20 : head[i];
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
    if (head[i] !== 0) zero = false;
  }
  if (zero) return true;
  const text = Buffer.from(head.subarray(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_LENGTH)).toString('latin1');
  const stated = /^\s*([0-7]+)/.exec(text);
  return stated !== null && [unsigned, signed].includes(Number.parseInt(stated[1], 8));
}
