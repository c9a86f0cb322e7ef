import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { errnoOf } from './failure.js';
import { textIfAny } from './if-any.js';

/**
 * Which process a lock or temporary file belongs to, written into the file's name so that it appears together with the
 * file: a pid alone is reused, a pid with its start time is not as long as the machine runs, and a pid means something
 * only within its pid namespace.
 */
export interface Owner {
  readonly pid: number;
  /** Clock ticks after boot at which the process started (proc(5), stat field 22); '0' where /proc does not tell. */
  readonly start: string;
  /** Inode of the pid namespace; '0' where unknown. */
  readonly namespace: string;
  /** /proc/sys/kernel/random/boot_id without dashes; '0' where unknown. */
  readonly boot: string;
}

export type OwnerState =
  | 'alive'
  | 'dead'
  /** Of another machine, boot or pid namespace: only the age of its files can tell. */
  | 'unknown';

const TAG = /^([1-9]\d{0,9})-(\d{1,20})-(\d{1,20})-([0-9a-f]{1,32})-[0-9a-f]{16}$/;

/** Returns the owner that this process is. Throws nothing: without /proc the fields it would give are '0'. */
export function thisOwner(): Owner {
  const stat = parseStat(textIfAny('/proc/self/stat'));
  // A /proc of another pid namespace shows us under another pid: then its numbers say nothing about ours.
  const start = stat?.pid === process.pid ? stat.start : '0';
  let namespace = '0';
  try {
    namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    // No /proc: all processes are taken for one namespace.
  }
  const boot = textIfAny('/proc/sys/kernel/random/boot_id').replace(/[^0-9a-f]/g, '') || '0';
  return { pid: process.pid, start, namespace, boot };
}

/** Returns a file name part that tells its owner and was never used before. */
export function ownerTag(owner: Owner): string {
  return `${owner.pid}-${owner.start}-${owner.namespace}-${owner.boot}-${randomBytes(8).toString('hex')}`;
}

/** Returns the owner a tag names; undefined when it is not a tag. */
export function parseOwnerTag(tag: string): Owner | undefined {
  const match = TAG.exec(tag);
  if (match === null) return undefined;
  return { pid: Number(match[1]), start: match[2], namespace: match[3], boot: match[4] };
}

/** Returns whether the owner still runs, as `self` can tell. */
export function ownerState(owner: Owner, self: Owner): OwnerState {
  if (owner.boot !== self.boot || owner.namespace !== self.namespace) return 'unknown';
  if (owner.start !== '0' && self.start !== '0') {
    const stat = parseStat(textIfAny(`/proc/${owner.pid}/stat`));
    // A zombie has released everything and only waits for its parent.
    if (stat !== undefined)
      return stat.start === owner.start && stat.state !== 'Z' && stat.state !== 'X' ? 'alive' : 'dead';
  }
  // Without /proc, or with one that hides the processes of others (hidepid).
  try {
    process.kill(owner.pid, 0);
    return 'alive';
  } catch (thrown) {
    return errnoOf(thrown) === 'ESRCH' ? 'dead' : 'alive';
  }
}

/** proc(5): `pid (comm) state … starttime`; comm may hold blanks and brackets, so count from the last bracket. */
function parseStat(text: string): { pid: number; state: string; start: string } | undefined {
  const end = text.lastIndexOf(')');
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(' ');
  if (fields.length < 20) return undefined;
  return { pid: Number.parseInt(text, 10), state: fields[0], start: fields[19] };
}
