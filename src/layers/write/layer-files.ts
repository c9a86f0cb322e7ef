import { createBreather } from '../../io/breathe.js';
import type { Layer } from '../../model/image.js';
import { entryAt, type LayerIndex, RowStatus, type SparseFile, storedSizeAt } from '../index/layer-index.js';
import { type Content, type ContentOptions, readContents } from '../read/content.js';
import { createTarWindow } from '../read/tar-window.js';
import { createAnchor } from './host-anchor.js';
import type { HostPath } from './host-write.js';

/** What making one file costs besides its bytes, in the breather's measure: some hundred files between two breaths. */
export const COST_OF_A_FILE = 16 * 1024;

/** Regular files of one layer, each under one name. */
export interface LayerFiles {
  readonly layer: Pick<Layer, 'content' | 'position'>;
  readonly index: LayerIndex;
  /** Rows of the index, ascending, each once. */
  readonly rows: readonly number[];
  /** Of each its path in the image. */
  readonly paths: readonly string[];
  /** The open file of the layer where that is known to be what was indexed; else each content is verified. */
  readonly known?: number | undefined;
}

/** Where files go: what of their paths follows the first `above` characters is below `root`, an absolute path. */
export interface FilesPlace {
  readonly root: string;
  readonly above: number;
}

/** Makes files, one after the other. */
export interface FileMaker<Made> {
  /** Makes one at a path that is free. */
  readonly begin: (file: RegularFile, at: HostPath, sparse: SparseFile | undefined) => FileWriter;
  /** What is to be known of all that were made. */
  readonly made: () => Made;
}

/** A file that is being made. */
export interface FileWriter {
  /** Takes the next bytes of its content; those of a sparse file come without its holes. */
  readonly write: (bytes: Uint8Array) => void;
  /** Gives it all that it has besides, once its content is whole. */
  readonly finish: () => void;
  /** To be called in any case. */
  readonly close: () => void;
}

/** A regular file of a layer under the name it gets. */
export class RegularFile extends RowStatus {
  readonly kind = 'file';

  constructor(
    index: LayerIndex,
    row: number,
    /** In the image. */
    readonly path: string,
  ) {
    super(index, row);
  }

  /** Lower twelve bits. */
  get mode(): number {
    return this.index.columns.mode[this.row];
  }
}

/**
 * Makes files of a layer in one pass over it, in directories that are there. Throws what the maker and {@link readContents}
 * throw.
 */
export async function makeFiles<Made>(
  { layer, index, rows, paths, known }: LayerFiles,
  { root, above }: FilesPlace,
  { begin, made }: FileMaker<Made>,
  options: ContentOptions,
): Promise<Made> {
  const anchor = createAnchor(root);
  const breathe = createBreather(options.signal);
  let next = 0;
  const beginNext = (row: number): FileWriter => {
    const file = new RegularFile(index, row, paths[next++]);
    return begin(file, anchor.at(file.path.slice(above)), index.sparse.get(row));
  };
  const { content } = layer;
  try {
    if (known !== undefined && content.kind === 'blob' && content.compression === 'none') {
      const window = createTarWindow(known, content.range);
      for (const row of rows) {
        const { dataOffset, storedSize } = entryAt(index, row);
        const writer = beginNext(row);
        try {
          for (let done = 0; done < storedSize;) {
            const chunk = window.read(dataOffset + done, storedSize - done);
            writer.write(chunk);
            done += chunk.length;
            const pause = breathe(chunk.length);
            if (pause !== undefined) await pause;
          }
          writer.finish();
        } finally {
          writer.close();
        }
        // Most files are small: one that waited for nothing would still cost a turn.
        const pause = breathe(COST_OF_A_FILE);
        if (pause !== undefined) await pause;
      }
    } else {
      const visit = async (row: number, stored: Content): Promise<void> => {
        const writer = beginNext(row);
        try {
          for await (const chunk of stored) writer.write(chunk);
          writer.finish();
        } finally {
          writer.close();
        }
        await breathe(COST_OF_A_FILE);
      };
      await readContents(layer, index, rows, visit, { ...options, holes: 'skip', known });
    }
    return made();
  } finally {
    anchor.close();
  }
}

/** Returns what making the files costs, in the breather's measure. */
export function costOf({ index, rows }: Pick<LayerFiles, 'index' | 'rows'>): number {
  let cost = 0;
  for (const row of rows) cost += COST_OF_A_FILE + storedSizeAt(index, row);
  return cost;
}

/** Whether several can read it at once: it is not compressed. */
export function divides({ content }: Pick<Layer, 'content'>): boolean {
  return content.kind === 'blob' && content.compression === 'none';
}

/** Rows of a layer and the paths of their files. */
export type FilesPart = Pick<LayerFiles, 'rows' | 'paths'>;

/** Returns the files in at most `most` parts of like cost where each can be read by itself, else as one. */
export function inParts({ layer, index, rows, paths }: LayerFiles, most: number): readonly FilesPart[] {
  if (!divides(layer)) return [{ rows, paths }];
  const share = Math.max(costOf({ index, rows }) / most, LEAST_PART);
  const parts: FilesPart[] = [];
  let from = 0;
  let cost = 0;
  for (const [i, row] of rows.entries()) {
    cost += COST_OF_A_FILE + storedSizeAt(index, row);
    if (cost < share && i + 1 < rows.length) continue;
    parts.push({ rows: rows.slice(from, i + 1), paths: paths.slice(from, i + 1) });
    from = i + 1;
    cost = 0;
  }
  return parts;
}

/** Less than this is not worth a part of its own. */
const LEAST_PART = 16 * 1024 * 1024;
