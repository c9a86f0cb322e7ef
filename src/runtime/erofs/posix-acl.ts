/* posix_acl_xattr.h and posix_acl_valid() of Linux: version 2, then entries of tag, permissions and id. */

const VERSION = 2;
const HEADER = 4;
const ENTRY = 8;
const TAG = { userOwner: 0x1, user: 0x2, groupOwner: 0x4, group: 0x8, mask: 0x10, other: 0x20 };
/** Tags come in the order of their numbers. */
const KNOWN: readonly number[] = Object.values(TAG);
const NO_ID = 0xffffffff;

/**
 * True when Linux takes `value` as a POSIX access control list. One that it does not take makes every access to the file
 * fail, the superuser's too.
 */
export function isPosixAcl(value: Uint8Array): boolean {
  if (value.length <= HEADER || (value.length - HEADER) % ENTRY !== 0) return false;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (view.getUint32(0, true) !== VERSION) return false;
  const counts = new Map<number, number>();
  let last = 0;
  for (let at = HEADER; at < value.length; at += ENTRY) {
    const tag = view.getUint16(at, true);
    const named = tag === TAG.user || tag === TAG.group;
    if (!KNOWN.includes(tag) || tag < last || view.getUint16(at + 2, true) > 7) return false;
    if (named && view.getUint32(at + 4, true) === NO_ID) return false;
    last = tag;
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  const count = (tag: number): number => counts.get(tag) ?? 0;
  return (
    [TAG.userOwner, TAG.groupOwner, TAG.other].every((tag) => count(tag) === 1) &&
    count(TAG.mask) <= 1 &&
    (count(TAG.mask) === 1 || count(TAG.user) + count(TAG.group) === 0)
  );
}
