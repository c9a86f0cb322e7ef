import type { Content } from '../../layers/read/content.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { fail } from '../../model/error.js';
import { KIND_NAMES } from '../../report/kind.js';
import type { Context } from '../program/context.js';
import { layerAt, type OpenedSnapshot } from '../image/open.js';

/** A file whose content can be read. */
export interface Readable {
  readonly file: SnapshotFile;
  readonly layer: number;
  readonly row: number;
}

/** Returns where the content of a file is. Throws E_NOT_A_FILE for everything that has none. */
export function readable(file: SnapshotFile, doing: string): Readable {
  const { inode, kind, path } = file;
  if (kind !== 'file' || inode === undefined)
    return fail('E_NOT_A_FILE', `${doing} ${path}: it is a ${KIND_NAMES[kind]}`, {
      ...(kind === 'directory' ? { hint: 'strata ls and strata tree show what is in it' } : {}),
    });
  return { file, layer: inode.layer, row: inode.row };
}

/**
 * Reads the contents of the files in the given order; neighbours that lie one behind the other in the same layer are
 * read in one pass over it. `visit` may stop early.
 */
export async function readFiles<T extends Readable>(
  context: Context,
  { image, layers }: OpenedSnapshot,
  files: readonly T[],
  visit: (file: T, content: Content) => Promise<void>,
): Promise<void> {
  const { readContents } = await import('../../layers/read/content.js');
  for (let start = 0; start < files.length;) {
    let end = start + 1;
    while (end < files.length && follows(files[end - 1], files[end])) end++;
    const run = files.slice(start, end);
    const position = run[0].layer;
    let next = 0;
    await readContents(
      layerAt(image.layers, position),
      layerAt(layers, position).index,
      run.map(({ row }) => row),
      (_row, content) => visit(run[next++], content),
      { limits: context.limits, signal: context.signal, store: await context.store() },
    );
    start = end;
  }
}

function follows(before: Readable, after: Readable): boolean {
  return before.layer === after.layer && before.row < after.row;
}

/** Returns the first bytes of a file, at most `most`. */
export async function readHead(
  context: Context,
  opened: OpenedSnapshot,
  file: Readable,
  most: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await readFiles(context, opened, [file], async (_file, content) => {
    for await (const chunk of firstBytes(content, most)) chunks.push(Buffer.from(chunk));
  });
  return Buffer.concat(chunks);
}

/** Passes on the first `most` bytes and reads no further. */
export async function* firstBytes(content: Content, most: number): AsyncGenerator<Uint8Array> {
  let left = most;
  if (left === 0) return;
  for await (const chunk of content) {
    yield chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= chunk.length;
    if (left <= 0) return;
  }
}
