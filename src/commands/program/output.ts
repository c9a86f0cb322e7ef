import type { Writable } from 'node:stream';

/** Characters gathered before a write: one system call per 64 KiB instead of one per line. */
const CHUNK = 65_536;

/** Standard output. Whatever is written arrives in order; every write waits while the reader is slower. */
export interface Output {
  /** Takes text or bytes; resolves when there is room for more. Rejects when the stream broke (EPIPE, ENOSPC). */
  write(part: string | Uint8Array): Promise<void>;
  /** Writes each line with its line feed. Iterates only as fast as the reader reads. */
  lines(lines: Iterable<string> | AsyncIterable<string>): Promise<void>;
  /** Writes each part as it is. */
  parts(parts: Iterable<string> | AsyncIterable<string>): Promise<void>;
  /** Resolves when everything written was handed to the system. */
  flush(): Promise<void>;
  /** Forgets what was taken but not handed to the system yet. */
  discard(): void;
  /** Whether anything was handed to the system. */
  readonly started: boolean;
}

/** Returns the output over a stream. `beforeWrite` is called before anything appears (to take the progress line away). */
export function createOutput(stream: Writable, beforeWrite: () => void = () => undefined): Output {
  let buffer = '';
  let started = false;

  const send = (chunk: string | Uint8Array): Promise<void> => {
    started = true;
    beforeWrite();
    return new Promise((resolve, reject) => {
      stream.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  };
  const drainBuffer = async (): Promise<void> => {
    const chunk = buffer;
    buffer = '';
    if (chunk !== '') await send(chunk);
  };
  const each = async (items: Iterable<string> | AsyncIterable<string>, end: string): Promise<void> => {
    // A plain loop where it can be: awaiting each of 250,000 lines costs more than making them.
    if (Symbol.iterator in items) {
      for (const item of items) {
        buffer += item + end;
        if (buffer.length >= CHUNK) await drainBuffer();
      }
      return;
    }
    for await (const item of items) {
      buffer += item + end;
      if (buffer.length >= CHUNK) await drainBuffer();
    }
  };
  return {
    get started() {
      return started;
    },
    async write(part) {
      if (typeof part === 'string') {
        buffer += part;
        if (buffer.length >= CHUNK) await drainBuffer();
        return;
      }
      await drainBuffer();
      if (part.length > 0) await send(part);
    },
    lines: (items) => each(items, '\n'),
    parts: (items) => each(items, ''),
    flush: drainBuffer,
    discard() {
      buffer = '';
    },
  };
}
