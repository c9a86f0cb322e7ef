import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../../io/monotonic.js';
import { fail, StrataError } from '../../model/error.js';
import { type Outcome, verdictOf } from '../../runtime/bisect/outcome.js';
import type { Verdict } from '../../runtime/bisect/search.js';
import { removeFolder } from '../../runtime/container/containers.js';
import { readExit } from '../../runtime/container/exit.js';
import type { ContainerFolder } from '../../runtime/container/folder.js';
import { deleteContainer, startContainer } from '../../runtime/engine/engine.js';
import { type Attachment, attach } from '../../runtime/monitor/attach.js';
import { monitorPid } from '../../runtime/monitor/monitor-process.js';
import { createFromFlags, type PreparedRun, type RunFlagValues } from './run.js';
import type { Context } from '../program/context.js';
import type { OpenedSnapshot } from '../image/open.js';

/** What is tried in each snapshot. */
export interface TrialOptions {
  readonly asked: string;
  readonly flags: Omit<RunFlagValues, 'rm' | 'tty' | 'interactive'>;
  readonly command: readonly string[];
  /** Undefined: as long as it takes. */
  readonly milliseconds: number | undefined;
  /** Told of what the command writes, in its order; undefined: it is only kept. */
  readonly onOutput?: ((bytes: Uint8Array) => void) | undefined;
}

/** One run of the command in one snapshot. */
export interface Trial {
  readonly n: number;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  /** What it wrote, both streams in their order; only the last of it when it is much. */
  readonly output: Uint8Array;
  /** Whether something before it was left out. */
  readonly cut: boolean;
  readonly milliseconds: number;
}

/** Bytes kept of what a command writes. */
const OUTPUT_KEPT = 64 * 1024;

/** Milliseconds that conmon gets to tell how a container ended, and to remove it. */
const PATIENCE = 10_000;

/**
 * Runs the command in snapshot `n` in a container of its own, of which nothing is left afterwards, also when it is
 * interrupted. Throws E_INTERRUPTED and what keeps a container from being made in every snapshot.
 */
export async function runTrial(
  context: Context,
  opened: OpenedSnapshot,
  n: number,
  options: TrialOptions,
): Promise<Trial> {
  const begun = monotonic();
  const kept = createTail(OUTPUT_KEPT);
  const outcome = await tryIn(context, { ...opened, n }, options, (bytes) => {
    kept.push(bytes);
    options.onOutput?.(bytes);
  });
  const milliseconds = Math.round(monotonic() - begun);
  return { n, outcome, verdict: verdictOf(outcome), output: kept.bytes(), cut: kept.cut(), milliseconds };
}

async function tryIn(
  context: Context,
  opened: OpenedSnapshot,
  { asked, flags, command, milliseconds }: TrialOptions,
  onOutput: (bytes: Uint8Array) => void,
): Promise<Outcome> {
  let prepared: PreparedRun;
  try {
    const given = { ...flags, rm: true, tty: false, interactive: false };
    prepared = await createFromFlags(context, opened, { asked, flags: given, command });
  } catch (thrown) {
    const outcome = outcomeOf(thrown);
    if (outcome === undefined) throw thrown;
    return outcome;
  }
  return watchToEnd(prepared, { signal: context.signal, milliseconds, onOutput });
}

/** What a failure to make the container says of this snapshot; undefined where it is one of all. */
function outcomeOf(thrown: unknown): Outcome | undefined {
  if (!(thrown instanceof StrataError)) return undefined;
  if (thrown.code === 'E_COMMAND_MISSING') return { kind: 'unrunnable', status: 127, why: thrown.message };
  if (thrown.code === 'E_COMMAND') return { kind: 'unrunnable', status: 126, why: thrown.message };
  return /^looking up the (?:user|group) /.test(thrown.message)
    ? { kind: 'impossible', why: thrown.message }
    : undefined;
}

/**
 * Starts a container without a terminal and without input; returns how it ended. One that is not kept is gone afterwards.
 * Throws E_ENGINE, E_INTERRUPTED.
 */
export async function watchToEnd(
  { created, engine, store, release, flags }: PreparedRun,
  {
    signal,
    milliseconds,
    onOutput,
  }: {
    readonly signal: AbortSignal;
    readonly milliseconds?: number | undefined;
    readonly onOutput: (bytes: Uint8Array, stream: 'stdout' | 'stderr') => void;
  },
): Promise<Outcome> {
  const { folder, record } = created;
  let stopped: 'timeout' | 'interrupt' | undefined;
  const stop = (why: 'timeout' | 'interrupt'): void => {
    stopped ??= why;
    void deleteContainer(engine, record.id).catch(() => undefined);
  };
  const interrupt = (): void => {
    stop('interrupt');
  };
  let attachment: Attachment | undefined;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', interrupt);
  let status: number | undefined;
  try {
    try {
      attachment = attachTo(created, onOutput);
      if (signal.aborted) interrupt();
      await startContainer(engine, record.id).catch((thrown: unknown) => {
        if (stopped === undefined) throw thrown;
      });
    } finally {
      await release();
    }
    if (milliseconds !== undefined) timer = setTimeout(stop, milliseconds, 'timeout');
    await attachment.ended;
    // A program may close its streams long before it ends.
    status = await exitStatus(folder, () => stopped !== undefined);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
    attachment?.detach();
    if (!flags.rm) {
      await readExit(store, folder);
      await deleteContainer(engine, record.id);
    } else {
      const unwatched = status === undefined && (await monitorPid(folder)) === undefined;
      if (unwatched || !(await isGone(folder))) {
        await deleteContainer(engine, record.id);
        await removeFolder(store, folder);
      }
      await rm(folder.exit, { force: true });
    }
  }
  if (stopped === 'interrupt') return fail('E_INTERRUPTED', 'interrupted', { cause: signal.reason });
  return stopped === 'timeout'
    ? { kind: 'timeout', milliseconds: milliseconds ?? 0 }
    : { kind: 'exit', status };
}

function attachTo(
  { folder, record }: PreparedRun['created'],
  onOutput: (bytes: Uint8Array, stream: 'stdout' | 'stderr') => void,
): Attachment {
  try {
    return attach(folder.bundle, (stream, bytes) => {
      onOutput(bytes, stream);
    });
  } catch (thrown) {
    return fail('E_ENGINE', `attaching to container ${record.name}: nobody watches over it`, {
      cause: thrown,
    });
  }
}

/** Returns the exit status that conmon wrote, that of SIGKILL where it had none to write. Throws E_ENGINE. */
async function exitStatus(folder: ContainerFolder, isStopped: () => boolean): Promise<number> {
  const { exit, root } = folder;
  let watched = true;
  for (let waited = 0; ; waited += 5) {
    const text = await readFile(exit, 'utf8').catch(() => '');
    if (/^-?\d+$/.test(text.trim())) return Number(text) & 0xff;
    if (!existsSync(root) || (isStopped() && waited > PATIENCE)) return 137;
    if (!watched && !isStopped())
      return fail('E_ENGINE', 'waiting for the container to end: conmon left no exit status');
    // What it wrote in its last moment is still to be read.
    if (waited % 1000 === 995) watched = (await monitorPid(folder)) !== undefined;
    await sleep(5);
  }
}

/** conmon removes it: of two who remove the same folder one fails. */
async function isGone({ root, run }: ContainerFolder): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE; waited += 5) {
    if (!existsSync(root) && !existsSync(run)) return true;
    await sleep(5);
  }
  return false;
}

/** Keeps the last bytes of a stream. */
function createTail(most: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let cut = false;
  return {
    push(bytes: Uint8Array): void {
      chunks.push(bytes);
      length += bytes.length;
      while (chunks.length > 1 && length - chunks[0].length >= most) {
        length -= chunks[0].length;
        chunks.shift();
        cut = true;
      }
    },
    bytes: (): Uint8Array => {
      const all = Buffer.concat(chunks);
      return all.length > most ? all.subarray(all.length - most) : all;
    },
    cut: (): boolean => cut || length > most,
  };
}
