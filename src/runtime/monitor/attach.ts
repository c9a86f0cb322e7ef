import { close, closeSync, constants, openSync, read, write, writeSync } from 'node:fs';
import { connectPackets, endBoth, endWriting } from '../sys/socket.js';

/** A connection to the standard streams of a container that conmon watches over. */
export interface Attachment {
  /** Sends bytes to the container's standard input; resolves when it has room for more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Ends the container's standard input. */
  readonly end: () => void;
  /** Resolves when the container has closed its streams, or {@link Attachment.detach} was called. */
  readonly ended: Promise<void>;
  readonly detach: () => void;
}

/** conmon's packets: one byte that tells the stream, and up to so many of it. */
const PACKET = 8192 + 1;
const STDOUT = 2;

/**
 * Connects to the container of a bundle; nothing that it writes afterwards is missed. `onOutput` may return a promise: no
 * more is read before it is resolved. Throws SystemCallError.
 */
export function attach(
  bundle: string,
  onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void | Promise<void>,
): Attachment {
  const descriptor = connectInside(bundle);
  let open = true;
  const shut = (): void => {
    if (!open) return;
    open = false;
    // Wakes the read that is under way.
    try {
      endBoth(descriptor);
    } catch {
      // The other side was faster.
    }
  };
  const ended = pump(descriptor, onOutput).finally(() => {
    open = false;
    close(descriptor, () => undefined);
  });
  // Whoever takes the output may be gone before anybody waits for its end.
  ended.catch(() => undefined);
  return {
    async write(bytes) {
      // A packet larger than conmon's buffer would be cut.
      for (let at = 0; open && at < bytes.length; at += PACKET - 1)
        await writePacket(descriptor, bytes.subarray(at, at + PACKET - 1));
    },
    end() {
      if (open) endWriting(descriptor);
    },
    ended,
    detach: shut,
  };
}

/** Through the folder's descriptor: a socket's whole path is longer than its address has room for. */
function connectInside(bundle: string): number {
  const folder = openSync(bundle, 'r');
  try {
    return connectPackets(`/proc/self/fd/${String(folder)}/attach`);
  } finally {
    closeSync(folder);
  }
}

async function pump(
  descriptor: number,
  onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  for (;;) {
    const packet = await nextPacket(descriptor);
    if (packet === undefined) return;
    await onOutput(packet[0] === STDOUT ? 'stdout' : 'stderr', packet.subarray(1));
  }
}

/** Tells the terminal of a container its size, through conmon's control pipe; does nothing when conmon has ended. */
export function resize(control: string, rows: number, columns: number): void {
  let descriptor: number;
  try {
    // Opening a pipe that nobody reads would wait for a reader, and with it the whole process.
    descriptor = openSync(control, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENXIO' || code === 'ENOENT') return;
    throw thrown;
  }
  try {
    writeSync(descriptor, `1 ${String(rows)} ${String(columns)}\n`);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'EAGAIN') throw thrown;
  } finally {
    closeSync(descriptor);
  }
}

/** Not in this thread: the container may want its output read before it reads on. */
function writePacket(descriptor: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, null, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Returns the next packet in a buffer of its own, or undefined at the end. */
function nextPacket(descriptor: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(PACKET);
    read(descriptor, buffer, 0, PACKET, null, (error, length) => {
      if (error !== null && error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
      else resolve(error !== null || length === 0 ? undefined : buffer.subarray(0, length));
    });
  });
}
