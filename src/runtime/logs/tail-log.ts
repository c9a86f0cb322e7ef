import type { FileHandle } from 'node:fs/promises';
import { type LogEntry, parseLogEntry } from './log-entry.js';
import { LINE_MAX } from './log-lines.js';

/** Where the last lines of a log begin: entries of a stream count from its own offset on. */
export interface TailStart {
  /** Where to begin to read. */
  readonly offset: number;
  readonly stdout: number;
  readonly stderr: number;
}

const CHUNK = 64 * 1024;
/** Bytes that are looked through for the beginning of a line whose end is among the last ones. */
const MOST_BACK = 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * Returns where the last `count` lines of the first `size` bytes of a log begin, reading it from its end and no more of it
 * than that takes. A line of the container may be of several entries, those of the other stream between them; one that has no
 * end yet counts.
 */
export async function findTail(file: FileHandle, size: number, count: number): Promise<TailStart> {
  const start = { offset: size, stdout: size, stderr: size };
  const state = { stdout: 'none', stderr: 'none' } as Record<LogEntry['stream'], 'none' | 'open' | 'before'>;
  let lines = 0;
  let reached: number | undefined;
  for await (const { offset, line } of linesBackward(file, size)) {
    if (lines >= count) reached ??= offset;
    if (reached !== undefined && state.stdout !== 'open' && state.stderr !== 'open') break;
    if (reached !== undefined && reached - offset > MOST_BACK) break;
    const entry = parseLogEntry(line);
    if (entry === undefined) continue;
    const { stream } = entry;
    if (!entry.partial || state[stream] === 'none') {
      // The end of a line, and of the one that comes behind it here the beginning is known.
      state[stream] = lines < count && state[stream] !== 'before' ? 'open' : 'before';
      if (state[stream] === 'before') continue;
      lines++;
    }
    if (state[stream] === 'open') start.offset = start[stream] = offset;
  }
  return start;
}

/** Goes over the whole lines of a file from its end. */
async function* linesBackward(
  file: FileHandle,
  size: number,
): AsyncGenerator<{ readonly offset: number; readonly line: Uint8Array }> {
  /** What was read and not given: it begins at `at`, in the middle of a line maybe. */
  let held: Buffer = Buffer.alloc(0);
  let at = size;
  let first = true;
  while (at > 0) {
    const length = Math.min(CHUNK, at);
    const chunk = Buffer.alloc(length);
    const { bytesRead } = await file.read(chunk, 0, length, at - length);
    if (bytesRead < length) return;
    at -= length;
    // Damage: what no line can be is left out, up to the line feed before it.
    held = Buffer.concat([chunk, held.length > LINE_MAX ? Buffer.alloc(0) : held]);
    for (let end = held.length; end > 0;) {
      const feed = held.lastIndexOf(LINE_FEED, end - 1);
      if (feed < 0) {
        held = held.subarray(0, end);
        break;
      }
      const line = held.subarray(feed + 1, end);
      // Behind the last line feed there is none yet.
      if (!first) yield { offset: at + feed + 1, line };
      first = false;
      end = feed;
      held = held.subarray(0, feed);
    }
  }
  if (!first && held.length > 0) yield { offset: 0, line: held };
}
