/** Reads a stream of chunks by bytes, for formats whose parts do not end where chunks do. */
export interface ByteReader {
  /** Bytes consumed so far. */
  readonly position: number;
  /** The next bytes, as many as lie ready, not consumed: what can be done with them needs no waiting. */
  readonly ready: Uint8Array;
  /** Returns at least `count` next bytes without consuming them; fewer only when the stream ends before. */
  peek(count: number): Promise<Uint8Array>;
  /** Consumes `count` bytes, buffered or not; returns how many there were. */
  skip(count: number): Promise<number>;
  /** Consumes and returns exactly `count` bytes without copying them; undefined when fewer lie ready. */
  take(count: number): Uint8Array | undefined;
  /** Consumes and returns the next bytes, as many as lie ready, without copying them; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Puts the last `bytes` of what {@link next} returned back in front. */
  unread(bytes: Uint8Array): void;
}

/**
 * Returns a reader of `source`. Each byte is copied at most once for every {@link ByteReader.peek} that it straddles
 * chunks in, so that a stream of one-byte chunks still costs linear time.
 */
export function createByteReader(source: AsyncIterator<Uint8Array>): ByteReader {
  let head: Uint8Array = new Uint8Array(0);
  let position = 0;
  let ended = false;

  async function pull(): Promise<Uint8Array | undefined> {
    while (!ended) {
      const step = await source.next();
      if (step.done === true) ended = true;
      else if (step.value.length > 0) return step.value;
    }
    return undefined;
  }

  async function gather(count: number): Promise<void> {
    const parts = [head];
    let length = head.length;
    while (length < count) {
      const chunk = await pull();
      if (chunk === undefined) break;
      parts.push(chunk);
      length += chunk.length;
    }
    if (parts.length > 1) head = Buffer.concat(parts, length);
  }

  return {
    get position() {
      return position;
    },
    get ready() {
      return head;
    },
    async peek(count) {
      if (head.length < count) await gather(count);
      return head;
    },
    async skip(count) {
      let left = count;
      while (left > 0) {
        if (head.length === 0) {
          const chunk = await pull();
          if (chunk === undefined) break;
          head = chunk;
        }
        const taken = Math.min(left, head.length);
        head = head.subarray(taken);
        left -= taken;
      }
      position += count - left;
      return count - left;
    },
    take(count) {
      if (head.length < count) return undefined;
      const taken = head.subarray(0, count);
      head = head.subarray(count);
      position += count;
      return taken;
    },
    async next() {
      const bytes = head.length > 0 ? head : await pull();
      if (bytes === undefined) return undefined;
      head = new Uint8Array(0);
      position += bytes.length;
      return bytes;
    },
    unread(bytes) {
      head = head.length === 0 ? bytes : Buffer.concat([bytes, head]);
      position -= bytes.length;
    },
  };
}
