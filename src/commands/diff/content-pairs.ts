import type { Difference } from '../../layers/compare/diff.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { readFiles, type Readable } from '../file/contents.js';
import type { Context } from '../program/context.js';
import type { OpenedSnapshot } from '../image/open.js';
import type { Sides } from './sides.js';

/** The contents of a difference's regular files. */
export interface ContentPair {
  readonly difference: Difference;
  /** Undefined where there is no regular file. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** Set when a side has more bytes than may be read: then neither was. */
  readonly tooLarge: boolean;
}

/** Bytes of contents held at once. Each batch reads the layers that it needs once. */
const BATCH = 64 * 1024 * 1024;

/** Yields the contents of the differences in their order, verified; files of more than `maxBytes` are not read. */
export async function* contentPairs(
  context: Context,
  sides: Pick<Sides, 'before' | 'after'>,
  found: Iterable<Difference>,
  maxBytes: number,
): AsyncGenerator<ContentPair> {
  let batch: Difference[] = [];
  let bytes = 0;
  for (const difference of found) {
    const size = isTooLarge(difference, maxBytes) ? 0 : sizeOf(difference.before) + sizeOf(difference.after);
    if (bytes + size > BATCH && batch.length > 0) {
      yield* readBatch(context, sides, batch, maxBytes);
      batch = [];
      bytes = 0;
    }
    batch.push(difference);
    bytes += size;
  }
  yield* readBatch(context, sides, batch, maxBytes);
}

async function* readBatch(
  context: Context,
  { before, after }: Pick<Sides, 'before' | 'after'>,
  batch: readonly Difference[],
  maxBytes: number,
): AsyncGenerator<ContentPair> {
  const small = batch.filter((difference) => !isTooLarge(difference, maxBytes));
  const old = await readAll(
    context,
    before,
    small.map((difference) => difference.before),
  );
  const now = await readAll(
    context,
    after,
    small.map((difference) => difference.after),
  );
  for (const difference of batch)
    yield {
      difference,
      before: old.get(keyOf(difference.before)),
      after: now.get(keyOf(difference.after)),
      tooLarge: isTooLarge(difference, maxBytes),
    };
}

/** Each entry is read once, in the order of its archive. */
async function readAll(
  context: Context,
  opened: OpenedSnapshot,
  files: readonly (SnapshotFile | undefined)[],
): Promise<Map<string, Uint8Array>> {
  const wanted = new Map<string, Readable>();
  for (const file of files)
    if (file?.kind === 'file' && file.inode !== undefined)
      wanted.set(keyOf(file), { file, layer: file.inode.layer, row: file.inode.row });
  const ordered = [...wanted.values()].sort((a, b) => a.layer - b.layer || a.row - b.row);
  const contents = new Map<string, Uint8Array>();
  await readFiles(context, opened, ordered, async ({ file }, content) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    contents.set(keyOf(file), Buffer.concat(chunks));
  });
  return contents;
}

function keyOf(file: SnapshotFile | undefined): string {
  return file?.inode === undefined ? '' : `${String(file.inode.layer)} ${String(file.inode.row)}`;
}

function sizeOf(file: SnapshotFile | undefined): number {
  return file?.kind === 'file' ? file.size : 0;
}

function isTooLarge({ before, after }: Difference, maxBytes: number): boolean {
  return sizeOf(before) > maxBytes || sizeOf(after) > maxBytes;
}
