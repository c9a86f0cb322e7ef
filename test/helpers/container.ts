/**
 * A container's file system without a container: a lower directory, an overlay on it as the runtime mounts it, and what
 * commit makes of its upper directory.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, utimesSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createTarReader } from '../../src/io/tar/read.js';
import { createIndexBuilder } from '../../src/layers/index/build-index.js';
import { indexDirectory } from '../../src/layers/index/index-directory.js';
import type { LayerIndex } from '../../src/layers/index/layer-index.js';
import type { Union } from '../../src/layers/union/union.js';
import { unite } from '../../src/layers/union/unite.js';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { digestFromBytes } from '../../src/model/digest.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { layerBlob, type LayerOptions, type WrittenLayer } from '../../src/runtime/commit/layer.js';
import { planLayer, type PlanOptions } from '../../src/runtime/commit/plan-layer.js';
import { countMembers } from '../../src/runtime/commit/plan-members.js';
import { mountNew, unmount } from '../../src/runtime/sys/mount.js';
import { readUpper, type UpperOptions } from '../../src/runtime/upper/read-upper.js';

export interface Container {
  readonly lower: string;
  readonly upper: string;
  readonly merged: string;
  /** The lower directory as the only layer. */
  readonly union: Union;
  readonly unmount: () => void;
}

/** Mounts an overlay on the directory `lower` in `folder`, with a new upper directory that has the metadata of its root. */
export async function mountContainer(folder: string, lower = 'lower'): Promise<Container> {
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['upper', 'work', 'merged']) mkdirSync(at(name));
  const base = path.resolve(folder, lower);
  const union = unite([await indexDirectory(base, { limits: DEFAULT_LIMITS })]);
  const stats = lstatSync(base);
  chownSync(at('upper'), stats.uid, stats.gid);
  chmodSync(at('upper'), stats.mode & 0o7777);
  utimesSync(at('upper'), stats.atime, stats.mtime);
  mountNew('overlay', at('merged'), [
    ['lowerdir+', base],
    ['upperdir', at('upper')],
    ['workdir', at('work')],
    ['index', 'off'],
    ['metacopy', 'off'],
    ['redirect_dir', 'nofollow'],
  ]);
  return {
    lower: base,
    upper: at('upper'),
    merged: at('merged'),
    union,
    unmount: () => {
      unmount(at('merged'));
    },
  };
}

export interface Committed extends WrittenLayer {
  /** Members that were planned. */
  readonly planned: number;
  /** The plain tar. */
  readonly bytes: Buffer;
  /** As stored. */
  readonly blob: Buffer;
  readonly index: LayerIndex;
}

export type CommitOptions = Partial<PlanOptions & LayerOptions & UpperOptions>;

/** Returns the layer of a container's upper directory as plain tar, read by our own reader; undefined for none. */
export async function commitUpper(
  union: Union,
  upper: string,
  options: CommitOptions = {},
): Promise<Committed | undefined> {
  const entries = readUpper(upper, { overlayXattrs: 'trusted', ...options });
  const plan = await planLayer(union, union.layers.length, entries, { limits: DEFAULT_LIMITS, ...options });
  if (plan === undefined) return undefined;
  const written = layerBlob(plan, { compression: 'none', ...options });
  const chunks: Uint8Array[] = [];
  for await (const chunk of written) chunks.push(chunk);
  const blob = Buffer.concat(chunks);
  const bytes = options.compression === 'gzip' ? gunzipSync(blob) : blob;
  return {
    ...written.result(),
    planned: countMembers(plan).members,
    bytes,
    blob,
    index: await indexTar(bytes),
  };
}

/** Returns the index of a plain tar in memory. */
export async function indexTar(bytes: Uint8Array): Promise<LayerIndex> {
  const anomalies = createAnomalyLog();
  const builder = createIndexBuilder(anomalies, DEFAULT_LIMITS);
  const reader = createTarReader(builder, { limits: DEFAULT_LIMITS, anomalies });
  reader.push(bytes);
  reader.end();
  await builder.settled();
  return builder.finish({
    diffID: digestFromBytes(createHash('sha256').update(bytes).digest()),
    plainBytes: bytes.length,
  });
}
