import type { AnomalyLog } from '../model/anomaly.js';
import { KIND } from '../model/entry.js';
import { decodeName, isUtf8Name } from '../model/name.js';
import type { TarMember } from '../model/tar-member.js';
import { nodePath, type PathTableBuilder } from './path-table.js';
import type { RowBuilder } from './row-builder.js';

/** Where a member goes: its node, and its kind once whiteout names are understood. */
export interface Placement {
  readonly node: number;
  readonly kind: number;
}

/** Turns raw member names into nodes of the layer's path table, by the whiteout rules of OCI image-spec 1.1 layer.md. */
export interface MemberPlacer {
  /** Returns undefined when the member leaves nothing: an invalid whiteout, a root that is no directory, … */
  place(member: TarMember, kind: number): Placement | undefined;
  /** Notes that `row` is now what the layer has at `node`. */
  placed(node: number, row: number): void;
  /** Reports what can only be seen at the end. */
  finish(): void;
}

const SLASH = 0x2f;
const DOT = 0x2e;
const OPAQUE = '.wh..wh..opq';
const RESERVED = '.wh..wh.';
/** Controls and what hides: C0, DEL, C1, bidi controls, zero width, line separators, tags. */
const CONTROL =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

export function createMemberPlacer(
  paths: PathTableBuilder,
  rows: RowBuilder,
  anomalies: AnomalyLog,
): MemberPlacer {
  /** 1 + last row per node; 0 where the layer has no member of that path. */
  let lastRow = new Uint32Array(1024);
  // The directory part of the previous name: most members share it, and then need no walk.
  let known = new Uint8Array(256);
  let knownLength = -1;
  let knownNode = 0;

  const rowOf = (node: number): number => (node < lastRow.length ? lastRow[node] - 1 : -1);

  const child = (parent: number, raw: Uint8Array, start: number, end: number): number => {
    const before = paths.count;
    const node = paths.child(parent, raw, start, end);
    if (node === before) noteName(node, raw, start, end);
    return node;
  };

  const noteName = (node: number, raw: Uint8Array, start: number, end: number): void => {
    let plain = true;
    for (let i = start; i < end && plain; i++) plain = raw[i] >= 0x20 && raw[i] < 0x7f;
    if (plain) return;
    const name = decodeName(raw.subarray(start, end));
    if (!isUtf8Name(name)) anomalies.add('path-not-utf8', nodePath(paths, node));
    if (CONTROL.test(name)) anomalies.add('path-control', nodePath(paths, node));
  };

  /** Walks the directory part `raw[0…end]`; -1 when it leads below a whiteout name. */
  const directory = (raw: Uint8Array, end: number): number => {
    if (end === knownLength && sameBytes(raw, known, end)) return knownNode;
    let node = 0;
    let odd = false;
    for (let start = 0; start < end;) {
      let stop = start;
      while (stop < end && raw[stop] !== SLASH) stop++;
      const length = stop - start;
      if (length === 0 || (length === 1 && raw[start] === DOT)) {
        // An empty or `.` component stays where it is.
      } else if (isParent(raw, start, length)) {
        odd = true;
        anomalies.add(node === 0 ? 'path-escape' : 'path-parent', decodeName(raw));
        node = paths.parent[node];
      } else if (isWhiteout(raw, start, length)) {
        anomalies.add('whiteout-below', decodeName(raw));
        return -1;
      } else node = child(node, raw, start, stop);
      start = stop + 1;
    }
    if (raw[0] === SLASH) anomalies.add('path-absolute', decodeName(raw));
    if (!odd && raw[0] !== SLASH) {
      if (end > known.length) known = new Uint8Array(end * 2);
      known.set(raw.subarray(0, end));
      knownLength = end;
      knownNode = node;
    }
    return node;
  };

  const whiteout = (member: TarMember, kind: number, parent: number, name: string): Placement | undefined => {
    const where = joined(nodePath(paths, parent), name);
    if (name === OPAQUE) {
      if (kind !== KIND.file || member.size > 0) anomalies.add('whiteout-not-file', where);
      return { node: parent, kind: KIND.opaque };
    }
    const hidden = name.slice(4);
    if (hidden === '' || hidden === '.' || hidden === '..') {
      anomalies.add('whiteout-invalid', where);
      return undefined;
    }
    if (name.startsWith(RESERVED)) {
      anomalies.add('whiteout-reserved', where);
      return undefined;
    }
    if (kind !== KIND.file || member.size > 0) anomalies.add('whiteout-not-file', where);
    const raw = member.name;
    const end = trimmedEnd(raw);
    return { node: child(parent, raw, baseStart(raw, end) + 4, end), kind: KIND.whiteout };
  };

  return {
    place(member, kind) {
      const raw = member.name;
      const end = trimmedEnd(raw);
      const start = baseStart(raw, end);
      const parent = directory(raw, start);
      if (parent < 0) return undefined;
      const length = end - start;
      let node = parent;
      if (isParent(raw, start, length)) {
        anomalies.add(parent === 0 ? 'path-escape' : 'path-parent', decodeName(raw));
        node = paths.parent[parent];
      } else if (isWhiteout(raw, start, length)) {
        return whiteout(member, kind, parent, decodeName(raw.subarray(start, end)));
      } else if (length > 0 && !(length === 1 && raw[start] === DOT)) {
        node = child(parent, raw, start, end);
        const above = rowOf(parent);
        if (above >= 0 && rows.kindOf(above) !== KIND.directory)
          anomalies.add('parent-not-directory', nodePath(paths, node));
      }
      if (node === 0 && kind !== KIND.directory) {
        anomalies.add('root-not-directory', decodeName(raw));
        return undefined;
      }
      if (rowOf(node) >= 0) anomalies.add('duplicate-member', nodePath(paths, node));
      if (kind === KIND.character && member.deviceMajor === 0 && member.deviceMinor === 0)
        anomalies.add('overlay-whiteout-device', nodePath(paths, node));
      return { node, kind };
    },
    placed(node, row) {
      if (node >= lastRow.length) {
        const larger = new Uint32Array(Math.max(paths.count, Math.ceil(lastRow.length * 1.6)));
        larger.set(lastRow);
        lastRow = larger;
      }
      lastRow[node] = row + 1;
    },
    finish() {
      const { parent } = paths;
      const reported = new Uint8Array(paths.count);
      for (let node = 1; node < paths.count; node++) {
        const above = parent[node];
        if (above === 0 || rowOf(node) < 0 || rowOf(above) >= 0 || reported[above] === 1) continue;
        reported[above] = 1;
        anomalies.add('implied-directory', nodePath(paths, above));
      }
    },
  };
}

/** Returns the rooted clean path of a hard link's target, as bytes. */
export function cleanTarget(raw: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < raw.length;) {
    let stop = start;
    while (stop < raw.length && raw[stop] !== SLASH) stop++;
    const length = stop - start;
    if (isParent(raw, start, length)) parts.pop();
    else if (length > 0 && !(length === 1 && raw[start] === DOT)) parts.push(raw.subarray(start, stop));
    start = stop + 1;
  }
  const slash = Uint8Array.of(SLASH);
  return parts.length === 0 ? slash : Buffer.concat(parts.flatMap((part) => [slash, part]));
}

function isParent(raw: Uint8Array, start: number, length: number): boolean {
  return length === 2 && raw[start] === DOT && raw[start + 1] === DOT;
}

function isWhiteout(raw: Uint8Array, start: number, length: number): boolean {
  return (
    length >= 4 &&
    raw[start] === DOT &&
    raw[start + 1] === 0x77 &&
    raw[start + 2] === 0x68 &&
    raw[start + 3] === DOT
  );
}

/** Where the name ends without its trailing slashes. */
function trimmedEnd(raw: Uint8Array): number {
  let end = raw.length;
  while (end > 0 && raw[end - 1] === SLASH) end--;
  return end;
}

/** Where the last component begins. */
function baseStart(raw: Uint8Array, end: number): number {
  let start = end;
  while (start > 0 && raw[start - 1] !== SLASH) start--;
  return start;
}

function joined(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

function sameBytes(a: Uint8Array, b: Uint8Array, length: number): boolean {
  // Backwards: names of one directory differ near their end from those of the next.
  for (let i = length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}
