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

/**
 * Returns what a line of conmon's `k8s-file` format says, without its line feed: `TIME stdout|stderr F|P TEXT` (the CRI
 * logging format of Kubernetes; F ends a line of the container, P does not). Undefined for anything else, as where a crash
 * has cut the log.
 */
export function parseLogEntry(line: Uint8Array): LogEntry | undefined {
  const first = line.indexOf(BLANK);
  const second = first < 0 || first > HEAD ? -1 : line.indexOf(BLANK, first + 1);
  if (second < 0 || second > HEAD) return undefined;
  const third = second + 2;
  // Nothing at all may follow the tag, not even the blank.
  if (line.length > third && line[third] !== BLANK && line[third] !== 0x3a) return undefined;
  const text = line.indexOf(BLANK, third);
  const time = parseLogTime(ascii(line.subarray(0, first)));
  const stream = ascii(line.subarray(first + 1, second));
  const tag = ascii(line.subarray(second + 1, third));
  if (time === undefined || (stream !== 'stdout' && stream !== 'stderr')) return undefined;
  if (tag !== 'F' && tag !== 'P') return undefined;
  return { time, stream, partial: tag === 'P', bytes: text < 0 ? EMPTY : line.subarray(text + 1) };
}

const EMPTY = new Uint8Array(0);

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
