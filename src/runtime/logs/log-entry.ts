import { parseLogTime } from './log-time.js';

/** One write of a container as conmon has noted it. */
export interface LogEntry {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly stream: 'stdout' | 'stderr';
  /** The line goes on in a later entry of the stream. */
  readonly partial: boolean;
  /** Without a line feed. */
  readonly bytes: Uint8Array;
}

/** Bytes that come before the text at most: a time, the stream, the tag and three blanks. */
const HEAD = 64;
const BLANK = 0x20;
const COLON = 0x3a;

/**
 * Returns what a line of conmon's `k8s-file` format says, without its line feed: `TIME stdout|stderr F|P TEXT` (the CRI
 * logging format of Kubernetes; F ends a line of the container, P does not). Undefined for anything else, as where a crash
 * has cut the log.
 */
export function parseLogEntry(line: Uint8Array): LogEntry | undefined {
  const head = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, HEAD)).toString('latin1');
  const first = head.indexOf(' ');
  const second = first < 0 ? -1 : head.indexOf(' ', first + 1);
  if (second < 0) return undefined;
  const stream = head.slice(first + 1, second);
  const tag = head[second + 1];
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== 'F' && tag !== 'P')) return undefined;
  const third = second + 2;
  // Nothing at all may follow the tag, not even the blank.
  if (line.length > third && line[third] !== BLANK && line[third] !== COLON) return undefined;
  const time = parseLogTime(head.slice(0, first));
  if (time === undefined) return undefined;
  const text = line.indexOf(BLANK, third);
  return { time, stream, partial: tag === 'P', bytes: text < 0 ? EMPTY : line.subarray(text + 1) };
}

const EMPTY = new Uint8Array(0);
