import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../model/error.js';
import type { ContainerFolder } from './container/folder.js';
import type { CreatedContainer } from './create.js';
import { type EngineHandle, startContainer } from './engine/engine.js';
import { type Attachment, attach, resize } from './monitor/attach.js';

/** The user's side of a container's standard streams. */
export interface Streams {
  /** Bytes of standard input; undefined when the container gets none. */
  readonly input: AsyncIterable<Uint8Array> | undefined;
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void | Promise<void>;
  /** Rows and columns of the user's terminal, now. */
  readonly size: () => { readonly rows: number; readonly columns: number } | undefined;
  /** Calls back when those change, until the returned function is called. */
  readonly onResize: (changed: () => void) => () => void;
  /** Passes signals on to the process until the returned function is called. */
  readonly forwardSignals: (pid: number) => () => void;
}

/** How a container ended, or that the user has left it running. */
export type RunEnd = { readonly kind: 'exited'; readonly status: number } | { readonly kind: 'detached' };

/** Milliseconds in which the exit status is there after the streams have ended. */
const PATIENCE = 30_000;

/**
 * Starts a created container with the user's streams on it; resolves when it has ended, or when `detachKeys` were typed.
 * Throws E_ENGINE.
 */
export async function runAttached(
  { folder, pid, record }: Pick<CreatedContainer, 'folder' | 'pid' | 'record'>,
  engine: EngineHandle,
  streams: Streams,
): Promise<RunEnd> {
  const attachment = attach(folder.bundle, streams.onOutput);
  const fit = (): void => {
    const size = streams.size();
    if (record.terminal && size !== undefined) resize(folder.control, size.rows, size.columns);
  };
  const stops: (() => void)[] = [];
  try {
    fit();
    await startContainer(engine, record.id);
    stops.push(streams.onResize(fit), streams.forwardSignals(pid));
    if (streams.input !== undefined) void feed(attachment, streams.input);
    await attachment.ended;
    return { kind: 'exited', status: await exitStatus(folder) };
  } finally {
    for (const stop of stops) stop();
    attachment.detach();
  }
}

async function feed(attachment: Attachment, input: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const bytes of input) await attachment.write(bytes);
    attachment.end();
  } catch {
    // The container has closed its side: what it would have read is nobody's.
  }
}

/** Returns the exit status that conmon wrote, as soon as it is there; that of SIGKILL when somebody removed the container. */
async function exitStatus({ exit, record }: ContainerFolder): Promise<number> {
  for (let waited = 0; waited < PATIENCE; waited += 5) {
    const text = await readFile(exit, 'utf8').catch(() => '');
    if (/^-?\d+$/.test(text.trim())) return Number(text) & 0xff;
    if (!existsSync(record)) return 137;
    await sleep(5);
  }
  return fail('E_ENGINE', 'waiting for the container to end: conmon left no exit status');
}
