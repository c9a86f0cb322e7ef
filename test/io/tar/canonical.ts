import { createHash } from 'node:crypto';
import { logicalSha256, type Listed } from './support.js';

/** Contents from here on are not digested: holes, mostly. */
const HASHED = 1 << 24;

const hex = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('hex');

/** One line per member, byte for byte as golden/list.go writes it. */
function canonicalLine(member: Listed): string {
  const isFile = member.kind === 'file';
  const xattrs = Object.entries(member.xattrs).map(
    ([name, value]) => `${Buffer.from(name).toString('hex')}=${hex(value)}`,
  );
  return [
    member.kind,
    hex(member.name),
    member.mode.toString(8),
    member.uid,
    member.gid,
    member.size,
    `${member.seconds}.${String(member.nanoseconds).padStart(9, '0')}`,
    hex(member.link),
    member.device,
    `[${xattrs.sort().join(' ')}]`,
    isFile && member.size < HASHED ? logicalSha256(member) : '-',
  ].join(' ');
}

export function canonicalDigest(members: readonly Listed[]): string {
  const hash = createHash('sha256');
  for (const member of members) hash.update(`${canonicalLine(member)}\n`);
  return hash.digest('hex');
}
