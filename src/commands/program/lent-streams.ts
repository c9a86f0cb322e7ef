import type { Streams } from '../../runtime/foreground.js';
import type { TerminalStreams } from '../../tui/screen/lend.js';
import { makeRaw } from './raw-mode.js';

/**
 * Returns a terminal that was lent as the streams of a container with a terminal of its own: every key is the container's
 * until `restore`, after which it can be lent or read again. The container is left when the signal aborts.
 */
export function lentStreams(
  { input, output }: TerminalStreams,
  signal: AbortSignal,
  detachKeys: Uint8Array,
): Streams & { readonly restore: () => void } {
  const keys = keysOf(input);
  const cook = makeRaw(input);
  return {
    input: keys.bytes,
    detachKeys,
    onOutput: (_stream, bytes) =>
      new Promise((resolve, reject) => {
        output.write(bytes, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    size: () =>
      output.rows === undefined || output.columns === undefined
        ? undefined
        : { rows: output.rows, columns: output.columns },
    onResize(changed) {
      output.on('resize', changed);
      return () => output.off('resize', changed);
    },
    onLeave(leave) {
      signal.addEventListener('abort', leave);
      return () => {
        signal.removeEventListener('abort', leave);
      };
    },
    forwardSignals: () => () => undefined,
    restore() {
      keys.end();
      cook();
    },
  };
}

/** Iterating a stream of the process ends it for good; this only stops listening. */
function keysOf(input: NodeJS.ReadableStream): {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly end: () => void;
} {
  const waiting: Uint8Array[] = [];
  let ended = false;
  let wake = (): void => undefined;
  const onData = (bytes: Uint8Array | string): void => {
    waiting.push(Buffer.from(bytes));
    wake();
  };
  async function* read(): AsyncGenerator<Uint8Array> {
    while (!ended) {
      const bytes = waiting.shift();
      if (bytes !== undefined) yield bytes;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  input.on('data', onData);
  input.resume();
  return {
    bytes: read(),
    end() {
      if (ended) return;
      ended = true;
      input.off('data', onData);
      input.pause();
      wake();
    },
  };
}
