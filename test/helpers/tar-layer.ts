import { createHash } from 'node:crypto';
import { createTarReader } from '../../src/io/tar/read.js';
import { TAR_END, tarHeader, tarPadding } from '../../src/io/tar/write.js';
import { createIndexBuilder } from '../../src/layers/index/build-index.js';
import type { LayerIndex } from '../../src/layers/index/layer-index.js';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { digestFromBytes } from '../../src/model/digest.js';
import { DEFAULT_LIMITS, type Limits } from '../../src/model/limits.js';
import { encodeName } from '../../src/model/name.js';
import type { MemberSpec } from './layers.js';

/** A member whose attributes may be binary. */
export interface TarMemberSpec extends Omit<MemberSpec, 'xattrs'> {
  readonly xattrs?: Readonly<Record<string, string | Uint8Array>> | undefined;
}

const KINDS = {
  file: 'file',
  dir: 'directory',
  symlink: 'symlink',
  hardlink: 'hardlink',
  char: 'character',
  block: 'block',
  fifo: 'fifo',
} as const;

/** Returns a real tar of the members. */
export function tarOf(members: readonly TarMemberSpec[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const spec of members) {
    const type = spec.type ?? 'file';
    const content = Buffer.from(type === 'file' ? (spec.content ?? '') : '');
    const header = tarHeader({
      kind: KINDS[type],
      name: typeof spec.name === 'string' ? encodeName(spec.name) : spec.name,
      mode: spec.mode ?? (type === 'dir' ? 0o755 : 0o644),
      uid: spec.uid ?? 0,
      gid: spec.gid ?? 0,
      size: content.length,
      mtimeSeconds: spec.mtime ?? 1_700_000_000,
      mtimeNanoseconds: spec.nanoseconds ?? 0,
      ...(spec.link === undefined ? {} : { linkName: encodeName(spec.link) }),
      deviceMajor: spec.device?.[0] ?? 0,
      deviceMinor: spec.device?.[1] ?? 0,
      xattrs: new Map(Object.entries(spec.xattrs ?? {}).map(([name, value]) => [name, Buffer.from(value)])),
    });
    parts.push(header, content, tarPadding(content.length));
  }
  return Buffer.concat([...parts, TAR_END]);
}

/** Returns the index of a tar, contents digested. */
export async function indexOfTar(tar: Uint8Array, limits: Limits = DEFAULT_LIMITS): Promise<LayerIndex> {
  const anomalies = createAnomalyLog();
  const builder = createIndexBuilder(anomalies, limits);
  const reader = createTarReader(builder, { limits, anomalies });
  reader.push(tar);
  reader.end();
  await builder.settled();
  const diffID = digestFromBytes(createHash('sha256').update(tar).digest());
  return builder.finish({ diffID, plainBytes: tar.length });
}
