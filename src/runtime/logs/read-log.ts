import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StrataError } from '../../model/error.js';
import { isAbsent } from '../../store/failure.js';
import { type LogEntry, parseLogEntry } from './log-entry.js';
import { createLineSplitter } from './log-lines.js';
import { findTail } from './tail-log.js';

export interface ReadLogOptions {
  /** Entries from this moment on, in nanoseconds since 1970. */
  readonly since: bigint | undefined;
  /** Entries up to this moment. */
  readonly until: bigint | undefined;
  /** Only so many of the last lines; undefined for all. */
  readonly tail: number | undefined;
  /** Asked at the end of the log whether more may come; undefined: nothing is waited for. */
  readonly goesOn?: (() => Promise<boolean>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CHUNK = 64 * 1024;
/** Milliseconds between two looks at a log that may grow. */
const PAUSE = 100;

/**
 * Goes over the entries of a log as conmon writes it, in their order, in constant memory; lines that are none are left
 * out, and a log that is not there has none. One that became shorter is read again from its beginning, and one that another
 * has taken the place of, as conmon and logrotate(8) do, to its end and then that other. Throws E_UNREADABLE.
 */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<LogEntry> {
  const opened = await openLog(path, options);
  if (opened === undefined) return;
  let file = opened;
  try {
    const { size } = await file.stat();
    const start =
      options.tail === undefined
        ? { offset: 0, stdout: 0, stderr: 0 }
        : await findTail(file, size, options.tail);
    let at = start.offset;
    let splitter = createLineSplitter(at);
    const wanted = { stdout: start.stdout, stderr: start.stderr };
    // A follower takes what comes; without one the log ends where it did at the beginning.
    const end = options.goesOn === undefined ? size : Infinity;
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, end - at), at);
      if (bytesRead === 0) {
        if (at >= end || options.goesOn === undefined) return;
        // Asked first: what is written before the answer is still read.
        const more = await options.goesOn();
        const now = (await file.stat()).size;
        const renewed = now === at ? await openRenewed(path, file, at) : undefined;
        if (renewed !== undefined) {
          await file.close();
          file = renewed;
        }
        if (now < at || renewed !== undefined) {
          at = wanted.stdout = wanted.stderr = 0;
          splitter = createLineSplitter(0);
        } else if (now === at) {
          if (!more) return;
          await sleep(PAUSE, undefined, { signal: options.signal });
        }
        continue;
      }
      at += bytesRead;
      for (const { offset, line } of splitter.push(buffer.subarray(0, bytesRead))) {
        const entry = parseLogEntry(line);
        if (entry === undefined || offset < wanted[entry.stream]) continue;
        if (options.since !== undefined && entry.time < options.since) continue;
        // Times go forward but for changes of the clock.
        if (options.until !== undefined && entry.time > options.until) {
          if (options.goesOn !== undefined) return;
          continue;
        }
        yield entry;
      }
    }
  } catch (thrown) {
    if (thrown instanceof StrataError || options.signal?.aborted === true) throw thrown;
    throw new StrataError('E_UNREADABLE', `reading the log ${path}`, { cause: thrown });
  } finally {
    await file.close();
  }
}

/** Returns the log that has taken the place of this one, which was read up to `at`; undefined when none has. */
async function openRenewed(path: string, file: FileHandle, at: number): Promise<FileHandle | undefined> {
  const now = await stat(path).catch(() => undefined);
  // Whoever has put another there writes no more to the old one.
  const old = await file.stat();
  if (now === undefined || (now.ino === old.ino && now.dev === old.dev) || old.size !== at) return undefined;
  return open(path, 'r').catch(() => undefined);
}

/** A container that was never started has no log yet. */
async function openLog(path: string, { goesOn, signal }: ReadLogOptions): Promise<FileHandle | undefined> {
  for (;;)
    try {
      return await open(path, 'r');
    } catch (thrown) {
      if (!isAbsent(thrown))
        throw new StrataError('E_UNREADABLE', `reading the log ${path}`, { cause: thrown });
      if (goesOn === undefined || !(await goesOn())) return undefined;
      await sleep(PAUSE, undefined, { signal });
    }
}
