import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../../model/error.js';
import type { ContainerRecord } from '../container/record.js';
import { withRunningRoot } from '../container/running-root.js';
import { type AliveState, type ContainerPlace, engineOf, folderOf, stateOf } from '../container/state.js';
import type { RunEnd, Streams } from '../foreground.js';
import { idOutside } from '../id-map.js';
import { type Attachment, attach, resize } from '../monitor/attach.js';
import { feed } from '../monitor/feed.js';
import { formatProcess, type ProcessConfig } from '../spec/runtime-config.js';
import type { UserFiles } from '../spec/users.js';
import { loadBridge } from '../sys/libc.js';
import { type ExecRequest, execProcess, readProcess } from './exec-process.js';
import { followInside } from './follow-inside.js';
import { execMonitored, type MonitoredExec, type MonitoredExecOptions } from './monitored-exec.js';
import { readUserFiles } from './read-user-files.js';

export interface ExecOptions {
  /** Path of conmon. */
  readonly monitor: string;
  readonly request: ExecRequest;
}

export interface AttachedExecOptions extends ExecOptions {
  readonly streams: Pick<Streams, 'input' | 'onOutput' | 'size' | 'onResize' | 'detachKeys'>;
}

/** Begins a program in a running container that goes on by itself, its output nobody's. Throws as {@link execAttached}. */
export async function execDetached(
  place: ContainerPlace,
  record: ContainerRecord,
  options: ExecOptions,
): Promise<void> {
  await withSession(place, record, options, async (session) => {
    const { leave } = await execMonitored(session);
    leave();
  });
}

/**
 * Runs a program in a running container with the user's streams on it; returns what it ended with, 128 and the signal's
 * number when a signal ended it, or that the detach keys were typed: then it goes on, as it does when this process is
 * killed, and docker has it. Throws E_NOT_RUNNING, E_COMMAND, E_COMMAND_MISSING, E_ENGINE and what {@link execProcess} throws.
 */
export async function execAttached(
  place: ContainerPlace,
  record: ContainerRecord,
  options: AttachedExecOptions,
): Promise<RunEnd> {
  const { request, streams } = options;
  return withSession(place, record, options, async (session) => {
    let attachment: Attachment | undefined;
    let stop: (() => void) | undefined;
    let begun: MonitoredExec | undefined;
    let left = false;
    try {
      begun = await execMonitored({
        ...session,
        stdin: streams.input !== undefined,
        onReady: () => (attachment = attach(session.session, streams.onOutput)),
      });
      const fit = (): void => {
        const size = streams.size();
        if (size !== undefined) tellSize(session.session, size.rows, size.columns);
      };
      if (request.tty) {
        // It may have changed since it was written down.
        fit();
        stop = streams.onResize(fit);
      }
      const ended = Promise.all([begun.status(), attachment?.ended]).then(([status]): RunEnd => ({
        kind: 'exited',
        status,
      }));
      if (streams.input === undefined || attachment === undefined) return await ended;
      const end = await Promise.race([ended, leftByKeys(attachment, streams.input, streams.detachKeys)]);
      left = end.kind === 'detached';
      if (left) {
        ended.catch(() => undefined);
        begun.leave();
      }
      return end;
    } catch (thrown) {
      if (begun !== undefined) hangUp(begun.pid, thrown);
      begun?.leave();
      throw thrown;
    } finally {
      stop?.();
      attachment?.detach();
      // Of one that goes on it is conmon's, which removes it at the end.
      if (!left) await rm(session.session, { recursive: true, force: true }).catch(() => undefined);
    }
  });
}

type Session = Omit<MonitoredExecOptions, 'onReady'>;

/** Writes down what is to run, in a folder that is gone with the container at the latest. */
async function withSession<T>(
  place: ContainerPlace,
  record: ContainerRecord,
  { monitor, request }: ExecOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const folder = folderOf(place, record);
  // While the runtime is asked, which is a program that starts.
  const reading = readFile(path.join(folder.bundle, 'config.json'), 'utf8').finally(loadBridge);
  reading.catch(() => undefined);
  const state = await runningState(place, record);
  const container = readProcess(await reading);
  const process = await withRunningRoot(place, record, state, (root) => {
    // A descriptor that the runtime holds could be a directory of the host, as seen in /proc (CVE-2024-21626).
    const follow = (cwd: string): string => followInside(root, cwd);
    return execProcess(container, request, userFiles(root, request), follow, record.addGroups);
  });
  const session = await makeSession(folder.run, process);
  try {
    return await use({
      monitor,
      engine: engineOf(place, record),
      folder,
      session,
      terminal: request.tty,
      stdin: false,
      owner: {
        uid: idOutside(record.idMap, process.user.uid) ?? 0,
        gid: idOutside(record.idMap, process.user.gid) ?? 0,
      },
    });
  } catch (thrown) {
    await rm(session, { recursive: true, force: true }).catch(() => undefined);
    throw thrown;
  }
}

/** Throws E_NOT_RUNNING unless the container can run something now. */
async function runningState(place: ContainerPlace, record: ContainerRecord): Promise<AliveState> {
  const state = await stateOf(place, record);
  if (state.status === 'running') return state;
  if (state.status === 'paused')
    return fail('E_NOT_RUNNING', `running a program in container ${record.name}: it is paused`, {
      hint: `let it go on first: strata unpause ${record.name}`,
    });
  return fail('E_NOT_RUNNING', `running a program in container ${record.name}: it does not run`, {
    hint: `start it first: strata start ${record.name}`,
  });
}

function userFiles(root: number, { user }: ExecRequest): UserFiles {
  return user === undefined ? { passwd: undefined, group: undefined } : readUserFiles(root);
}

async function makeSession(run: string, process: ProcessConfig): Promise<string> {
  await mkdir(run, { recursive: true, mode: 0o711 });
  const session = await mkdtemp(path.join(run, 'exec-'));
  await writeFile(path.join(session, 'process.json'), formatProcess(process), { mode: 0o600 });
  return session;
}

function tellSize(session: string, rows: number, columns: number): void {
  try {
    resize(path.join(session, 'ctl'), rows, columns);
  } catch {
    // The process has just ended.
  }
}

/** Resolves when the detach keys were typed, else never. */
function leftByKeys(
  attachment: Attachment,
  input: AsyncIterable<Uint8Array>,
  keys: Uint8Array,
): Promise<RunEnd> {
  return new Promise((resolve) => {
    void feed(attachment, input, keys).then((detached) => {
      if (detached) resolve({ kind: 'detached', typed: true });
    });
  });
}

/** A program whose output nobody takes any more is told so, as it would be by a pipe. */
function hangUp(pid: number, thrown: unknown): void {
  if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EPIPE')) return;
  try {
    process.kill(pid, 'SIGPIPE');
  } catch {
    // It has just ended.
  }
}
