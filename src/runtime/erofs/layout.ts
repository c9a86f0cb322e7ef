import { encodeName } from '../../model/name.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { chunksOf } from './chunks.js';
import { type ErofsDevice, type ExpandedFile, HOME } from './devices.js';
import { directoryBytes } from './directory.js';
import { ADDRESS_BYTES, BLOCK, blocksOf, DATA, inodeBytes, SLOT } from './format.js';
import type { SnapshotInodes } from './inodes.js';
import type { XattrArea } from './xattr-area.js';

/** Where everything of each inode goes. */
export interface Layout {
  /** Offset of each inode from the first. */
  readonly offset: Float64Array;
  readonly size: Float64Array;
  /** Of {@link DATA}. */
  readonly form: Uint8Array;
  /** Of {@link HOME}. */
  readonly home: Int32Array;
  /** First block of its data, counted within its home. */
  readonly block: Float64Array;
  /** Places of its extended attributes. */
  readonly xattrs: readonly (readonly number[])[];
  readonly inodeBytes: number;
  /** Of the image's own data: directories and long symlinks. */
  readonly dataBlocks: number;
  readonly devices: readonly ErofsDevice[];
}

/** Tables of chunks may take so many bytes together; they grow with the size of a file, not with what is stored of it. */
const MOST_CHUNK_BYTES = 64 * 1024 * 1024;
/** Holes of most file systems begin at a multiple of this. */
const EXPANDED_ALIGNMENT = 4096;

/** Gives every inode of the snapshot its place; only layers that some file's content is in become devices. */
export function layOut(union: Union, inodes: SnapshotInodes, xattrs: XattrArea): Layout {
  const { count } = inodes;
  const offset = new Float64Array(count);
  const size = new Float64Array(count);
  const form = new Uint8Array(count);
  const home = new Int32Array(count);
  const block = new Float64Array(count);
  const places: (readonly number[])[] = [];
  const used = new Set<number>();
  const expanded: ExpandedFile[] = [];
  let expandedBytes = 0;
  let chunkBytes = 0;
  let dataBlocks = 0;
  let end = 0;

  const inImage = (inode: number): void => {
    block[inode] = dataBlocks;
    dataBlocks += blocksOf(size[inode]);
  };

  /** Returns the bytes that belong behind the inode. */
  const placeFile = (inode: number, file: SnapshotFile): number => {
    if (file.inode === undefined || file.size === 0) return 0;
    const { layer, row } = file.inode;
    const index = union.layers[layer - 1];
    const sparse = index.sparse.get(row);
    const chunks = sparse === undefined ? undefined : chunksOf(sparse.fragments, file.size);
    const table = (chunks?.count ?? 0) * ADDRESS_BYTES;
    if (sparse !== undefined && (chunks === undefined || chunkBytes + table > MOST_CHUNK_BYTES)) {
      home[inode] = HOME.sparse;
      block[inode] = expandedBytes / BLOCK;
      expanded.push({ layer, row, offset: expandedBytes });
      expandedBytes += Math.ceil(file.size / EXPANDED_ALIGNMENT) * EXPANDED_ALIGNMENT;
      return 0;
    }
    home[inode] = layer;
    block[inode] = index.columns.dataBlock[row];
    used.add(layer);
    if (chunks !== undefined) form[inode] = DATA.chunks;
    chunkBytes += table;
    return table;
  };

  for (let inode = 0; inode < count; inode++) {
    const file = inodes.file(inode);
    places.push(xattrs.placesOf(file));
    let length = inodeBytes(places[inode].length);
    if (file.kind === 'directory') {
      size[inode] = directoryBytes(union, inodes.node[inode], inodes.ofNode);
      inImage(inode);
    } else if (file.kind === 'file') {
      size[inode] = file.size;
      length += placeFile(inode, file);
    } else if (file.kind === 'symlink') {
      size[inode] = encodeName(file.link).length;
      if (length + size[inode] <= BLOCK) {
        form[inode] = DATA.inline;
        length += size[inode];
        // Inline data must be in the block that its inode ends in.
        if ((end % BLOCK) + length > BLOCK) end = blocksOf(end) * BLOCK;
      } else inImage(inode);
    }
    offset[inode] = end;
    end += Math.ceil(length / SLOT) * SLOT;
  }

  const devices: ErofsDevice[] = [...used]
    .sort((a, b) => a - b)
    .map((layer) => ({ kind: 'layer', layer, bytes: union.layers[layer - 1].plainBytes }));
  if (expanded.length > 0) devices.push({ kind: 'sparse', bytes: expandedBytes, files: expanded });
  return { offset, size, form, home, block, xattrs: places, inodeBytes: end, dataBlocks, devices };
}
