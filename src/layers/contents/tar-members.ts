import { createHash, type Hash } from 'node:crypto';
import { createTarReader } from '../../io/tar/read.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { DEFAULT_LIMITS } from '../../model/limits.js';
import { decodeName } from '../../model/name.js';
import type { TarMember } from '../../model/tar-member.js';
import { type ArchiveLimits, type ArchiveMember, type Listed, noteOf } from './archive-member.js';

/** Bytes pushed at once, between two turns of what else there is to do. */
const PIECE = 256 * 1024;

/** Yields the bytes in pieces. */
// eslint-disable-next-line @typescript-eslint/require-await
export async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Lists a tar of any dialect, hashing the contents. Ends within the limits; throws nothing. */
export async function listTar(
  source: AsyncIterable<Uint8Array>,
  limits: Required<ArchiveLimits>,
): Promise<Listed> {
  const members: ArchiveMember[] = [];
  let hash: Hash | undefined;
  let begun: Omit<ArchiveMember, 'content'> | undefined;
  const reader = createTarReader(
    {
      member(member) {
        begun = memberOf(member);
        hash = member.kind === 'file' ? createHash('sha256') : undefined;
        // Equal bytes at other places of a sparse file are another content.
        if (member.sparse !== undefined) hash?.update(JSON.stringify([member.size, member.sparse]));
      },
      data: (chunk) => hash?.update(chunk),
      memberEnd() {
        if (begun === undefined) return;
        members.push({ ...begun, content: hash?.digest('hex') });
        begun = undefined;
      },
    },
    {
      limits: { ...DEFAULT_LIMITS, entries: limits.members, paxHeader: 64 * 1024, sparseFragments: 10_000 },
      anomalies: createAnomalyLog(),
    },
  );
  try {
    for await (const chunk of source) if (chunk.length > 0) reader.push(chunk);
    reader.end();
  } catch (thrown) {
    return { members, stopped: noteOf(thrown) };
  }
  return { members, stopped: undefined };
}

function memberOf(member: TarMember): Omit<ArchiveMember, 'content'> {
  const linked = member.kind === 'symlink' || member.kind === 'hardlink';
  const device = member.kind === 'character' || member.kind === 'block';
  return {
    path: decodeName(member.name),
    kind: member.kind,
    size: member.size,
    crc: undefined,
    link: linked
      ? decodeName(member.linkName)
      : device
        ? `${String(member.deviceMajor)}, ${String(member.deviceMinor)}`
        : undefined,
    mode: member.mode,
    owner: `${String(member.uid)}:${String(member.gid)}`,
    modified: member.mtimeSeconds + member.mtimeNanoseconds / 1e9,
  };
}
