import type { Anomaly } from '../../model/anomaly.js';
import type { AnomalyCode } from '../../model/anomaly-codes.js';
import { type Digest, digestFromBytes, parseDigest } from '../../model/digest.js';
import { ENTRY_KINDS, type Entry, type EntryKind, KIND } from '../../model/entry.js';
import { decodeName } from '../../model/name.js';
import { nodePath, type PathTable } from './path-table.js';

/** SHA-256 of no bytes. */
const EMPTY_CONTENT = parseDigest('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

/**
 * One value per row (entry in archive order). A column that would hold only zeros has length 0: read the optional ones
 * through {@link at}.
 */
export interface EntryColumns {
  /** Node in {@link LayerIndex.paths}; of the hidden path for a whiteout, of the directory for an opaque marker. */
  readonly node: Uint32Array;
  readonly kind: Uint8Array;
  readonly mode: Uint16Array;
  readonly uid: Uint32Array;
  readonly gid: Uint32Array;
  /** Logical size in bytes. */
  readonly size: Float64Array;
  readonly mtimeSeconds: Float64Array;
  /** Optional. */
  readonly mtimeNanoseconds: Uint32Array;
  /** Offsets in the plain tar in blocks of 512 bytes. */
  readonly headerBlock: Uint32Array;
  readonly dataBlock: Uint32Array;
  /** 1 + index into `digests` (32 bytes each); 0: no digest. */
  readonly content: Uint32Array;
  /** Optional. 1 + index into the links; 0: none. */
  readonly link: Uint32Array;
  /** Optional. */
  readonly deviceMajor: Uint32Array;
  readonly deviceMinor: Uint32Array;
  /** Optional. 1 + index into {@link LayerIndex.xattrSets}. */
  readonly xattrs: Uint32Array;
}

/** Fragments of one sparse file. */
export interface SparseFile {
  readonly row: number;
  readonly storedSize: number;
  /** Pairs offset, length in logical order. */
  readonly fragments: readonly number[];
  /** Of its data and where they are, as hex: see data-hasher.ts. */
  readonly dataDigest: string;
}

/**
 * All entries of one layer in archive order, immutable, made once per diffID. Whoever changes what is in it raises
 * `DERIVED_VERSIONS.index` of store/derived.ts, so that no stored index of the old kind is read.
 */
export interface LayerIndex {
  /** Digest of the plain tar. */
  readonly diffID: Digest;
  /** Bytes of the plain tar, framing included. */
  readonly plainBytes: number;
  readonly count: number;
  readonly columns: EntryColumns;
  readonly paths: PathTable;
  /** SHA-256 digests, 32 bytes each. */
  readonly digests: Uint8Array;
  /** Text of links, `linkEnd[i-1] … linkEnd[i]`. */
  readonly linkEnd: Uint32Array;
  readonly linkBytes: Uint8Array;
  /** Distinct sets of extended attributes. */
  readonly xattrSets: readonly ReadonlyMap<string, Uint8Array>[];
  /** By row. */
  readonly sparse: ReadonlyMap<number, SparseFile>;
  readonly anomalies: readonly Anomaly[];
  readonly anomalyCounts: ReadonlyMap<AnomalyCode, number>;
}

/** Bytes that an index takes in memory: its columns are views of the one file it was decoded from. */
export function bytesOfIndex(index: LayerIndex): number {
  return index.count === 0 ? 0 : index.columns.node.buffer.byteLength;
}

/** Reads an optional column: zero where it is not kept. */
export function at(column: Uint32Array, row: number): number {
  return column.length === 0 ? 0 : column[row];
}

/** Returns the bytes of a file that are in its layer: without holes. */
export function storedSizeAt(index: LayerIndex, row: number): number {
  return index.sparse.get(row)?.storedSize ?? index.columns.size[row];
}

/** Returns the entry at `row`: a view whose fields read the columns. */
export function entryAt(index: LayerIndex, row: number): Entry {
  return new RowEntry(index, row);
}

/** Yields all entries in archive order. */
export function* entriesOf(index: LayerIndex): Generator<Entry> {
  for (let row = 0; row < index.count; row++) yield new RowEntry(index, row);
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

/** What a row of an index says of a file whatever it is looked at as: reading a field reads a column. */
export class RowStatus {
  constructor(
    protected readonly index: LayerIndex,
    readonly row: number,
  ) {}

  get uid(): number {
    return this.index.columns.uid[this.row];
  }
  get gid(): number {
    return this.index.columns.gid[this.row];
  }
  get size(): number {
    return this.index.columns.size[this.row];
  }
  get mtime(): bigint {
    return mtimeAt(this.index, this.row);
  }
  get deviceMajor(): number {
    return at(this.index.columns.deviceMajor, this.row);
  }
  get deviceMinor(): number {
    return at(this.index.columns.deviceMinor, this.row);
  }
  get xattrs(): ReadonlyMap<string, Uint8Array> {
    return xattrsAt(this.index, this.row);
  }
  get content(): Digest | undefined {
    return contentAt(this.index, this.row);
  }
  get dataDigest(): string | undefined {
    return this.index.sparse.get(this.row)?.dataDigest;
  }
}

class RowEntry extends RowStatus implements Entry {
  get path(): string {
    return nodePath(this.index.paths, this.index.columns.node[this.row]);
  }
  get kind(): EntryKind {
    return ENTRY_KINDS[this.index.columns.kind[this.row]];
  }
  get mode(): number {
    return this.index.columns.mode[this.row];
  }
  get storedSize(): number {
    return storedSizeAt(this.index, this.row);
  }
  get link(): string {
    return linkAt(this.index, this.row);
  }
  get headerOffset(): number {
    return this.index.columns.headerBlock[this.row] * 512;
  }
  get dataOffset(): number {
    return this.index.columns.dataBlock[this.row] * 512;
  }
}

/** Nanoseconds since 1970. */
function mtimeAt(index: LayerIndex, row: number): bigint {
  const { mtimeSeconds, mtimeNanoseconds } = index.columns;
  return BigInt(mtimeSeconds[row]) * 1_000_000_000n + BigInt(at(mtimeNanoseconds, row));
}

/** Link text as a name, '' when the row is no link. */
export function linkAt(index: LayerIndex, row: number): string {
  const link = at(index.columns.link, row);
  if (link === 0) return '';
  const start = link === 1 ? 0 : index.linkEnd[link - 2];
  return decodeName(index.linkBytes.subarray(start, index.linkEnd[link - 1]));
}

function xattrsAt(index: LayerIndex, row: number): ReadonlyMap<string, Uint8Array> {
  const set = at(index.columns.xattrs, row);
  return set === 0 ? NO_XATTRS : index.xattrSets[set - 1];
}

/** Digest of a file's logical content, undefined for other kinds and where none was made. */
export function contentAt(index: LayerIndex, row: number): Digest | undefined {
  const { content, kind, size } = index.columns;
  if (kind[row] !== KIND.file) return undefined;
  const digest = content[row];
  if (digest === 0) return size[row] === 0 ? EMPTY_CONTENT : undefined;
  return digestFromBytes(index.digests.subarray((digest - 1) * 32, digest * 32));
}
