import type { Compression } from '../../model/image.js';
import { coalesced } from './coalesce.js';
import type { DecodeOptions } from './decode-options.js';
import { gunzip } from './gzip.js';
import { unzstd } from './zstd.js';

/**
 * Returns the plain bytes of a compressed stream, each chunk the receiver's own and none tiny but the
 * last, however small the parts of the stream are. The source is read to its end, also
 * beyond the last compressed byte, so that what verifies it runs to its end too; it is closed when reading stops early.
 * Bounds only what a decoder allocates; for the plain bytes see `bounded`. Throws E_COMPRESSION for corrupt data,
 * E_COMPRESSION_UNSUPPORTED, E_TRUNCATED, E_LIMIT for a zstd frame that asks for too much, and what the source throws.
 */
export function decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  options: Omit<DecodeOptions, 'what'> & { readonly what?: string | undefined },
): AsyncIterable<Uint8Array> {
  const { limits, anomalies, what = 'a compressed stream' } = options;
  switch (compression) {
    case 'none':
      return source;
    case 'gzip':
      return coalesced(gunzip(source, { limits, anomalies, what }));
    case 'zstd':
      return coalesced(unzstd(source, { limits, anomalies, what }));
  }
}
