import type { IdMap } from '../id-map.js';

/** Ids that an administrator gave to a user beside his own. */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** A user as /etc/subuid may name him. */
export interface NamedUser {
  readonly uid: number;
  /** Undefined for one without an entry in the passwd database. */
  readonly name: string | undefined;
}

/** The last id that the kernel takes; the one behind it means none at all. */
const LAST_ID = 2 ** 32 - 2;

/** Lines of a map that the kernel takes (user_namespaces(7)). */
const EXTENTS = 340;

/** What useradd(8) gives to the first user, and as many as it gives to each. */
const USUAL: IdRange = { first: 100_000, count: 65_536 };

/** Returns the ranges that the text of /etc/subuid or /etc/subgid gives to the user (subuid(5)); what is no line of it is skipped. */
export function rangesOf(text: string, { uid, name }: NamedUser): readonly IdRange[] {
  return entriesOf(text)
    .filter(({ owner }) => owner === name || owner === String(uid))
    .map(({ range }) => range);
}

/** Returns the ranges of one user as `getsubids` prints them: `0: name 100000 65536`. */
export function rangesPrinted(text: string): readonly IdRange[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+: \S+ (\d{1,10}) (\d{1,10})$/.exec(line.trim());
    return match === null ? [] : validRange(Number(match[1]), Number(match[2]));
  });
}

/** Returns the first range of the usual size above all that those files give to anybody. */
export function freeRange(...texts: readonly string[]): IdRange {
  const ends = texts.flatMap(entriesOf).map(({ range }) => range.first + range.count);
  return { ...USUAL, first: Math.max(USUAL.first, ...ends) };
}

/** Returns the map of a namespace in which the user's own id is 0 and the ranges follow from 1 on. */
export function mapOfUser(own: number, ranges: readonly IdRange[]): IdMap {
  let next = 1;
  const extents = ranges.slice(0, EXTENTS - 1).map(({ first, count }) => {
    const extent = { containerID: next, hostID: first, size: count };
    next += count;
    return extent;
  });
  return [{ containerID: 0, hostID: own, size: 1 }, ...extents];
}

function entriesOf(text: string): readonly { readonly owner: string; readonly range: IdRange }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([^:\s#][^:]*):(\d{1,10}):(\d{1,10})$/.exec(line.trim());
    if (match === null) return [];
    return validRange(Number(match[2]), Number(match[3])).map((range) => ({ owner: match[1], range }));
  });
}

function validRange(first: number, count: number): readonly IdRange[] {
  return count > 0 && first + count - 1 <= LAST_ID ? [{ first, count }] : [];
}
