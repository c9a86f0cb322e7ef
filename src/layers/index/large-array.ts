import { MessageChannel, type MessagePort } from 'node:worker_threads';

export type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;
type Maker<T> = (new (length: number) => T) & { readonly BYTES_PER_ELEMENT: number };

/** Less than this is worth no care. */
const SMALL = 4 * 1024 * 1024;
/**
 * The same of an array that grows again and again, whose former selves lie in a heap of the thread that keeps what was freed.
 * Below it is four times as long at once, so that they are few.
 */
const SMALL_GROWN = 1024 * 1024;
/**
 * More than this is a mapping of its own, of which only pages that were written take memory, and which `free` gives back
 * to the kernel; less may come from a heap that keeps it (mallopt(3), M_MMAP_THRESHOLD of at most 32 MiB).
 */
const MAPPED = 33 * 1024 * 1024;

/**
 * Returns an array of zeros with that length; a large one is longer, which costs no memory until it is written there, or
 * just as long where there is no address space for that (`ulimit -v`). Throws RangeError when there is not even that much.
 */
export function roomyArray<T extends NumberArray>(Type: Maker<T>, length: number, small = SMALL): T {
  const roomy = MAPPED / Type.BYTES_PER_ELEMENT;
  if (length * Type.BYTES_PER_ELEMENT < small || length >= roomy) return new Type(length);
  try {
    return new Type(roomy);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Type(length);
  }
}

/** Returns an array of at least that length, so much longer that few more are needed, that begins with what is in `old`. */
export function grown<T extends NumberArray>(old: T, least = 0): T {
  const length = Math.ceil(old.length * (old.byteLength < SMALL_GROWN ? 4 : 1.6));
  return enlarged(old, Math.max(length, least), SMALL_GROWN);
}

/** Returns an array of at least that length that begins with what is in `old`. */
export function enlarged<T extends NumberArray>(old: T, length: number, small?: number): T {
  // A typed array is made by its own constructor, of which TypeScript knows only that it is a function.
  const larger = roomyArray(old.constructor as Maker<T>, length, small);
  larger.set(old);
  return larger;
}

let nowhere: MessagePort | undefined;

/** Bytes in use. V8 checks every access to every array for having been released once one was, so it must be worth that. */
const WORTH_RELEASING = 2 * 1024 * 1024;

/**
 * Gives the memory of the arrays that are large back at once; they, and all views on the same memory, have length 0
 * afterwards. The collector sees only a small object in a large array, and lets tens of megabytes wait for it.
 */
export function release(...arrays: readonly NumberArray[]): void {
  const buffers = arrays
    .filter(({ byteLength }) => byteLength >= WORTH_RELEASING)
    .map(({ buffer }) => buffer);
  if (buffers.length === 0) return;
  nowhere ??= closedPort();
  // What is moved to a closed port is freed (HTML, message ports; Node does the same).
  nowhere.postMessage(undefined, buffers as ArrayBuffer[]);
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}
