import type { Anomaly } from '../../model/anomaly.js';
import type { AnomalyCode } from '../../model/anomaly-codes.js';
import { parseDigest } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { type Column, decodeColumns, encodeColumns } from './columns.js';
import type { EntryColumns, LayerIndex, SparseFile } from './layer-index.js';
import type { PathTable } from './path-table.js';
import { release } from './large-array.js';

/** What of an index is not columns. */
interface IndexMeta {
  readonly diffID: string;
  readonly plainBytes: number;
  readonly count: number;
  readonly xattrSets: readonly (readonly (readonly [name: string, base64: string])[])[];
  readonly sparse: readonly SparseFile[];
  readonly anomalies: readonly Anomaly[];
  readonly anomalyCounts: readonly (readonly [AnomalyCode, number])[];
}

/** Returns the file form of the index, see columns.ts. Equal indexes give equal bytes. */
export function encodeIndex(index: LayerIndex): Uint8Array<ArrayBuffer> {
  return encode(index, () => undefined);
}

/**
 * Returns the same of an index that was just built, whose columns are released one by one, so that it is never in memory
 * twice. Nothing of `index` may be read any more.
 */
export function moveIndex(index: LayerIndex): Uint8Array<ArrayBuffer> {
  return encode(index, release);
}

function encode(index: LayerIndex, copied: (part: Uint8Array) => void): Uint8Array<ArrayBuffer> {
  const meta: IndexMeta = {
    diffID: index.diffID,
    plainBytes: index.plainBytes,
    count: index.count,
    xattrSets: index.xattrSets.map((set) =>
      [...set].map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const),
    ),
    sparse: [...index.sparse.values()],
    anomalies: index.anomalies,
    anomalyCounts: [...index.anomalyCounts],
  };
  const parts = encodeColumns(meta, {
    ...index.columns,
    ...pathColumns(index.paths),
    digests: index.digests,
    linkEnd: index.linkEnd,
    linkBytes: index.linkBytes,
  });
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let used = 0;
  for (const part of parts) {
    file.set(part, used);
    used += part.length;
    copied(part);
  }
  return file;
}

/** Returns the index whose file form `bytes` is: views on it, nothing parsed but the small header. Throws E_STORE. */
export function decodeIndex(bytes: Uint8Array<ArrayBuffer>): LayerIndex {
  const { meta, columns } = decodeColumns(bytes);
  const head = meta as IndexMeta;
  const column = columnReader(columns);
  const entryColumns: EntryColumns = {
    node: column('node', Uint32Array),
    kind: column('kind', Uint8Array),
    mode: column('mode', Uint16Array),
    uid: column('uid', Uint32Array),
    gid: column('gid', Uint32Array),
    size: column('size', Float64Array),
    mtimeSeconds: column('mtimeSeconds', Float64Array),
    mtimeNanoseconds: column('mtimeNanoseconds', Uint32Array),
    headerBlock: column('headerBlock', Uint32Array),
    dataBlock: column('dataBlock', Uint32Array),
    content: column('content', Uint32Array),
    link: column('link', Uint32Array),
    deviceMajor: column('deviceMajor', Uint32Array),
    deviceMinor: column('deviceMinor', Uint32Array),
    xattrs: column('xattrs', Uint32Array),
  };
  return {
    diffID: parseDigest(head.diffID),
    plainBytes: head.plainBytes,
    count: head.count,
    columns: entryColumns,
    paths: readPaths(column),
    digests: column('digests', Uint8Array),
    linkEnd: column('linkEnd', Uint32Array),
    linkBytes: column('linkBytes', Uint8Array),
    xattrSets: head.xattrSets.map(
      (set) => new Map(set.map(([name, value]) => [name, Uint8Array.from(Buffer.from(value, 'base64'))])),
    ),
    sparse: new Map(head.sparse.map((file) => [file.row, file])),
    anomalies: head.anomalies,
    anomalyCounts: new Map(head.anomalyCounts),
  };
}

/** The columns of a path table under the names both file forms use. */
export function pathColumns(paths: PathTable): Record<string, Column> {
  return { pathParent: paths.parent, pathNameEnd: paths.nameEnd, pathNames: paths.names };
}

export function readPaths(column: ColumnReader): PathTable {
  const parent = column('pathParent', Uint32Array);
  return {
    count: parent.length,
    parent,
    nameEnd: column('pathNameEnd', Uint32Array),
    names: column('pathNames', Uint8Array),
  };
}

export type ColumnReader = <T extends Column>(name: string, Type: new (length: number) => T) => T;

/** Returns a function that gives the column of a name and type, or throws E_STORE. */
export function columnReader(columns: ReadonlyMap<string, Column>): ColumnReader {
  return (name, Type) => {
    const column = columns.get(name);
    return column instanceof Type ? column : fail('E_STORE', `reading columns: ${name} is missing`);
  };
}
