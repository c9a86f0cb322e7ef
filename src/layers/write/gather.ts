/** Gathers pieces of any size into large ones. */
export interface Gathered {
  /** Takes a copy of the bytes. Resolves, most often at once, when there is room for more. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Writes what is left and resolves with the number of all bytes when everything was taken. */
  end(): Promise<number>;
}

/** One system call per so many bytes costs nothing, and two of these stay in a core's cache. */
const PIECE = 512 * 1024;

/**
 * Returns a writer that fills one buffer while the other one is being written, so that a tar's blocks of 512 bytes do not
 * become a system call each and reading goes on meanwhile. A failed write is thrown by the next call.
 */
export function gather(write: (bytes: Uint8Array) => Promise<void>): Gathered {
  let filling = Buffer.allocUnsafeSlow(PIECE);
  let spare = Buffer.allocUnsafeSlow(PIECE);
  let used = 0;
  let total = 0;
  let writing: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    await writing;
    const piece = filling.subarray(0, used);
    [filling, spare] = [spare, filling];
    used = 0;
    writing = write(piece);
    // Awaited later; until then its failure must not count as unhandled.
    writing.catch(() => undefined);
  };
  const writeLarge = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.length;) {
      const part = bytes.subarray(done, done + PIECE - used);
      filling.set(part, used);
      used += part.length;
      done += part.length;
      if (used === PIECE) await flush();
    }
  };
  return {
    write(bytes) {
      total += bytes.length;
      if (used + bytes.length >= PIECE) return writeLarge(bytes);
      filling.set(bytes, used);
      used += bytes.length;
      return undefined;
    },
    async end() {
      await flush();
      await writing;
      return total;
    },
  };
}
