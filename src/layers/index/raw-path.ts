/** Paths as tars have them: bytes, with slashes anywhere. */

export const SLASH = 0x2f;
const DOT = 0x2e;

/** Returns the components of `raw` that name something: not the empty ones and not `.`; `..` stays. */
function rawComponents(raw: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < raw.length;) {
    let stop = start;
    while (stop < raw.length && raw[stop] !== SLASH) stop++;
    if (!isNothing(raw, start, stop - start)) parts.push(raw.subarray(start, stop));
    start = stop + 1;
  }
  return parts;
}

/** Returns what is left of `raw` when each `..` takes its text away; `up` hears of each and how deep it was met. */
export function cleanComponents(raw: Uint8Array, up?: (depth: number) => void): Uint8Array[] {
  const clean: Uint8Array[] = [];
  for (const part of rawComponents(raw)) {
    if (isParent(part, 0, part.length)) {
      up?.(clean.length);
      clean.pop();
    } else clean.push(part);
  }
  return clean;
}

/** Returns the rooted path of the components. */
export function joinComponents(parts: readonly Uint8Array[]): Uint8Array {
  const slash = Uint8Array.of(SLASH);
  return parts.length === 0 ? slash : Buffer.concat(parts.flatMap((part) => [slash, part]));
}

/** Whether a component leads nowhere else: empty or `.`. */
export function isNothing(raw: Uint8Array, start: number, length: number): boolean {
  return length === 0 || (length === 1 && raw[start] === DOT);
}

export function isParent(raw: Uint8Array, start: number, length: number): boolean {
  return length === 2 && raw[start] === DOT && raw[start + 1] === DOT;
}

/** Whether any component of `raw` is `..`. */
export function hasParent(raw: Uint8Array): boolean {
  for (let at = raw.indexOf(DOT); at >= 0; at = raw.indexOf(DOT, at + 1))
    if (
      raw[at + 1] === DOT &&
      (at === 0 || raw[at - 1] === SLASH) &&
      (at + 2 === raw.length || raw[at + 2] === SLASH)
    )
      return true;
  return false;
}

/** Whether a component begins with `.wh.`. */
export function isWhiteout(raw: Uint8Array, start: number, length: number): boolean {
  return (
    length >= 4 &&
    raw[start] === DOT &&
    raw[start + 1] === 0x77 &&
    raw[start + 2] === 0x68 &&
    raw[start + 3] === DOT
  );
}

/** Where the name ends without its trailing slashes. */
export function trimmedEnd(raw: Uint8Array): number {
  let end = raw.length;
  while (end > 0 && raw[end - 1] === SLASH) end--;
  return end;
}

/** Where the last component begins. */
export function baseStart(raw: Uint8Array, end: number): number {
  let start = end;
  while (start > 0 && raw[start - 1] !== SLASH) start--;
  return start;
}

export function sameBytes(a: Uint8Array, b: Uint8Array, length: number): boolean {
  // Backwards: names of one directory differ near their end from those of the next.
  for (let i = length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}
