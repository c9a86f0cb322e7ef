import type { Difference } from './diff.js';

/** Everything at and below a directory that came or went whole. */
export interface Collapsed {
  readonly difference: Difference;
  /** What lies below it: everything but directories, and the bytes of files. */
  readonly files: number;
  readonly bytes: number;
}

/** Differences below a directory up to which they are better shown one by one. */
const FEW = 4;

/**
 * Yields the differences, given by path, with those below a directory that was added or removed whole, by one layer, in
 * one: the directory's own, with what lies below counted. Linear.
 */
export function* collapse(found: readonly Difference[]): Generator<Difference | Collapsed> {
  const whole = wholeDirectories(found);
  for (let i = 0; i < found.length;) {
    const below = whole.get(i);
    if (below === undefined) yield found[i++];
    else {
      yield { difference: found[i], files: below.files, bytes: below.bytes };
      i = below.end;
    }
  }
}

interface Below {
  /** Place of the first difference behind it. */
  end: number;
  files: number;
  bytes: number;
}

interface Open extends Below {
  readonly at: number;
  readonly path: string;
  uniform: boolean;
}

function wholeDirectories(found: readonly Difference[]): Map<number, Below> {
  const whole = new Map<number, Below>();
  const open: Open[] = [];
  const close = (end: number): void => {
    const last = open.pop();
    if (last === undefined) return;
    if (last.uniform && end - last.at > FEW)
      whole.set(last.at, { end, files: last.files, bytes: last.bytes });
    const above = open.at(-1);
    if (above === undefined) return;
    above.files += last.files;
    above.bytes += last.bytes;
    above.uniform &&= last.uniform && alike(found[above.at], found[last.at]);
  };
  for (const [i, difference] of found.entries()) {
    for (let top = open.at(-1); top !== undefined && !isBelow(difference.path, top.path); top = open.at(-1))
      close(i);
    const file = difference.after ?? difference.before;
    const above = open.at(-1);
    if (file?.kind === 'directory' && (difference.kind === 'added' || difference.kind === 'removed'))
      open.push({ at: i, path: difference.path, end: i, files: 0, bytes: 0, uniform: true });
    else if (above !== undefined) {
      above.files += 1;
      above.bytes += file?.size ?? 0;
      above.uniform &&= alike(found[above.at], difference);
    }
  }
  while (open.length > 0) close(found.length);
  return whole;
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path.startsWith(`${directory}/`);
}

function alike(directory: Difference, below: Difference): boolean {
  return (
    directory.kind === below.kind &&
    directory.before?.layer === below.before?.layer &&
    directory.after?.layer === below.after?.layer &&
    directory.goneIn === below.goneIn
  );
}
