import { decodeName, encodeName } from './name.js';

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * The components of a raw name once '' and '.' are dropped and '..' is resolved by its text, never above the root.
 * A value to be filled again and again by {@link splitComponents}: no allocation per name.
 */
export interface PathComponents {
  /** Pairs of start and end in the raw bytes; only the first `2 * count` numbers hold. */
  ranges: Uint32Array;
  count: number;
  /** The name has '..' components. */
  parent: boolean;
  /** A '..' would have led above the root; it stayed there. */
  escape: boolean;
  /** The name begins with '/'. */
  absolute: boolean;
}

export function createPathComponents(): PathComponents {
  return { ranges: new Uint32Array(64), count: 0, parent: false, escape: false, absolute: false };
}

/**
 * Fills `into` with the components of `raw`. Only '/' separates: backslashes, control bytes and anything that Unicode
 * takes for a slash are ordinary bytes, as for the kernel.
 */
export function splitComponents(raw: Uint8Array, into: PathComponents): void {
  const { length } = raw;
  let { ranges } = into;
  let count = 0;
  let parent = false;
  let escape = false;
  for (let start = 0; start < length;) {
    let end = start;
    while (end < length && raw[end] !== SLASH) end++;
    const size = end - start;
    if (size === 0 || (size === 1 && raw[start] === DOT)) {
      // Stays where it is.
    } else if (size === 2 && raw[start] === DOT && raw[start + 1] === DOT) {
      parent = true;
      if (count > 0) count--;
      else escape = true;
    } else {
      if (2 * count === ranges.length) ranges = grown(into);
      ranges[2 * count] = start;
      ranges[2 * count + 1] = end;
      count++;
    }
    start = end + 1;
  }
  into.count = count;
  into.parent = parent;
  into.escape = escape;
  into.absolute = length > 0 && raw[0] === SLASH;
}

function grown(into: PathComponents): Uint32Array {
  const larger = new Uint32Array(into.ranges.length * 2);
  larger.set(into.ranges);
  into.ranges = larger;
  return larger;
}

/** A raw name made a place in the tree. */
export interface CleanPath {
  /** Rooted: `/` or `/a/b`; a name string (see model/name). */
  readonly path: string;
  /** The name has '..' components, which were resolved by their text. */
  readonly parent: boolean;
  /** A '..' would have led above the root; it stayed there. */
  readonly escape: boolean;
  readonly absolute: boolean;
}

/** Returns the rooted clean path of a raw name, the same that every engine makes of a layer's member name. */
export function cleanPath(raw: Uint8Array): CleanPath {
  const parts = createPathComponents();
  splitComponents(raw, parts);
  const { count, parent, escape, absolute, ranges } = parts;
  if (count === 0) return { path: '/', parent, escape, absolute };
  // A name that is clean but for a slash at its ends decodes in one go.
  const first = ranges[0];
  const last = ranges[2 * count - 1];
  let inside = count - 1;
  for (let i = 0; i < count; i++) inside += ranges[2 * i + 1] - ranges[2 * i];
  if (inside === last - first)
    return { path: `/${decodeName(raw.subarray(first, last))}`, parent, escape, absolute };
  let path = '';
  for (let i = 0; i < count; i++) path += `/${decodeName(raw.subarray(ranges[2 * i], ranges[2 * i + 1]))}`;
  return { path, parent, escape, absolute };
}

/** Returns the rooted clean path of text that a person typed: `etc/../x/` is `/x`. */
export function rootedPath(text: string): string {
  return cleanPath(encodeName(text)).path;
}

/** Returns the components of a rooted clean path; none for `/`. */
export function splitPath(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/** Returns the directory a rooted clean path lies in; `/` for `/` itself. */
export function dirname(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** Returns the last component of a rooted clean path; '' for `/`. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Returns the path of `name`, one component or a clean relative path, in a rooted clean directory. */
export function joinPath(directory: string, name: string): string {
  if (name === '') return directory;
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** True when a rooted clean path lies below `directory`, at any depth; false for the directory itself. */
export function isBelow(path: string, directory: string): boolean {
  if (directory === '/') return path !== '/';
  return path.length > directory.length && path.startsWith(directory) && path[directory.length] === '/';
}
