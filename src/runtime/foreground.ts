import { existsSync } from 'node:fs';
import { monotonic } from '../io/monotonic.js';
import { fail, StrataError } from '../model/error.js';
import { type ExitWatch, watchExit } from './container/exit-watch.js';
import { readExit } from './container/exit.js';
import type { ContainerFolder } from './container/folder.js';
import type { ContainerRecord } from './container/record.js';
import { type Attachment, attach, resize } from './monitor/attach.js';
import { feed } from './monitor/feed.js';
import { monitorPid } from './monitor/monitor-process.js';
import type { Store } from '../store/store.js';

/** The user's side of a container's standard streams. */
export interface Streams {
  /** Bytes of standard input; undefined when the container gets none. */
  readonly input: AsyncIterable<Uint8Array> | undefined;
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void | Promise<void>;
  /** Rows and columns of the user's terminal, now. */
  readonly size: () => { readonly rows: number; readonly columns: number } | undefined;
  /** Calls back when those change, until the returned function is called. */
  readonly onResize: (changed: () => void) => () => void;
  /** Calls `leave` when this process is to end but the container is not, until the returned function is called. */
  readonly onLeave: (leave: () => void) => () => void;
  /** Passes signals on to the container until the returned function is called. */
  readonly forwardSignals: () => () => void;
  /** Keys that leave the container running; empty for none. */
  readonly detachKeys: Uint8Array;
}

/** How a container ended, or that the user has left it running. */
export type RunEnd =
  | { readonly kind: 'exited'; readonly status: number }
  /** `typed`: by the detach keys; else because this process was asked to end. */
  | { readonly kind: 'detached'; readonly typed: boolean };

/** The user's streams on a container; signals are passed on from the beginning. */
export interface Session {
  /** Passes everything on; resolves when the container has ended, or was left. To be called once. Throws E_ENGINE. */
  readonly end: () => Promise<RunEnd>;
  /** Lets go of the container. */
  readonly close: () => void;
}

/** Milliseconds in which the exit status is there after the streams have ended. */
const PATIENCE = 30_000;

/** Milliseconds between two looks for it, should nobody say that it is there. */
const LOOK = 20;

/** Milliseconds after which the terminal has its true size again, should conmon have been slow. */
const REDRAWN = [50, 300, 1500];

/**
 * Connects the user's streams with a container that was created, or with `redraw` one that runs: nothing that it writes
 * from then on is missed. Throws E_ENGINE when nobody watches over it.
 */
export function connect(
  store: Store,
  { folder, record }: { readonly folder: ContainerFolder; readonly record: ContainerRecord },
  streams: Streams,
  redraw = false,
): Session {
  const watch = watchExit(folder);
  let attachment: Attachment;
  try {
    attachment = attach(folder.bundle, streams.onOutput);
  } catch (thrown) {
    watch.close();
    throw new StrataError(
      'E_ENGINE',
      `attaching to container ${record.name}: nobody watches over it (${thrown instanceof Error ? thrown.message : ''})`,
      { hint: `end it: strata stop ${record.name}`, cause: thrown },
    );
  }
  const fit = (more = 0): void => {
    const size = streams.size();
    if (record.terminal && size !== undefined) resize(folder.control, size.rows + more, size.columns);
  };
  const timers: NodeJS.Timeout[] = [];
  if (redraw) {
    // A program draws itself anew when its terminal has another size; of two that come at once conmon sees the first.
    fit(1);
    for (const after of REDRAWN)
      timers.push(
        setTimeout(() => {
          fit();
        }, after),
      );
  } else fit();
  let leave: (end: RunEnd) => void = () => undefined;
  const left = new Promise<RunEnd>((resolve) => (leave = resolve));
  // From now on: who sees the container's first word may send a signal at once.
  const stops = [
    streams.onResize(() => {
      fit();
    }),
    streams.forwardSignals(),
    streams.onLeave(() => {
      leave({ kind: 'detached', typed: false });
      // At once: a process that ends waits for whoever reads.
      close();
    }),
  ];
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const stop of stops) stop();
    for (const timer of timers) clearTimeout(timer);
    watch.close();
    attachment.detach();
  };
  return {
    async end() {
      if (streams.input !== undefined)
        void feed(attachment, streams.input, streams.detachKeys).then((detached) => {
          if (detached) leave({ kind: 'detached', typed: true });
        });
      try {
        return await Promise.race([
          left,
          attachment.ended.then(async (): Promise<RunEnd> =>
            closed
              ? { kind: 'detached', typed: false }
              : { kind: 'exited', status: await exitStatus(store, folder, watch) },
          ),
        ]);
      } finally {
        close();
      }
    },
    close,
  };
}

/** Returns the exit status that conmon wrote, as soon as it is there; that of SIGKILL when somebody removed the container. */
async function exitStatus(store: Store, folder: ContainerFolder, watch: ExitWatch): Promise<number> {
  for (const begun = monotonic(); monotonic() - begun < PATIENCE;) {
    const seen = watch.status();
    if (seen !== undefined) return seen;
    // Before the status is looked for: it is written before the container is removed, and before conmon ends.
    const kept = existsSync(folder.record);
    const watched = (await monitorPid(folder)) !== undefined;
    const status =
      watch.status() ?? (existsSync(folder.exited) ? (await readExit(store, folder))?.status : undefined);
    if (status !== undefined) return status;
    if (!kept) return 137;
    if (!watched) break;
    await watch.change(LOOK);
  }
  return fail('E_ENGINE', 'waiting for the container to end: conmon left no exit status', {
    hint: 'strata ps --all says whether it runs',
  });
}
