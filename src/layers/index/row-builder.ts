import type { TarMember } from '../../model/tar-member.js';
import type { EntryColumns } from './layer-index.js';
import { grown, type NumberArray, roomyArray } from './large-array.js';

/** Growing columns while a layer is read. */
export interface RowBuilder {
  readonly count: number;
  kindOf(row: number): number;
  /** What {@link setLink} was given. */
  linkOf(row: number): number;
  /** Appends a row from the member's own fields; returns its number. */
  add(member: TarMember, node: number, kind: number, size: number): number;
  setContent(row: number, digest: number): void;
  setLink(row: number, link: number): void;
  setXattrs(row: number, set: number): void;
  /** The columns, cut to the number of rows; nothing may be added any more. */
  finish(): EntryColumns;
}

/** Largest owner the kernel can hold; (uid_t)-1 means "no change" (chown(2)) and cannot own a file. */
const MAX_ID = 0xffffffff;

export function createRowBuilder(): RowBuilder {
  let capacity = 1024;
  let count = 0;
  const columns = {
    node: new Uint32Array(capacity),
    kind: new Uint8Array(capacity),
    mode: new Uint16Array(capacity),
    uid: new Uint32Array(capacity),
    gid: new Uint32Array(capacity),
    size: new Float64Array(capacity),
    mtimeSeconds: new Float64Array(capacity),
    headerBlock: new Uint32Array(capacity),
    dataBlock: new Uint32Array(capacity),
    content: new Uint32Array(capacity),
    // Optional ones begin empty and are made at the first value that is not zero.
    mtimeNanoseconds: new Uint32Array(0),
    link: new Uint32Array(0),
    deviceMajor: new Uint32Array(0),
    deviceMinor: new Uint32Array(0),
    xattrs: new Uint32Array(0),
  };
  type Name = keyof typeof columns;
  type Optional = 'mtimeNanoseconds' | 'link' | 'deviceMajor' | 'deviceMinor' | 'xattrs';
  const names = Object.keys(columns) as Name[];
  // Typed arrays of one record differ in type, which Object.keys forgets.
  const replace = (name: Name, column: NumberArray): void => {
    (columns as Record<Name, NumberArray>)[name] = column;
  };

  const grow = (): void => {
    const least = capacity + 1;
    capacity = Infinity;
    for (const name of names) {
      const { length } = columns[name];
      if (length === 0) continue;
      if (length < least) replace(name, grown<NumberArray>(columns[name], least));
      capacity = Math.min(capacity, columns[name].length);
    }
  };
  const setOptional = (name: Optional, row: number, value: number): void => {
    if (value === 0) return;
    if (columns[name].length === 0) columns[name] = roomyArray(Uint32Array, capacity);
    columns[name][row] = value;
  };

  return {
    get count() {
      return count;
    },
    kindOf: (row) => columns.kind[row],
    linkOf: (row) => columns.link[row],
    add(member, node, kind, size) {
      if (count === capacity) grow();
      const row = count++;
      columns.node[row] = node;
      columns.kind[row] = kind;
      columns.mode[row] = member.mode;
      // Of a column that nothing but zero was written to no page takes memory, and nearly all files are root's.
      if (member.uid !== 0) columns.uid[row] = Math.min(member.uid, MAX_ID);
      if (member.gid !== 0) columns.gid[row] = Math.min(member.gid, MAX_ID);
      columns.size[row] = size;
      columns.mtimeSeconds[row] = member.mtimeSeconds;
      columns.headerBlock[row] = member.headerOffset / 512;
      columns.dataBlock[row] = member.dataOffset / 512;
      setOptional('mtimeNanoseconds', row, member.mtimeNanoseconds);
      setOptional('deviceMajor', row, member.deviceMajor);
      setOptional('deviceMinor', row, member.deviceMinor);
      return row;
    },
    setContent(row, digest) {
      columns.content[row] = digest;
    },
    setLink: (row, link) => setOptional('link', row, link),
    setXattrs: (row, set) => setOptional('xattrs', row, set),
    finish() {
      for (const name of names) replace(name, columns[name].subarray(0, count));
      return columns;
    },
  };
}
