import { createHash } from 'node:crypto';
import { createIndexBuilder } from '../../src/layers/index/build-index.js';
import type { LayerIndex } from '../../src/layers/index/layer-index.js';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { parseDigest } from '../../src/model/digest.js';
import type { TarMember } from '../../src/model/tar-member.js';

/** A tar member in short: what is left out is ordinary. */
export interface MemberSpec {
  readonly name: string | Uint8Array;
  readonly type?: 'file' | 'dir' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo' | undefined;
  readonly content?: string | Uint8Array | undefined;
  readonly link?: string | undefined;
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly mtime?: number | undefined;
  readonly nanoseconds?: number | undefined;
  readonly device?: readonly [number, number] | undefined;
  readonly xattrs?: Readonly<Record<string, string>> | undefined;
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
const FLAGS = { file: 0x30, hardlink: 0x31, symlink: 0x32, char: 0x33, block: 0x34, dir: 0x35, fifo: 0x36 };

/** Returns the index of a layer with these members, as if read from a tar with one header block each. Contents under 48 KiB. */
export function layerOf(members: readonly MemberSpec[]): LayerIndex {
  const anomalies = createAnomalyLog();
  const builder = createIndexBuilder(anomalies);
  const digest = createHash('sha256');
  let offset = 0;
  for (const spec of members) {
    const content = Buffer.from(spec.content ?? '');
    digest.update(JSON.stringify(spec));
    const member: TarMember = {
      kind: KINDS[spec.type ?? 'file'],
      name: Buffer.from(spec.name),
      typeflag: FLAGS[spec.type ?? 'file'],
      mode: spec.mode ?? (spec.type === 'dir' ? 0o755 : 0o644),
      uid: spec.uid ?? 0,
      gid: spec.gid ?? 0,
      size: content.length,
      storedSize: content.length,
      mtimeSeconds: spec.mtime ?? 1_700_000_000,
      mtimeNanoseconds: spec.nanoseconds ?? 0,
      linkName: Buffer.from(spec.link ?? ''),
      deviceMajor: spec.device?.[0] ?? 0,
      deviceMinor: spec.device?.[1] ?? 0,
      xattrs:
        spec.xattrs === undefined
          ? undefined
          : new Map(Object.entries(spec.xattrs).map(([name, value]) => [name, Buffer.from(value)])),
      sparse: undefined,
      headerOffset: offset,
      dataOffset: offset + 512,
    };
    builder.member(member);
    if (content.length > 0) builder.data(content);
    builder.memberEnd();
    offset += 512 + Math.ceil(content.length / 512) * 512;
  }
  return builder.finish({ diffID: parseDigest(`sha256:${digest.digest('hex')}`), plainBytes: offset + 1024 });
}
