import type { AnomalyLog } from '../../model/anomaly.js';
import { KIND } from '../../model/entry.js';
import { decodeName, isUtf8Name } from '../../model/name.js';
import type { TarMember } from '../../model/tar-member.js';
import type { LinkTable } from './link-table.js';
import { createOwnLinks, MOST_BYTES, MOST_LINKS } from './own-links.js';
import { nodeBytes, nodePath, type PathTableBuilder } from './path-table.js';
import {
  baseStart,
  cleanComponents,
  hasParent,
  isNothing,
  isWhiteout,
  joinComponents,
  sameBytes,
  SLASH,
  trimmedEnd,
} from './raw-path.js';
import type { RowBuilder } from './row-builder.js';

/** Where a member goes: its node, and its kind once whiteout names are understood. */
export interface Placement {
  readonly node: number;
  readonly kind: number;
}

/**
 * Turns raw member names into nodes of the layer's path table: by the whiteout rules of OCI image-spec 1.1 layer.md, and
 * through the symbolic links that the layer itself placed before (own-links.ts).
 */
export interface MemberPlacer {
  /** Returns undefined when the member leaves nothing: an invalid whiteout, a path of links that go round, … */
  place(member: TarMember, kind: number): Placement | undefined;
  /** Returns the rooted path that the target of a hard link names at this moment, and its node, or -1 without one. */
  target(raw: Uint8Array): { path: Uint8Array; node: number };
  /** Notes that `row` is now what the layer has at `node`; `target` is the node that a hard link leads to. */
  placed(node: number, row: number, target: number): void;
  /** Reports what can only be seen at the end; nothing may be placed any more. */
  finish(): void;
}

const OPAQUE = '.wh..wh..opq';
const RESERVED = '.wh..wh.';
/** The component is no link, so it leads to itself. */
const NOT_A_LINK = { node: -1, gone: -1, links: 0 };
/** Controls and what hides: C0, DEL, C1, bidi controls, zero width, line separators, tags. */
const CONTROL =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** What a member's directory was reached through, for the anomaly that says so. */
type Through = 'path-through-own-symlink' | 'path-through-dangling-symlink' | undefined;

export function createMemberPlacer(
  paths: PathTableBuilder,
  rows: RowBuilder,
  links: LinkTable,
  anomalies: AnomalyLog,
): MemberPlacer {
  const own = createOwnLinks(paths, rows, links);
  // The directory part of the previous name: most members share it, and then need no walk.
  let known = new Uint8Array(256);
  let knownLength = -1;
  let knownNode = 0;
  let knownGeneration = 0;
  let through: Through;
  /** Paths there were before the last member: a node from there on is new. */
  let pathsBefore = 1;

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

  /** Walks the directory part `raw[0…end]`, which has no `..`; -1 when nothing can be placed there. */
  const directory = (raw: Uint8Array, end: number): number => {
    if (end === knownLength && own.generation === knownGeneration && sameBytes(raw, known, end))
      return knownNode;
    knownLength = -1;
    through = undefined;
    let node = 0;
    let gone = -1;
    let links = 0;
    for (let start = 0; start < end;) {
      let stop = start;
      while (stop < end && raw[stop] !== SLASH) stop++;
      if (isWhiteout(raw, start, stop - start)) {
        anomalies.add('whiteout-below', decodeName(raw));
        return -1;
      }
      if (!isNothing(raw, start, stop - start)) {
        node = child(node, raw, start, stop);
        if (own.isLink(node, gone)) {
          const found = own.follow(node);
          links += found?.links ?? 0;
          // A path may be longer than its name now.
          if (found === undefined || links > MOST_LINKS || found.length + raw.length - stop >= MOST_BYTES) {
            anomalies.add('path-symlink-loop', decodeName(raw));
            return -1;
          }
          ({ node, gone } = found);
          if (found.dangling) through = 'path-through-dangling-symlink';
          else through ??= 'path-through-own-symlink';
        } else gone = own.goneBelow(node, gone);
      }
      start = stop + 1;
    }
    if (end > known.length) known = new Uint8Array(end * 2);
    known.set(raw.subarray(0, end));
    knownLength = end;
    knownNode = node;
    knownGeneration = own.generation;
    return node;
  };

  const whiteout = (
    member: TarMember,
    raw: Uint8Array,
    kind: number,
    parent: number,
    name: string,
  ): Placement | undefined => {
    const where = (): string => joined(nodePath(paths, parent), name);
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
    const end = trimmedEnd(raw);
    return { node: child(parent, raw, baseStart(raw, end) + 4, end), kind: KIND.whiteout };
  };

  /** Extractors clean a name by its text before they look where its links lead (Go's path.Clean). */
  const withoutParents = (raw: Uint8Array): Uint8Array => {
    if (!hasParent(raw)) return raw;
    const up = (depth: number): void =>
      anomalies.add(depth === 0 ? 'path-escape' : 'path-parent', decodeName(raw));
    return joinComponents(cleanComponents(raw, up));
  };

  return {
    place(member, kind) {
      if (member.name[0] === SLASH) anomalies.add('path-absolute', decodeName(member.name));
      const raw = withoutParents(member.name);
      const end = trimmedEnd(raw);
      const start = baseStart(raw, end);
      const parent = directory(raw, start);
      if (parent < 0) return undefined;
      const length = end - start;
      if (through !== undefined)
        anomalies.add(
          through,
          () => joined(nodePath(paths, parent), decodeName(raw.subarray(start, end))),
          decodeName(member.name),
        );
      let node = parent;
      pathsBefore = paths.count;
      if (isWhiteout(raw, start, length))
        return whiteout(member, raw, kind, parent, decodeName(raw.subarray(start, end)));
      if (!isNothing(raw, start, length)) {
        node = child(parent, raw, start, end);
        const above = own.rowOf(parent);
        // A link here is one that is gone: others were followed.
        const kindAbove = above < 0 ? KIND.directory : rows.kindOf(above);
        if (kindAbove !== KIND.directory && kindAbove !== KIND.symlink)
          anomalies.add('parent-not-directory', () => nodePath(paths, node));
      }
      if (node === 0 && kind !== KIND.directory) {
        anomalies.add('root-not-directory', decodeName(member.name));
        return undefined;
      }
      if (own.rowOf(node) >= 0) anomalies.add('duplicate-member', () => nodePath(paths, node));
      if (kind === KIND.character && member.deviceMajor === 0 && member.deviceMinor === 0)
        anomalies.add('overlay-whiteout-device', () => nodePath(paths, node));
      return { node, kind };
    },
    target(raw) {
      const parts = cleanComponents(raw);
      let node = 0;
      let gone = -1;
      let links = 0;
      for (let i = 0; i < parts.length; i++) {
        const below = paths.find(node, parts[i], 0, parts[i].length);
        // Where the layer has nothing there are none of its links.
        if (below < 0)
          return { path: Buffer.concat([nodeBytes(paths, node), joinComponents(parts.slice(i))]), node: -1 };
        // The last component is not followed (link(2)).
        const found = i < parts.length - 1 && own.isLink(below, gone) ? own.follow(below) : NOT_A_LINK;
        links += found?.links ?? 0;
        // The union says that nothing lies there.
        if (found === undefined || links > MOST_LINKS) return { path: joinComponents(parts), node: -1 };
        node = found === NOT_A_LINK ? below : found.node;
        gone = found === NOT_A_LINK ? own.goneBelow(below, gone) : found.gone;
      }
      return { path: node === 0 ? Uint8Array.of(SLASH) : nodeBytes(paths, node), node };
    },
    placed(node, row, target) {
      // Looking for the target of a hard link may have gone through its own path.
      const fresh = node >= pathsBefore && rows.kindOf(row) !== KIND.hardlink;
      own.placed(node, row, fresh, target);
    },
    finish() {
      const { parent } = paths;
      const reported = new Uint8Array(paths.count);
      for (let node = 1; node < paths.count; node++) {
        const above = parent[node];
        if (above === 0 || own.rowOf(node) < 0 || own.rowOf(above) >= 0 || reported[above] === 1) continue;
        reported[above] = 1;
        anomalies.add('implied-directory', () => nodePath(paths, above));
      }
      own.finish();
    },
  };
}

function joined(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}
