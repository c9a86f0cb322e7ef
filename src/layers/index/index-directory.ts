import { createHash } from 'node:crypto';
import { createTarReader } from '../../io/tar/read.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { digestFromBytes } from '../../model/digest.js';
import type { Limits } from '../../model/limits.js';
import { createIndexBuilder } from './build-index.js';
import { directoryTar } from './directory-tar.js';
import type { LayerIndex } from './layer-index.js';

/**
 * Returns the index of a directory tree of the host, as GNU tar sees it: Node cannot read extended attributes, and tar
 * knows hard links, sparse files and devices. Sockets are not in it. Throws E_TOOL_MISSING, E_UNREADABLE.
 */
export async function indexDirectory(
  directory: string,
  options: { readonly limits: Limits; readonly signal?: AbortSignal | undefined },
): Promise<LayerIndex> {
  const anomalies = createAnomalyLog();
  const builder = createIndexBuilder(anomalies, options.limits);
  const reader = createTarReader(builder, { limits: options.limits, anomalies });
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of directoryTar(directory, options.signal)) {
    hash.update(chunk);
    bytes += chunk.length;
    reader.push(chunk);
    await builder.room();
  }
  reader.end();
  await builder.settled();
  return builder.finish({ diffID: digestFromBytes(hash.digest()), plainBytes: bytes });
}
