import { readContents } from '../../layers/read/content.js';
import { FACET } from '../../layers/union/facets.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import type { OpenContainer } from '../container/open-container.js';
import { upperContent } from '../upper/upper-content.js';
import type { UpperEntry } from '../upper/upper-entry.js';
import type { ContainerChange } from './container-change.js';

/** A change, with the contents of its regular files where it is one of content. */
export interface ChangedContents {
  readonly change: ContainerChange;
  /** Undefined where there is no regular file, or the change is not one of content. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** What is said of the contents: they are here, they are too large, or they are the same. */
  readonly contents: 'read' | 'too-large' | 'same';
}

export interface ContentsOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Files of more bytes are not read. */
  readonly maxBytes: number;
}

/** Bytes of contents held at once. */
const BATCH = 64 * 1024 * 1024;

/**
 * Yields changes that were found by `changesOf`, in its order, with the contents they are about. What the snapshot has is
 * verified by its digest, layer by layer in batches. Throws E_COMMIT when the container changed meanwhile,
 * E_LAYER_UNAVAILABLE, E_UNREADABLE.
 */
export async function* changedContents(
  container: Pick<OpenContainer, 'image' | 'union' | 'upper'>,
  changes: readonly ContainerChange[],
  options: ContentsOptions,
): AsyncGenerator<ChangedContents> {
  const entries = container.upper[Symbol.iterator]();
  let batch: Taken[] = [];
  let held = 0;
  try {
    for (const change of changes) {
      const taken = take(change, entries, options.maxBytes);
      batch.push(taken);
      held += taken.contents === 'read' ? (taken.after?.length ?? 0) + sizeOf(change.before) : 0;
      if (held < BATCH && batch.length < 10_000) continue;
      yield* withBefore(container, batch, options);
      batch = [];
      held = 0;
    }
  } finally {
    entries.return?.();
  }
  yield* withBefore(container, batch, options);
}

type Taken = Omit<ChangedContents, 'before'>;

function take(change: ContainerChange, entries: Iterator<UpperEntry>, maxBytes: number): Taken {
  const { before, after, facets, kind } = change;
  const isAbout = kind !== 'modified' || (facets & (FACET.content | FACET.kind)) !== 0;
  const sizes = [sizeOf(before), after?.kind === 'file' ? after.size : 0];
  const isFile = before?.kind === 'file' || after?.kind === 'file';
  if (!isAbout || !isFile) return { change, after: undefined, contents: 'same' };
  if (Math.max(...sizes) > maxBytes) return { change, after: undefined, contents: 'too-large' };
  if (after?.kind !== 'file') return { change, after: undefined, contents: 'read' };
  // An entry can be opened only while the walk stands at it.
  for (let next = entries.next(); next.done !== true; next = entries.next())
    if (next.value.path === after.path)
      return { change, after: Buffer.concat([...upperContent(next.value)]), contents: 'read' };
  return fail('E_COMMIT', `reading the container's ${after.path}: it changed meanwhile`, {
    hint: 'pause the container first',
  });
}

async function* withBefore(
  { image, union }: Pick<OpenContainer, 'image' | 'union'>,
  batch: readonly Taken[],
  { limits, signal }: ContentsOptions,
): AsyncGenerator<ChangedContents> {
  const wanted = new Map<number, Set<number>>();
  for (const { change, contents } of batch) {
    const { before } = change;
    if (contents !== 'read' || before?.kind !== 'file' || before.inode === undefined) continue;
    const rows = wanted.get(before.inode.layer) ?? new Set<number>();
    wanted.set(before.inode.layer, rows.add(before.inode.row));
  }
  const read = new Map<string, Uint8Array>();
  for (const [layer, rows] of wanted)
    await readContents(
      image.layers[layer - 1],
      union.layers[layer - 1],
      [...rows].sort((a, b) => a - b),
      async (row, content) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of content) chunks.push(Buffer.from(chunk));
        read.set(`${String(layer)} ${String(row)}`, Buffer.concat(chunks));
      },
      { limits, signal },
    );
  for (const taken of batch) {
    const inode = taken.contents === 'read' ? taken.change.before?.inode : undefined;
    const before = inode && read.get(`${String(inode.layer)} ${String(inode.row)}`);
    yield { ...taken, before };
  }
}

function sizeOf(file: SnapshotFile | undefined): number {
  return file?.kind === 'file' ? file.size : 0;
}
