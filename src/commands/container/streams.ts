import { constants } from 'node:os';
import { monotonic } from '../../io/monotonic.js';
import type { Streams } from '../../runtime/foreground.js';
import { isBrokenPipe } from '../program/failure.js';
import { makeRaw } from '../program/raw-mode.js';

/** Signals that a user sends to a program, and a program in a container may want. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;

/** Signals that end this process and not a container with a terminal of its own, as docker has it. */
const LEAVING = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

/** After so many interrupts, each so soon after the other, a user wants to know why nothing happens. */
const IMPATIENT = 3;
const IN_A_ROW = 2000;

/**
 * The code to end with when nobody reads what the program writes: how it would have ended nobody knows. As a shell says of a
 * program that a pipe without a reader ended, and podman too; docker's 1 could be the program's own.
 */
const UNREAD = 128 + constants.signals.SIGPIPE;

/**
 * Returns this process's own streams for a container. With `terminal` every key is the container's (raw mode), until
 * {@link ProcessStreams.restore}.
 */
export interface ProcessStreams extends Streams {
  readonly restore: () => void;
  /** The code to end with when a signal has made us leave. */
  readonly leftWith: () => number;
}

export interface StreamOptions {
  /** The container has a terminal of its own. */
  readonly terminal: boolean;
  readonly stdin: boolean;
  /** Pass signals on, unless the container has a terminal. */
  readonly proxy: boolean;
  /** Sends a signal, by its number, to the container. */
  readonly signal: (number: number) => Promise<void>;
  /** Called once, when the program goes on in spite of several interrupts. */
  readonly onIgnored?: () => void;
  readonly detachKeys: Uint8Array;
}

export function processStreams(options: StreamOptions): ProcessStreams {
  const { stdin, stdout, stderr } = process;
  const raw = options.terminal && options.stdin && stdin.isTTY;
  let cook = (): void => undefined;
  const restore = (): void => {
    cook();
  };
  // The shell that has stopped and continued us has set the terminal for itself.
  const again = (): void => {
    restore();
    cook = makeRaw(stdin);
    stdout.emit('resize');
  };
  let leftWith = 0;
  if (raw) {
    process.once('exit', restore);
    cook = makeRaw(stdin);
    process.on('SIGCONT', again);
  }
  return {
    input: options.stdin ? stdin : undefined,
    detachKeys: options.terminal ? options.detachKeys : new Uint8Array(),
    onOutput: (stream, bytes) =>
      new Promise((resolve, reject) => {
        (stream === 'stdout' ? stdout : stderr).write(bytes, (error) => {
          if (!error) {
            resolve();
            return;
          }
          if (isBrokenPipe(error)) process.exitCode = UNREAD;
          reject(error);
        });
      }),
    size: () => (stdout.isTTY ? { rows: stdout.rows, columns: stdout.columns } : undefined),
    onResize(changed) {
      stdout.on('resize', changed);
      return () => stdout.off('resize', changed);
    },
    onLeave(leave) {
      if (options.proxy && !options.terminal) return () => undefined;
      return listen(LEAVING, (name) => {
        leftWith = 128 + constants.signals[name];
        leave();
      });
    },
    forwardSignals() {
      // On a terminal of its own the container gets them from that.
      if (!options.proxy || options.terminal) return () => undefined;
      let interrupts = 0;
      let last = -Infinity;
      return listen(FORWARDED, (name) => {
        if (name === 'SIGINT') {
          // One that handles them gets them as often as it is used.
          interrupts = monotonic() - last < IN_A_ROW ? interrupts + 1 : 1;
          last = monotonic();
          if (interrupts === IMPATIENT) options.onIgnored?.();
        }
        // It may have just ended.
        options.signal(constants.signals[name]).catch(() => undefined);
      });
    },
    restore() {
      restore();
      process.off('exit', restore);
      process.off('SIGCONT', again);
      // A read of the terminal that is under way would keep the process.
      stdin.destroy();
    },
    leftWith: () => leftWith,
  };
}

function listen<T extends NodeJS.Signals>(names: readonly T[], on: (name: T) => void): () => void {
  const listeners = names.map((name) => {
    const listener = (): void => {
      on(name);
    };
    process.on(name, listener);
    return { name, listener };
  });
  return () => {
    for (const { name, listener } of listeners) process.off(name, listener);
  };
}

/** Says that a container goes on without us. */
export function sayDetached(say: (words: string) => void, name: string): void {
  endLine();
  say(`detached from ${name}, which runs on: strata attach ${name}`);
}

/** Says how a container is ended that does not mind Ctrl-C. */
export function sayIgnored(say: (words: string) => void, name: string): void {
  endLine();
  say(`${name} goes on in spite of Ctrl-C; to end it, in another terminal: strata kill ${name}`);
}

/** Says that a program that was begun in a container goes on without us. */
export function sayExecDetached(say: (words: string) => void, name: string): void {
  endLine();
  say(`detached: the program runs on in ${name}`);
}

/** The program's last line has seldom an end. */
function endLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\n');
}
