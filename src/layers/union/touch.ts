/**
 * What one layer did to one path. The number is what a stored union holds; never renumber without a new union version.
 * `removed` and `hidden` leave nothing at the path; the others leave the entry (or, for `implied`, a directory that has
 * no entry of its own in that layer).
 */
export const TOUCH_KINDS = [
  /** The path did not exist below. */
  'added',
  /** Content, kind, link target or device is another. */
  'replaced',
  /** Only mode, owner, time or xattrs differ. */
  'metadata',
  /** The entry says again what was there. */
  'restated',
  /** A directory that members of this layer need, without an entry. */
  'implied',
  /** A whiteout names the path itself. */
  'removed',
  /** It went because a directory above it was removed, made opaque or replaced. */
  'hidden',
] as const;

export type TouchKind = (typeof TOUCH_KINDS)[number];

export const TOUCH = {
  added: 0,
  replaced: 1,
  metadata: 2,
  restated: 3,
  implied: 4,
  removed: 5,
  hidden: 6,
} as const satisfies Record<TouchKind, number>;
