import { closeSync, readFileSync, writeSync } from 'node:fs';
import { StrataError } from '../../model/error.js';
import type { ContainerFolder, RunFolder } from '../container/folder.js';
import { type EngineHandle, engineArguments, refused } from '../engine/engine.js';
import { programError } from '../engine/program-error.js';
import { SystemCallError } from '../sys/libc.js';
import { ended, type Spawned, spawnProgram } from '../sys/spawn.js';
import { answersOf } from './answers.js';

/** How a container is watched over. */
export interface MonitorOptions {
  readonly monitor: string;
  readonly engine: EngineHandle;
  readonly folder: ContainerFolder;
  readonly run: RunFolder;
  readonly terminal: boolean;
  /** Keeps the container's standard input open for those who attach. */
  readonly stdin: boolean;
  /** Standard input stays open when one of those leaves. */
  readonly keepStdin: boolean;
  /** The log need not survive a power loss. */
  readonly volatile: boolean;
  /** Program and arguments that conmon runs when the container has ended. */
  readonly onExit?: readonly string[];
}

/** A conmon that has started, and creates nothing yet. */
export interface WaitingMonitor {
  /**
   * Has it create the container of the bundle and watch over it; returns the host's pid of its first process, which waits to
   * be started. Throws E_COMMAND, E_COMMAND_MISSING or E_ENGINE with the words of the runtime.
   */
  readonly create: () => Promise<number>;
  /** Ends one that was not asked to create anything. */
  readonly dismiss: () => void;
}

/**
 * Starts conmon, which takes about as long as making a bundle. To be called inside the mount namespace that will hold the
 * container's file system. When this process is killed it takes the end of the pipe for the word to begin, so that there must
 * be no directory `rootfs` before the container is listed: without one the runtime creates nothing. Throws E_ENGINE.
 */
export function beginMonitor(options: MonitorOptions): WaitingMonitor {
  const { pid, pipes, inputs } = startMonitor(options);
  const [errors, sync] = pipes;
  const [gate] = inputs;
  const answer = answersOf(sync, errors)();
  let waits = true;
  const end = (): void => {
    for (const pipe of pipes) pipe.destroy();
    // What watches is a child of its own; it itself has ended.
    ended(pid).catch(() => undefined);
  };
  return {
    async create() {
      waits = false;
      open(gate);
      try {
        const { data, message } = await answer;
        if (data > 0) return data;
        throw creationError(options.folder.id, message);
      } finally {
        end();
      }
    },
    dismiss() {
      if (!waits) return;
      waits = false;
      try {
        // Before it could take the end of the pipe for the word to begin; nobody else has waited for it.
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended already.
      } finally {
        closeSync(gate);
        end();
      }
    },
  };
}

/** Has conmon create the container of a bundle that is there, at once; see {@link beginMonitor}. */
export function createMonitored(options: MonitorOptions): Promise<number> {
  return beginMonitor(options).create();
}

function open(gate: number): void {
  try {
    writeSync(gate, '.');
  } catch {
    // It has ended, and says why.
  } finally {
    closeSync(gate);
  }
}

function startMonitor(options: MonitorOptions): Spawned {
  try {
    return spawnProgram(options.monitor, monitorArguments(options), {
      // It makes a file of its own wherever it is when memory runs out.
      directory: options.folder.run,
      session: true,
      stdio: ['null', 'null', 'pipe', 'pipe', 'input'],
      environment: { ...process.env, _OCI_SYNCPIPE: '3', _OCI_STARTPIPE: '4' },
    });
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError)) throw thrown;
    throw new StrataError('E_ENGINE', thrown.message, { cause: thrown });
  }
}

function creationError(id: string, said: string): StrataError {
  return programError(
    refused('creating', id, said),
    said,
    'it is a path in the image or a name in its PATH; strata shell brings programs of its own',
  );
}

const UNSYNCED = '--no-sync-log';

/** Looked up in the program itself: asking it would take as long as a whole start of it. */
function knows(monitor: string, option: string): boolean {
  try {
    return readFileSync(monitor).includes(option.slice(2));
  } catch {
    return false;
  }
}

function monitorArguments({
  monitor,
  engine,
  folder,
  run,
  terminal,
  stdin,
  keepStdin,
  volatile,
  onExit = [],
}: MonitorOptions): readonly string[] {
  const { id } = folder;
  return [
    ...['--api-version', '1', '-c', id, '-u', id, '-n', id, '-r', engine.program],
    ...engineArguments(engine).flatMap((argument) => ['--runtime-arg', argument]),
    ...['-b', folder.bundle, '-p', `${folder.run}/pid`, '--conmon-pidfile', `${folder.run}/monitor`],
    ...['--exit-dir', run.exits, '--persist-dir', folder.run, '--full-attach'],
    ...['-l', `k8s-file:${folder.log}`, '--log-level', 'error'],
    ...(volatile && knows(monitor, UNSYNCED) ? [UNSYNCED] : []),
    ...(terminal ? ['-t'] : []),
    ...(stdin ? ['-i'] : []),
    ...(stdin && keepStdin ? ['--leave-stdin-open'] : []),
    ...onExit.flatMap((word, i) => [i === 0 ? '--exit-command' : '--exit-command-arg', word]),
  ];
}
