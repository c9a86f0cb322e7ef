import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { ByteRange } from '../../model/byte-range.js';
import { fail } from '../../model/error.js';
import { createTarReader } from './read.js';
import type { TarEnd, TarHandler, TarReaderOptions } from './reader.js';

/** Bytes read at once: a header, and with it the next ones when the members between are small. */
const WINDOW = 16 * 1024;

/** Reads between two turns of the event loop, so that a signal or a progress line need not wait for the end. */
const READS_PER_TURN = 512;

/**
 * Reads the headers of the plain tar in `range` and seeks over the contents, so that an archive of many GB costs a few
 * reads per member. Calls `handler.member` as {@link createTarReader} does, with offsets counted from the range's
 * beginning. Throws what the reader throws, and E_UNREADABLE.
 */
export async function scanTar(
  range: ByteRange,
  handler: Pick<TarHandler, 'member'>,
  options: TarReaderOptions,
): Promise<TarEnd> {
  const reader = createTarReader(
    { member: (member) => handler.member(member), data: ignore, memberEnd: ignore },
    options,
  );
  const file = attempt(range.path, () => openSync(range.path, 'r'));
  try {
    // What is skipped is not read, so only the size of the file tells whether it is there.
    const status = fstatSync(file);
    const length = status.isFile()
      ? Math.min(range.length, Math.max(0, status.size - range.offset))
      : range.length;
    const window = new Uint8Array(Math.min(WINDOW, Math.max(1, length)));
    let position = 0;
    for (let reads = 1; position < length; reads++) {
      const wanted = Math.min(window.length, length - position);
      const from = range.offset + position;
      const count = attempt(range.path, () => readSync(file, window, 0, wanted, from));
      if (count === 0) break;
      reader.push(window.subarray(0, count));
      position += count;
      const skipped = Math.min(reader.skippable(), length - position);
      reader.skip(skipped);
      position += skipped;
      if (reads % READS_PER_TURN === 0) await setImmediate();
    }
    const end = reader.end();
    if (position < range.length)
      fail('E_TRUNCATED', `reading '${range.path}' at byte ${range.offset + position}: the file ends here`);
    return end;
  } finally {
    closeSync(file);
  }
}

function ignore(): void {
  // Contents are not what a scan is for.
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    return fail(
      'E_UNREADABLE',
      `reading '${path}': ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}
