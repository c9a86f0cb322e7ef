import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { StrataError } from '../../model/error.js';
import type { ContainerFolder, RunFolder } from '../container/folder.js';
import { type EngineHandle, engineArguments, refused } from '../engine/engine.js';

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
  /** Program and arguments that conmon runs when the container has ended. */
  readonly onExit?: readonly string[];
}

/**
 * Has conmon create the container of the bundle and watch over it; returns the host's pid of its first process, which
 * waits to be started. To be called inside the mount namespace that holds the container's file system. Throws E_COMMAND,
 * E_COMMAND_MISSING or E_ENGINE with the words of the runtime.
 */
export async function createMonitored(options: MonitorOptions): Promise<number> {
  const { folder } = options;
  const child = spawn(options.monitor, monitorArguments(options), {
    cwd: folder.run,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, _OCI_SYNCPIPE: '3', _OCI_STARTPIPE: '4' },
  });
  const start = child.stdio[4] as Writable;
  // It may have ended before it reads; then the other pipe tells.
  start.on('error', () => undefined);
  start.end('x');
  try {
    const answer = await firstLine(child);
    if (answer.pid > 0) return answer.pid;
    throw creationError(folder.id, answer.message);
  } finally {
    child.stderr?.destroy();
    (child.stdio[3] as Readable).destroy();
    child.unref();
  }
}

/** The words are those of crun and of runc. */
function creationError(id: string, said: string): StrataError {
  const { message } = refused('creating', id, said);
  const words = message.slice(message.indexOf(': ') + 2);
  if (/executable file .* not found|exec: .*no such file or directory/i.test(said))
    return new StrataError('E_COMMAND_MISSING', `running the program: ${words}`, {
      hint: "the image's entrypoint comes before the words on the command line; --entrypoint '' takes it away",
    });
  if (/open executable|exec(?:utable)?\b.*(?:permission denied|exec format error|is a directory)/i.test(said))
    return new StrataError('E_COMMAND', `running the program: ${words}`);
  return new StrataError('E_ENGINE', message);
}

function monitorArguments({
  engine,
  folder,
  run,
  terminal,
  stdin,
  keepStdin,
  onExit = [],
}: MonitorOptions): readonly string[] {
  const { id } = folder;
  return [
    ...['--api-version', '1', '-c', id, '-u', id, '-n', id, '-r', engine.program],
    ...engineArguments(engine).flatMap((argument) => ['--runtime-arg', argument]),
    ...['-b', folder.bundle, '-p', `${folder.run}/pid`, '--conmon-pidfile', `${folder.run}/monitor`],
    ...['--exit-dir', run.exits, '--persist-dir', folder.run, '--full-attach'],
    ...['-l', `k8s-file:${folder.log}`, '--log-level', 'error'],
    ...(terminal ? ['-t'] : []),
    ...(stdin ? ['-i'] : []),
    ...(stdin && keepStdin ? ['--leave-stdin-open'] : []),
    ...onExit.flatMap((word, i) => [i === 0 ? '--exit-command' : '--exit-command-arg', word]),
  ];
}

/** conmon says one line: `{"data": PID}`, or a negative number with the runtime's message. */
function firstLine(child: ChildProcess): Promise<{ readonly pid: number; readonly message: string }> {
  return new Promise((resolve, reject) => {
    let said = '';
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const end = (): void => {
      try {
        const { data, pid, message } = JSON.parse(said) as {
          data?: number;
          pid?: number;
          message?: string;
        };
        resolve({ pid: data ?? pid ?? -1, message: message ?? errors });
      } catch {
        resolve({ pid: -1, message: errors === '' ? 'conmon ended without a word' : errors });
      }
    };
    const pipe = child.stdio[3] as Readable;
    pipe.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('\n')) end();
    });
    pipe.on('end', end);
    // It closes the pipe hard when it fails early.
    pipe.on('error', end);
    child.on('error', (error) => {
      reject(new StrataError('E_ENGINE', `starting conmon: ${error.message}`, { cause: error }));
    });
  });
}
