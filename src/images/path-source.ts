import { constants, openSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { failWhenAborted } from '../io/breathe.js';
import { decompress } from '../io/codec/decompress.js';
import { SNIFF_BYTES, sniffCompression } from '../io/codec/sniff.js';
import { bounded } from '../io/limit.js';
import { readRange } from '../io/read.js';
import { spool, type SpooledFile } from '../io/spool.js';
import type { ByteRange } from '../model/byte-range.js';
import { fail } from '../model/error.js';
import type { Compression } from '../model/image.js';
import type { Reference } from '../model/reference.js';
import { createDirectory } from '../store/atomic.js';
import { type Archive, type ArchiveKind, failNotTar, readArchive, requireTar } from './archive.js';
import type { OpenContext } from './context.js';
import { directorySource } from './directory-source.js';
import { failFile } from './failure.js';
import { readHead } from './files.js';
import { rootfsTar } from './rootfs.js';
import { nothingToClose, type OpenOptions, single, type Source } from './source.js';

/**
 * Returns what a path or standard input holds as a source. A seekable file is read in place; anything else, and what is
 * compressed as a whole, is spooled first and given back on `close`.
 */
export async function pathSource(
  reference: Reference,
  options: OpenOptions,
  context: OpenContext,
): Promise<Source> {
  const { target, transport } = reference;
  if (target !== '-') {
    const stats = await statPath(target);
    if (stats.isDirectory()) return directorySource(reference, options, context);
    if (transport === 'oci' || transport === 'dir')
      fail('E_NOT_AN_IMAGE', `opening '${reference.text}': '${target}' is not a directory`, {
        hint: `for an archive write oci-archive:${target} or docker-archive:${target}`,
      });
    if (stats.isFile())
      return fileSource(
        { path: target, offset: 0, length: stats.size },
        reference,
        options,
        context,
        nothingToClose,
      );
    if (!stats.isFIFO() && !stats.isSocket())
      fail('E_NOT_AN_IMAGE', `opening '${target}': it is a device, not an image`);
  } else if (transport === 'oci' || transport === 'dir')
    fail('E_USAGE', `opening '${reference.text}': standard input is not a directory`, {
      hint: 'write - alone',
    });
  const input = target === '-' ? options.stdin : readPipe(target, options.signal);
  if (input === undefined) return fail('E_USAGE', `opening '${reference.text}': there is no standard input`);
  const spooled = await keep(input, options);
  return guard(spooled, () => fileSource(spooled.range, reference, options, context, () => spooled.close()));
}

/**
 * What a compressed archive may expand to however small it is, in bytes. Less than a layer may: this is written down, and
 * most of an archive are layers, often compressed themselves.
 */
const SPOOLED_ALLOWANCE = 1024 ** 3;

/** Spools into a directory that nobody may have needed before. */
async function keep(
  input: AsyncIterable<Uint8Array | string>,
  { spoolDir, signal }: OpenOptions,
): Promise<SpooledFile> {
  // Where it cannot be made, nothing can be spooled either, which has an error of its own.
  await createDirectory(spoolDir, false).catch(() => undefined);
  return spool(input, spoolDir, { signal });
}

/**
 * Yields what is written into a named pipe, from its first writer on. Opened by a stream of files it would be waited for
 * by a thread of the pool, which no signal reaches and without which the process does not end.
 */
async function* readPipe(target: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    const descriptor = openSync(target, constants.O_RDONLY | constants.O_NONBLOCK);
    yield* new Socket({
      fd: descriptor,
      readable: true,
      writable: false,
      signal,
    }) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    failWhenAborted(signal);
    failFile(`reading '${target}'`, thrown);
  }
}

async function statPath(target: string): Promise<Stats> {
  try {
    return await stat(target);
  } catch (thrown) {
    return failFile(`opening '${target}'`, thrown);
  }
}

/** Closes what was spooled when the work fails. */
async function guard<T>(spooled: SpooledFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    await spooled.close();
    throw thrown;
  }
}

async function fileSource(
  range: ByteRange,
  reference: Reference,
  options: OpenOptions,
  context: OpenContext,
  close: () => Promise<void>,
): Promise<Source> {
  const { target, transport, selector } = reference;
  if (transport === 'rootfs') {
    const label = `rootfs:${target}`;
    return { ...single(label, () => rootfsTar(range, label, context)), close };
  }
  const compression = sniffCompression(readHead(range, SNIFF_BYTES));
  const kind: ArchiveKind | undefined =
    transport === 'docker-archive' || transport === 'oci-archive' ? transport : undefined;
  const sourceOf = (archive: Archive, closeAll: () => Promise<void>): Source => {
    if (kind === undefined) options.log?.(`reading ${archive.label}`);
    return {
      open: () => archive.open(selector),
      list: () => archive.list(),
      all: () => archive.all(selector),
      close: closeAll,
    };
  };
  if (compression !== 'gzip' && compression !== 'zstd')
    return sourceOf(await readArchive(range, target, kind, context), close);
  const spooled = await keep(plainArchive(range, target, compression, options, context), options);
  await close();
  return guard(spooled, async () =>
    sourceOf(await readArchive(spooled.range, target, kind, context), () => spooled.close()),
  );
}

/** Yields the plain bytes of a compressed archive; what turns out to be no tar is refused at its first bytes. */
function plainArchive(
  range: ByteRange,
  target: string,
  compression: Compression,
  options: OpenOptions,
  context: OpenContext,
): AsyncIterable<Uint8Array> {
  const { limits, anomalies } = context;
  const what = `'${target}'`;
  const stored = readRange(range, { signal: options.signal });
  const plain = decompress(stored, compression, { limits, anomalies, what });
  return requireTar(
    bounded(plain, { limits, anomalies, storedBytes: range.length, what, allowance: SPOOLED_ALLOWANCE }),
    (head) => failNotTar(head, target, compression),
  );
}
