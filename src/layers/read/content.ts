import { createBreather, failWhenAborted } from '../../io/breathe.js';
import type { Store } from '../../store/store.js';
import { fail } from '../../model/error.js';
import type { Layer } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import { checked } from './checked-content.js';
import type { ContentVerifier } from './content-verifier.js';
import { openBelow } from './host-file.js';
import { contentAt, entryAt, type LayerIndex } from '../index/layer-index.js';
import { failRead } from './changed-content.js';
import { createForwardReader } from './forward-reader.js';
import { openKnown } from './known-file.js';

export interface ContentOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** `skip` gives of a sparse file only the bytes of its fragments, for a reader that knows where they belong. */
  readonly holes?: 'skip';
  /** Verifies contents beside this thread; nothing is to be taken for good before it has settled. */
  readonly verifier?: ContentVerifier | undefined;
  /** Told how many bytes from the beginning of a layer's plain tar on have been read or gone over. */
  readonly onPosition?: ((position: number) => void) | undefined;
  /** Contents are not digested again in a layer whose file it knows to be unchanged since the whole was. */
  readonly store?: Store | undefined;
  /** The open file of the layer, which the caller knows to be what was indexed, and looks at again when all is read. */
  readonly known?: number | undefined;
}

/** What going from one file to the next costs, in bytes that could be hashed meanwhile. */
const FILE_COST = 1024;

/** The logical content of one file, in order; a chunk is valid until the next one is asked for. */
export type Content = AsyncIterable<Uint8Array>;

/**
 * Reads the contents of the files at `rows` (ascending, files only) in one pass over the layer: `visit` gets each in
 * turn and may stop reading early. When it resolves, every content read to its end has the digest of the index; else it
 * rejects with E_DIGEST_MISMATCH. Throws E_LAYER_UNAVAILABLE when the layer's bytes are not here.
 */
export async function readContents(
  layer: Pick<Layer, 'content' | 'position'>,
  index: LayerIndex,
  rows: Iterable<number>,
  visit: (row: number, content: Content) => Promise<void>,
  options: ContentOptions,
): Promise<void> {
  const { content } = layer;
  if (content.kind === 'absent')
    fail(
      'E_LAYER_UNAVAILABLE',
      `reading a file of layer ${String(layer.position)}: the layer is ${content.why}`,
      {
        hint: 'only the manifest names it; its bytes are not in this image file',
      },
    );
  if (content.kind === 'directory') {
    for (const row of rows)
      await visit(
        row,
        checked(index, row, hostFile(content.path, entryAt(index, row).path, options), options.verifier),
      );
    return;
  }
  const { store, signal } = options;
  const known =
    store === undefined || options.known !== undefined
      ? undefined
      : await openKnown(store, content, index.diffID, signal);
  const descriptor = options.known ?? known?.descriptor;
  const breathe = createBreather(options.signal);
  const reader = createForwardReader(content, options, descriptor);
  try {
    for (const row of rows) {
      const { dataOffset, storedSize } = entryAt(index, row);
      await reader.skipTo(dataOffset);
      const stored = reader.take(storedSize);
      await visit(
        row,
        descriptor === undefined
          ? checkedContent(index, row, stored, options)
          : knownContent(index, row, stored, options),
      );
      await breathe(FILE_COST);
    }
    if ((await known?.isSame()) === false) failRead(`layer ${String(layer.position)}`);
  } finally {
    await reader.close();
    await known?.close();
  }
}

/** Reads one file to the end. Throws E_LIMIT when it is larger than `limit` bytes. */
export async function readWhole(
  layer: Layer,
  index: LayerIndex,
  row: number,
  limit: number,
  options: ContentOptions,
): Promise<Uint8Array> {
  const { size, path } = entryAt(index, row);
  if (size > limit)
    fail('E_LIMIT', `reading ${path}: ${String(size)} bytes, over the limit of ${String(limit)}`);
  const bytes = new Uint8Array(size);
  let used = 0;
  const copy = async (_row: number, content: Content): Promise<void> => {
    for await (const chunk of content) {
      bytes.set(chunk, used);
      used += chunk.length;
    }
  };
  await readContents(layer, index, [row], copy, options);
  return bytes;
}

/** Returns the content of a file of a tar from its stored bytes, verified where a digest is known. */
function checkedContent(index: LayerIndex, row: number, stored: Content, options: ContentOptions): Content {
  if (!index.sparse.has(row)) return checked(index, row, stored, options.verifier);
  if (options.holes !== 'skip') return checked(index, row, expanded(index, row, stored, options));
  // Without a digest nothing would be gained by making zeros, of which there may be many terabytes.
  return contentAt(index, row) === undefined
    ? stored
    : withoutHoles(checked(index, row, expanded(index, row, stored, options)));
}

/** Returns the content of a file of a tar that is known from its stored bytes. */
function knownContent(index: LayerIndex, row: number, stored: Content, options: ContentOptions): Content {
  return options.holes === 'skip' || !index.sparse.has(row) ? stored : expanded(index, row, stored, options);
}

async function* withoutHoles(content: Content): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) if (chunk.buffer !== ZEROS.buffer) yield chunk;
}

const ZEROS = new Uint8Array(256 * 1024);

/** Fills the holes of a sparse file. */
async function* expanded(
  index: LayerIndex,
  row: number,
  stored: Content,
  { signal }: ContentOptions,
): AsyncGenerator<Uint8Array> {
  const sparse = index.sparse.get(row);
  if (sparse === undefined) {
    yield* stored;
    return;
  }
  const { fragments } = sparse;
  const breathe = createBreather(signal);
  async function* zeros(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; left -= ZEROS.length) {
      yield left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS;
      await breathe(ZEROS.length);
    }
  }
  let position = 0;
  let fragment = 0;
  for await (const chunk of stored) {
    for (let used = 0; used < chunk.length;) {
      while (fragment < fragments.length && position >= fragments[fragment] + fragments[fragment + 1])
        fragment += 2;
      if (fragment >= fragments.length) break;
      yield* zeros(fragments[fragment] - position);
      position = Math.max(position, fragments[fragment]);
      const part = Math.min(chunk.length - used, fragments[fragment] + fragments[fragment + 1] - position);
      yield chunk.subarray(used, used + part);
      position += part;
      used += part;
    }
  }
  yield* zeros(index.columns.size[row] - position);
}

async function* hostFile(root: string, path: string, options: ContentOptions): AsyncGenerator<Uint8Array> {
  const handle = await openBelow(root, path);
  try {
    const buffer = Buffer.allocUnsafeSlow(256 * 1024);
    for (let position = 0; ;) {
      failWhenAborted(options.signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
