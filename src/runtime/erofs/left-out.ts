/**
 * What a file system of Linux, or one below overlayfs, cannot hold:
 * - `name`: over 255 bytes; the path and all below it are not there.
 * - `whiteout-device`: a character device 0:0 hides instead of being seen; it is not there.
 * - `device-number`: over 12 bits of major or 20 of minor; it is not there.
 * - `link-target`: empty, over 4095 bytes or with a NUL; the symlink is not there.
 * - `owner`: 4294967295 is nobody's number; 65534 took its place.
 * - `overlay-xattr`: an attribute that overlayfs would obey; it is not there.
 * - `xattr`: an attribute that Linux, or the file system, refuses on such a file; it is not there.
 *
 * And where a snapshot is unpacked, what the caller may not do or the file system cannot hold:
 * - `device`: only the superuser makes devices; it is not there.
 * - `owner`: not one of the caller's; the caller owns it.
 * - `time`: outside of what the file system counts; the nearest it has took its place.
 */
export type LeftOutReason =
  | 'name'
  | 'whiteout-device'
  | 'device-number'
  | 'link-target'
  | 'owner'
  | 'overlay-xattr'
  | 'xattr'
  | 'device'
  | 'time';

/** One thing of the snapshot that the image does not hold as it is. */
export interface LeftOutThing {
  readonly path: string;
  /** Which number or attribute; '' where the path says all. */
  readonly what: string;
}

/** What was left out, by reason: how many things, and the first of them. */
export type LeftOut = ReadonlyMap<LeftOutReason, LeftOutThings>;

export interface LeftOutThings {
  readonly count: number;
  readonly first: readonly LeftOutThing[];
}

export interface LeftOutLog {
  add(reason: LeftOutReason, path: string, what: string): void;
  readonly list: LeftOut;
}

/** How many things are kept per reason. */
const KEPT = 20;

/** Returns several lists as one. */
export function mergeLeftOut(all: readonly LeftOut[]): LeftOut {
  const sum = new Map<LeftOutReason, LeftOutThings>();
  for (const left of all)
    for (const [reason, { count, first }] of left) {
      const known = sum.get(reason) ?? { count: 0, first: [] };
      sum.set(reason, { count: known.count + count, first: [...known.first, ...first].slice(0, KEPT) });
    }
  return sum;
}

export function createLeftOutLog(): LeftOutLog {
  const list = new Map<LeftOutReason, { count: number; readonly first: LeftOutThing[] }>();
  return {
    list,
    add(reason, path, what) {
      const known = list.get(reason) ?? { count: 0, first: [] };
      list.set(reason, known);
      known.count++;
      if (known.first.length < KEPT) known.first.push({ path, what });
    },
  };
}
