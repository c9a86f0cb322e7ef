import { SNIFF_BYTES, sniffCompression, type UnsupportedCompression } from '../io/codec/sniff.js';
import type { AnomalyLog } from '../model/anomaly.js';
import type { ByteRange } from '../model/byte-range.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Compression, LayerContent } from '../model/image.js';
import { layerMediaType } from '../model/media-type.js';
import { checkSize, type Files, readHead } from './files.js';

const TAR_MAGIC_OFFSET = 257;

/**
 * Returns the compression that a blob has. What was promised is believed when the bytes allow it; a plain tar may begin
 * with any bytes, so a tar header decides over a magic number that only its first name happens to spell.
 */
export function blobCompression(
  range: ByteRange,
  promised: Compression | undefined,
): Compression | UnsupportedCompression {
  const head = readHead(range, SNIFF_BYTES);
  const sniffed = sniffCompression(head);
  if (sniffed === 'none' || sniffed === promised) return sniffed;
  return head.toString('latin1', TAR_MAGIC_OFFSET, TAR_MAGIC_OFFSET + 5) === 'ustar' ? 'none' : sniffed;
}

/**
 * Returns the content of a layer whose blob is there. One in a compression strata does not read is given as it is, with
 * an anomaly: the other layers can still be seen, and reading this one says what it is.
 */
export function blobContent(
  range: ByteRange,
  promised: Compression | undefined,
  where: string,
  anomalies: AnomalyLog,
): LayerContent & { kind: 'blob' } {
  const found = blobCompression(range, promised);
  if (found === 'none' || found === 'gzip' || found === 'zstd')
    return { kind: 'blob', range, compression: found };
  anomalies.add('blob-media-type', where, `compressed with ${found}`);
  return { kind: 'blob', range, compression: 'none' };
}

/**
 * Returns where the bytes of a layer are. A blob that is not there, is foreign or encrypted becomes `absent` with an
 * anomaly; one of the wrong size is E_SIZE_MISMATCH. `where` names the layer.
 */
export async function locateLayer(
  files: Files,
  path: string,
  descriptor: Descriptor,
  where: string,
  anomalies: AnomalyLog,
): Promise<LayerContent> {
  const promised = layerMediaType(descriptor.mediaType);
  const range = await files.find(path);
  if (range === undefined) {
    const foreign = promised.foreign || descriptor.urls.length > 0;
    anomalies.add(foreign ? 'layer-foreign' : 'layer-absent', where, descriptor.digest);
    return { kind: 'absent', why: foreign ? 'foreign' : 'missing' };
  }
  checkSize(range.length, descriptor.size, `${where} ${descriptor.digest}`);
  if (promised.encrypted) {
    anomalies.add('layer-encrypted', where, descriptor.mediaType);
    return { kind: 'absent', why: 'encrypted' };
  }
  const content = blobContent(range, promised.compression, where, anomalies);
  if (content.compression !== promised.compression)
    anomalies.add('blob-media-type', where, `${descriptor.mediaType} over ${describe(content.compression)}`);
  return content;
}

function describe(compression: Compression): string {
  return compression === 'none' ? 'an uncompressed blob' : `a ${compression} stream`;
}
