import { constants } from 'node:os';
import { removeContainer } from '../../runtime/container/remove.js';
import type { ContainerPlace } from '../../runtime/container/state.js';
import { killContainer } from '../../runtime/engine/engine.js';
import type { RunEnd } from '../../runtime/foreground.js';
import { rememberMounts } from '../../runtime/sys/namespace.js';
import type { ReadyShell } from '../../tui/effects/step-in.js';
import type { TerminalStreams } from '../../tui/screen/lend.js';
import { containerPlace } from '../container/place.js';
import { createFromFlags, type PreparedRun, runToEnd } from '../container/run.js';
import type { Context } from '../program/context.js';
import { stopIfAborted } from '../program/failure.js';
import { lentStreams } from '../program/lent-streams.js';
import type { OpenedSnapshot } from '../image/open.js';
import { chooseShell } from '../container/shell-image.js';

/** Makes a container of a snapshot that is to be kept, whose process is the best shell there; it waits for a terminal. */
export async function readyShell(
  context: Context,
  snapshot: OpenedSnapshot,
  asked: string,
): Promise<ReadyShell> {
  context.progress.begin(undefined, `choosing a shell of layer ${String(snapshot.n)}`);
  const shell = await chooseShell(context, snapshot, { toolbox: false });
  context.progress.begin(undefined, 'making a container');
  const flags = { network: 'none', interactive: true, tty: true, rm: false, entrypoint: '' } as const;
  // The explorer goes on where it was: only what it has started stays in the container's mount namespace.
  const back = rememberMounts();
  let prepared: PreparedRun;
  try {
    prepared = await createFromFlags(context, snapshot, {
      asked,
      flags: { ...flags, ...shell.flags },
      command: shell.words,
    });
  } finally {
    back();
  }
  const { record } = prepared.created;
  const place = await containerPlace(context);
  let started = false;
  return {
    id: record.id,
    name: record.name,
    said: shell.said,
    attach(terminal, signal) {
      started = true;
      return attach(place, prepared, terminal, signal);
    },
    async discard() {
      if (started) return;
      await prepared.release();
      await removeContainer(place, record, true);
    },
  };
}

async function attach(
  place: ContainerPlace,
  prepared: PreparedRun,
  terminal: TerminalStreams,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { record } = prepared.created;
  let end: RunEnd;
  const life = { begun: false };
  try {
    stopIfAborted(signal);
    const streams = lentStreams(terminal, signal, prepared.detachKeys);
    end = await runToEnd(prepared, streams, () => (life.begun = true));
  } catch (thrown) {
    await prepared.release();
    // What was done in one that has run is the user's.
    if (!life.begun) await removeContainer(place, record, true).catch(() => undefined);
    throw thrown;
  }
  if (end.kind === 'exited') return end.status;
  if (signal.aborted) {
    // A shell whose terminal is gone ends. Who is interrupted gets no lock any more, and a signal needs none.
    await killContainer(prepared.engine, record.id, constants.signals.SIGKILL).catch(() => undefined);
    stopIfAborted(signal);
  }
  return undefined;
}
