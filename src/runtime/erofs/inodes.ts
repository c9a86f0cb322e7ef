import type { FileKind } from '../../model/entry.js';
import { fail } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Inode, Union } from '../../layers/union/union.js';
import { walk } from '../../layers/union/walk.js';
import type { LeftOutLog } from './left-out.js';

/** The inodes of a snapshot, counted from 0 in the order of their first paths; 0 is the root. */
export interface SnapshotInodes {
  readonly count: number;
  /** First node of the union that shows inode i. */
  readonly node: readonly number[];
  readonly links: readonly number[];
  /** 1 + inode of each node of the union; 0 where the image has nothing. */
  readonly ofNode: Uint32Array;
  file(inode: number): SnapshotFile;
}

/** NAME_MAX and PATH_MAX of Linux, without the NUL. */
const NAME_BYTES = 255;
const LINK_BYTES = 4095;
const MAJOR_BITS = 12;
const MINOR_BITS = 20;

/** (uid_t) -1: to chown(2) it means "as it is". */
const NO_OWNER = 0xffffffff;
/** What the kernel shows for owners that it cannot hold. */
const OVERFLOW_OWNER = 65_534;

/** Returns the user or group number that stands in the image. */
export function ownerOf(id: number): number {
  return id === NO_OWNER ? OVERFLOW_OWNER : id;
}

/** Counts the inodes of snapshot `n`: hard links share one. What cannot be in a file system is logged and not counted. */
export function collectInodes(union: Union, n: number, left: LeftOutLog): SnapshotInodes {
  const ofNode = new Uint32Array(union.paths.count);
  const node: number[] = [];
  const links: number[] = [];
  const known = createInodeMap(union);
  const add = (file: SnapshotFile): number => {
    const found = file.inode === undefined || file.kind === 'directory' ? 0 : known.get(file.inode);
    if (found > 0) {
      links[found - 1]++;
      return found;
    }
    const made = node.push(file.node);
    if (file.uid === NO_OWNER) left.add('owner', file.path, 'user');
    if (file.gid === NO_OWNER) left.add('owner', file.path, 'group');
    links.push(file.kind === 'directory' ? 2 : 1);
    if (file.inode !== undefined) known.set(file.inode, made);
    return made;
  };
  const present = ({ file }: { readonly file: SnapshotFile }): boolean => ofNode[file.node] > 0;
  for (const { file } of walk(union, n, 0, present)) {
    const why = reasonToLeaveOut(union, file);
    if (why !== undefined) {
      left.add(why.reason, file.path, why.what);
      continue;
    }
    ofNode[file.node] = add(file);
    // The `..` of a directory is a link to its parent.
    if (file.kind === 'directory' && file.node !== 0) links[ofNode[union.paths.parent[file.node]] - 1]++;
  }
  return {
    count: node.length,
    node,
    links,
    ofNode,
    file: (inode) => fileAt(union, node[inode], n) ?? fail('E_INTERNAL', 'an inode is of no file'),
  };
}

/** Of {@link reasonToLeaveOut}. */
export interface WhyLeftOut {
  readonly reason: 'name' | 'whiteout-device' | 'device-number' | 'link-target';
  readonly what: string;
}

/** Returns why no file system of Linux can hold the file itself, or undefined. */
export function reasonToLeaveOut(union: Union, file: SnapshotFile): WhyLeftOut | undefined {
  const { nameEnd, names } = union.paths;
  if (file.node !== 0) {
    const name = names.subarray(nameEnd[file.node - 1], nameEnd[file.node]);
    if (name.length > NAME_BYTES) return { reason: 'name', what: `${String(name.length)} bytes` };
    if (name.includes(0)) return { reason: 'name', what: 'a NUL' };
  }
  return REASONS[file.kind]?.(file);
}

const REASONS: Partial<Record<FileKind, (file: SnapshotFile) => WhyLeftOut | undefined>> = {
  symlink({ link }) {
    const bytes = encodeName(link);
    const bad = bytes.length === 0 || bytes.length > LINK_BYTES || bytes.includes(0);
    return bad ? { reason: 'link-target', what: `${String(bytes.length)} bytes` } : undefined;
  },
  character: (file) =>
    file.deviceMajor === 0 && file.deviceMinor === 0
      ? { reason: 'whiteout-device', what: '' }
      : oddDevice(file),
  block: oddDevice,
};

function oddDevice({ deviceMajor, deviceMinor }: SnapshotFile): WhyLeftOut | undefined {
  return deviceMajor >= 2 ** MAJOR_BITS || deviceMinor >= 2 ** MINOR_BITS
    ? { reason: 'device-number', what: `${String(deviceMajor)}:${String(deviceMinor)}` }
    : undefined;
}

/** A map from entries of all layers to numbers; 0 for those without. */
function createInodeMap(union: Union): { get(inode: Inode): number; set(inode: Inode, value: number): void } {
  const starts = new Float64Array(union.layers.length + 1);
  for (const [i, layer] of union.layers.entries()) starts[i + 1] = starts[i] + layer.count;
  const values = new Uint32Array(starts[union.layers.length]);
  return {
    get: ({ layer, row }) => values[starts[layer - 1] + row],
    set({ layer, row }, value) {
      values[starts[layer - 1] + row] = value;
    },
  };
}
