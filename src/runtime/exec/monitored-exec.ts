import { type ChildProcess, spawn } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { StrataError } from '../../model/error.js';
import type { ContainerFolder } from '../container/folder.js';
import { type EngineHandle, engineArguments, refused } from '../engine/engine.js';
import { programError } from '../engine/program-error.js';
import { withOwnNull } from '../rootfs/null-device.js';
import { type Answer, answersOf } from '../monitor/answers.js';
import { givePipes, giveTerminal, type StreamOwner } from './give-streams.js';

export interface MonitoredExecOptions {
  readonly monitor: string;
  readonly engine: EngineHandle;
  readonly folder: ContainerFolder;
  /** A folder of its own for this process, with its `process.json`; conmon removes it when the process has ended. */
  readonly session: string;
  readonly terminal: boolean;
  /** Passes standard input on to the process. */
  readonly stdin: boolean;
  /** The owner of its standard streams and its terminal, who may open them again by /dev/stdout or /dev/tty. */
  readonly owner: StreamOwner;
  /** Called when the streams can be connected to, before the process begins, so that nothing it writes is missed. */
  readonly onReady?: () => void;
}

/** A process that was begun in a running container. */
export interface MonitoredExec {
  /** As the host knows it. */
  readonly pid: number;
  /** Returns what it ended with, 128 and the signal's number when a signal ended it. Throws E_ENGINE when conmon is gone before. */
  readonly status: () => Promise<number>;
  /** Leaves it to itself: it goes on, and what it ends with is not known. */
  readonly leave: () => void;
}

/**
 * Has conmon begin a process in a running container by the runtime's `exec` and watch over it: whatever becomes of this
 * process, that one goes on. Throws E_COMMAND, E_COMMAND_MISSING or E_ENGINE with the words of the runtime.
 */
export async function execMonitored(options: MonitoredExecOptions): Promise<MonitoredExec> {
  const child = withOwnNull(() => startMonitor(options));
  const [, , errors, sync, start, ready] = child.stdio as unknown as readonly [
    null,
    null,
    Readable,
    Readable,
    Writable,
    Readable,
  ];
  for (const pipe of [start, ready]) pipe.on('error', () => undefined);
  const next = nextOf(child, answersOf(sync, errors));
  try {
    start.write('x');
    await Promise.all([happened(ready, 'data'), happened(child, 'exit')]);
    const monitor = Number(readFileSync(path.join(options.session, 'monitor'), 'utf8'));
    givePipes(monitor, options.owner);
    options.onReady?.();
    start.end('x');
    const answer = next();
    if (options.terminal) await giveTerminal(monitor, options.owner, answer);
    const begun = await answer;
    if (begun.data <= 0) throw execError(options.folder.id, begun.message);
    return {
      pid: begun.data,
      status: () => statusOf(next, child),
      leave: () => {
        release(child);
      },
    };
  } catch (thrown) {
    release(child);
    throw thrown;
  } finally {
    ready.destroy();
  }
}

function startMonitor(options: MonitoredExecOptions): ChildProcess {
  return spawn(options.monitor, monitorArguments(options), {
    cwd: options.session,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, _OCI_SYNCPIPE: '3', _OCI_STARTPIPE: '4', _OCI_ATTACHPIPE: '5' },
  });
}

/** Resolves at the first event of that name, and when there will be none any more. */
function happened(source: EventEmitter, name: string): Promise<void> {
  return new Promise((resolve) => {
    for (const event of [name, 'close', 'error'])
      source.once(event, () => {
        resolve();
      });
  });
}

async function statusOf(next: () => Promise<Answer>, child: ChildProcess): Promise<number> {
  const { data, message } = await next();
  release(child);
  if (data < 0) throw new StrataError('E_ENGINE', `waiting for the process to end: ${message}`);
  return data & 0xff;
}

function release(child: ChildProcess): void {
  for (const pipe of child.stdio) pipe?.destroy();
  child.unref();
}

function monitorArguments(options: MonitoredExecOptions): readonly string[] {
  const { engine, folder, session, terminal, stdin } = options;
  const onExit = ['/bin/rm', '-rf', '--', session];
  return [
    ...['--api-version', '1', '-c', folder.id, '-u', path.basename(session), '-n', folder.id],
    ...['-r', engine.program],
    ...engineArguments(engine).flatMap((argument) => ['--runtime-arg', argument]),
    ...['-b', session, '-p', `${session}/pid`, '--exit-dir', session, '--full-attach'],
    ...['-l', 'off', '--log-level', 'error'],
    ...['--conmon-pidfile', `${session}/monitor`],
    ...['--exec', '--exec-attach', '--exec-process-spec', `${session}/process.json`],
    ...(terminal ? ['-t'] : []),
    ...(stdin ? ['-i'] : []),
    ...onExit.flatMap((word, i) => [i === 0 ? '--exit-command' : '--exit-command-arg', word]),
  ];
}

/** Returns what asks for the next answer, and rejects with E_ENGINE when conmon could not be started. */
function nextOf(child: ChildProcess, answer: () => Promise<Answer>): () => Promise<Answer> {
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) => {
      reject(new StrataError('E_ENGINE', `starting conmon: ${error.message}`, { cause: error }));
    });
  });
  // Somebody may never ask again.
  failed.catch(() => undefined);
  return () => Promise.race([answer(), failed]);
}

/** The words are those of crun and of runc; what they mean is for docker to say (setExitCodeFromError of moby). */
function execError(id: string, said: string): StrataError {
  const error = refused('running a program in', id, said);
  if (/chdir/i.test(said))
    return new StrataError(
      /no such file/i.test(said) ? 'E_COMMAND_MISSING' : 'E_COMMAND',
      `entering the directory to start in: ${error.message.slice(error.message.indexOf(': ') + 2)}`,
      { hint: 'give another with --workdir' },
    );
  return programError(error, said);
}
