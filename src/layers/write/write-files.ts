import { tarPadding } from '../../io/tar/write.js';
import type { Layer } from '../../model/image.js';
import { type Content, type ContentOptions, readContents } from '../read/content.js';
import type { Gathered } from './gather.js';
import type { NamesByInode } from './names-by-inode.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import type { Union } from '../union/union.js';

export interface FileSink {
  readonly out: Gathered;
  /** Writes the header of a file, or of a hard link to one that came before. */
  readonly header: (file: SnapshotFile, first?: SnapshotFile) => Promise<void>;
  /** Told of the bytes of content. */
  readonly onBytes: (count: number) => void;
}

/** Returns the bytes of all contents; of hard links once. */
export function contentSize(byLayer: NamesByInode): number {
  let bytes = 0;
  for (const [, rows] of byLayer) for (const [first] of rows.values()) bytes += first.size;
  return bytes;
}

/**
 * Writes the members of files, each layer read once, a hard link behind the first of its names. Throws what
 * {@link readContents} throws.
 */
export async function writeFiles(
  union: Union,
  layers: readonly Layer[],
  byLayer: NamesByInode,
  { out, header, onBytes }: FileSink,
  options: ContentOptions,
): Promise<void> {
  for (const [position, rows] of byLayer) {
    const visit = async (row: number, content: Content): Promise<void> => {
      const [first, ...others] = rows.get(row) ?? [];
      await header(first);
      if (first.size > 0)
        for await (const chunk of content) {
          await out.write(chunk);
          onBytes(chunk.length);
        }
      await out.write(tarPadding(first.size));
      for (const other of others) await header(other, first);
    };
    await readContents(layers[position - 1], union.layers[position - 1], rows.keys(), visit, options);
  }
}
