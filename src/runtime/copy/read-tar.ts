import { decompress } from '../../io/codec/decompress.js';
import { requireSupported, SNIFF_BYTES, sniffCompression } from '../../io/codec/sniff.js';
import { createTarReader } from '../../io/tar/read.js';
import { type AnomalyLog, createAnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import { decodeName } from '../../model/name.js';
import type { TarMember } from '../../model/tar-member.js';
import type { CopyEntry, CopySink, Piece } from './copy-entry.js';

type Event =
  | { readonly kind: 'member'; readonly entry: CopyEntry | undefined }
  | { readonly kind: 'data'; readonly piece: Piece }
  | { readonly kind: 'end' };

export interface ReadTarOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Hands the members of a tar, plain or compressed, to `sink` in their order; the directories that it does not name are
 * made as they are needed. Throws E_TAR, E_TRUNCATED, E_LIMIT, E_COMPRESSION, E_UNSAFE_PATH for a name with `..`, and what
 * the sink throws.
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  sink: CopySink,
  options: ReadTarOptions,
): Promise<void> {
  const events = eventsOf(source, options);
  const known = new Set<string>(['']);
  try {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.kind !== 'member') continue;
      const { entry } = next.value;
      // The root is where the tar goes.
      if (entry === undefined || entry.path === '') continue;
      for (const above of directoriesAbove(entry.path))
        if (!known.has(above)) {
          known.add(above);
          await sink.take(impliedDirectory(above, entry));
        }
      if (entry.kind === 'directory') known.add(entry.path);
      const pieces = piecesOf(events);
      await sink.take(entry, pieces);
      // What nobody took.
      while ((await pieces.next()).done !== true);
    }
  } finally {
    await events.return(undefined);
  }
}

async function* piecesOf(events: AsyncGenerator<Event, void>): AsyncGenerator<Piece, void> {
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    if (next.value.kind === 'end') return;
    if (next.value.kind === 'data') yield next.value.piece;
  }
}

async function* eventsOf(
  source: AsyncIterable<Uint8Array>,
  { limits, signal }: ReadTarOptions,
): AsyncGenerator<Event, void> {
  let events: Event[] = [];
  let fragments: readonly number[] | undefined;
  let stored = 0;
  const anomalies = createAnomalyLog();
  const reader = createTarReader(
    {
      member(member) {
        fragments = member.sparse;
        stored = 0;
        events.push({ kind: 'member', entry: entryOf(member) });
      },
      data(chunk) {
        for (const piece of placed(chunk, stored, fragments)) events.push({ kind: 'data', piece });
        stored += chunk.length;
      },
      memberEnd() {
        events.push({ kind: 'end' });
      },
    },
    { limits, anomalies },
  );
  for await (const chunk of plain(source, limits, anomalies)) {
    signal?.throwIfAborted();
    reader.push(chunk);
    const now = events;
    events = [];
    yield* now;
  }
  reader.end();
  yield* events;
}

/** Where in the file the stored bytes belong: `fragments` are pairs offset, length. */
function* placed(
  chunk: Uint8Array,
  stored: number,
  fragments: readonly number[] | undefined,
): Generator<Piece> {
  if (fragments === undefined) {
    yield { offset: stored, bytes: chunk };
    return;
  }
  let begin = 0;
  for (let i = 0; i < fragments.length; i += 2) {
    const [offset, length] = [fragments[i], fragments[i + 1]];
    const from = Math.max(begin, stored);
    const to = Math.min(begin + length, stored + chunk.length);
    if (from < to) yield { offset: offset + from - begin, bytes: chunk.subarray(from - stored, to - stored) };
    begin += length;
  }
}

async function* plain(
  source: AsyncIterable<Uint8Array>,
  limits: Limits,
  anomalies: AnomalyLog,
): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < SNIFF_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  if (head.length === 0) fail('E_TRUNCATED', 'reading the tar: it is empty');
  const compression = requireSupported(sniffCompression(head), 'the tar');
  const whole = (async function* (): AsyncGenerator<Uint8Array, void> {
    yield head;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  })();
  if (compression === 'none') yield* whole;
  else yield* decompress(whole, compression, { limits, anomalies, what: 'the tar' });
}

/** Undefined for what names nothing. */
function entryOf(member: TarMember): CopyEntry | undefined {
  const path = cleaned(decodeName(member.name));
  const { kind, mode, uid, gid, size, deviceMajor, deviceMinor } = member;
  const link = decodeName(member.linkName);
  return {
    path,
    kind,
    mode,
    uid,
    gid,
    size,
    mtime: BigInt(member.mtimeSeconds) * 1_000_000_000n + BigInt(member.mtimeNanoseconds),
    link: kind === 'hardlink' ? cleaned(link) : kind === 'symlink' ? link : '',
    deviceMajor,
    deviceMinor,
    xattrs: new Map([...(member.xattrs ?? [])].filter(([name]) => !name.startsWith('trusted.'))),
  };
}

function cleaned(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) fail('E_UNSAFE_PATH', `reading the tar: ${name} leads upward`);
  return parts.join('/');
}

function* directoriesAbove(path: string): Generator<string> {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    yield path.slice(0, slash);
}

function impliedDirectory(path: string, { uid, gid, mtime }: CopyEntry): CopyEntry {
  const none = { size: 0, link: '', deviceMajor: 0, deviceMinor: 0, xattrs: new Map<string, Uint8Array>() };
  return { ...none, path, kind: 'directory', mode: 0o755, uid, gid, mtime, implied: true };
}
