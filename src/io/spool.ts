import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { ByteRange } from '../model/byte-range.js';
import { fail } from '../model/error.js';
import { createBreather } from './breathe.js';
import { systemReason } from './system-error.js';

/** A stream that was written down in order to be read at any offset. */
export interface SpooledFile {
  /** All its bytes; valid in every thread of this process until it is closed. */
  readonly range: ByteRange;
  /** Gives the space back. Again: nothing. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  /** Bytes at most; without it the disk is the limit. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes `source` to a new file in `dir` that only its owner may read and that has no name any more before the first
 * byte is written, so that whatever ends the process leaves nothing behind; reading it goes through /proc/self/fd. Throws
 * E_DISK_FULL, E_UNWRITABLE, E_LIMIT, E_INTERRUPTED and what the source throws; nothing is kept then.
 */
export async function spool(
  source: AsyncIterable<Uint8Array | string>,
  dir: string,
  { limit, signal }: SpoolOptions = {},
): Promise<SpooledFile> {
  const breathe = createBreather(signal);
  const descriptor = createNameless(dir);
  let length = 0;
  try {
    for await (const item of source) {
      const chunk = typeof item === 'string' ? Buffer.from(item) : item;
      if (limit !== undefined && length + chunk.length > limit)
        fail('E_LIMIT', `keeping the input in '${dir}': it has more than ${limit} bytes`);
      writeWhole(descriptor, chunk, dir);
      length += chunk.length;
      await breathe(chunk.length);
    }
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
  let open = true;
  return {
    range: { path: `/proc/self/fd/${descriptor}`, offset: 0, length },
    close() {
      if (open) closeSync(descriptor);
      open = false;
      return Promise.resolve();
    },
  };
}

function createNameless(dir: string): number {
  const name = path.join(dir, `.strata-spool-${randomUUID()}`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  try {
    const descriptor = openSync(name, flags, 0o600);
    unlinkSync(name);
    return descriptor;
  } catch (thrown) {
    return failWriting(dir, thrown);
  }
}

function writeWhole(descriptor: number, chunk: Uint8Array, dir: string): void {
  try {
    for (let written = 0; written < chunk.length;)
      written += writeSync(descriptor, chunk, written, chunk.length - written);
  } catch (thrown) {
    failWriting(dir, thrown);
  }
}

function failWriting(dir: string, cause: unknown): never {
  const { code, reason } = systemReason(cause);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return fail(full ? 'E_DISK_FULL' : 'E_UNWRITABLE', `keeping the input in '${dir}': ${reason}`, {
    cause,
    hint: full ? 'free some space there' : 'it must be a directory that you may write to',
  });
}
