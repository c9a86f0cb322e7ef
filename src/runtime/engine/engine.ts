import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fail, StrataError } from '../../model/error.js';
import { SystemCallError } from '../sys/libc.js';
import { ended, type Spawned, spawnProgram } from '../sys/spawn.js';
import type { Engine } from './find-engine.js';

/** How a program ended and what it said. */
interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the runtime knows of a container (OCI runtime specification, "State"). */
export interface EngineState {
  readonly status: 'creating' | 'created' | 'running' | 'paused' | 'stopped';
  /** 0 when stopped. */
  readonly pid: number;
}

/** An OCI runtime with the folder in which it keeps what it knows; that folder must not outlive a reboot. */
export interface EngineHandle extends Engine {
  readonly stateFolder: string;
}

/** Returns the arguments that come before the runtime's command. */
export function engineArguments({ kind, stateFolder, cgroups }: EngineHandle): readonly string[] {
  // Both write the cgroup files themselves: there need not be a systemd. runc makes none when it is told no path.
  const manager = cgroups === 'none' ? 'disabled' : 'cgroupfs';
  return kind === 'crun'
    ? [`--cgroup-manager=${manager}`, `--root=${stateFolder}`]
    : [`--root=${stateFolder}`];
}

/** runc says so after the program has begun: where that was short, the container is gone already, and this with it. */
const STARTED = /\bremove \S+\/exec\.fifo: no such file or directory/;

/** Lets a created container run. Throws E_ENGINE. */
export async function startContainer(engine: EngineHandle, id: string): Promise<void> {
  let started: Spawned;
  try {
    started = spawnProgram(engine.program, [...engineArguments(engine), 'start', id], {
      stdio: ['null', 'null', 'pipe'],
    });
  } catch (thrown) {
    throw thrown instanceof SystemCallError && thrown.errno === 'ENOENT' ? goneError(engine, thrown) : thrown;
  }
  const { pid, pipes } = started;
  let said = '';
  for await (const text of pipes[0].setEncoding('utf8') as AsyncIterable<string>) said += text;
  if ((await ended(pid)) !== 0 && !STARTED.test(said)) throw refused('starting', id, said);
}

/** Stops every process of a container where it is. Throws E_ENGINE, E_PRIVILEGE. */
export async function pauseContainer(engine: EngineHandle, id: string): Promise<void> {
  needCgroup(engine, 'pausing', id);
  await demand(engine, 'pausing', id, ['pause', id]);
}

function needCgroup({ cgroups }: EngineHandle, doing: string, id: string): void {
  if (cgroups === 'none')
    fail('E_PRIVILEGE', `${doing} container ${id.slice(0, 12)}: it has no control group of its own`, {
      hint: 'it has one when it is run as root, or below a delegated one: see strata doctor',
    });
}

/** Lets a paused container go on. Throws E_ENGINE. */
export async function resumeContainer(engine: EngineHandle, id: string): Promise<void> {
  await demand(engine, 'resuming', id, ['resume', id]);
}

/** Sends a signal, by its number, to the first process; the runtime sees to it that it is still that. Throws E_ENGINE. */
export async function killContainer(engine: EngineHandle, id: string, signal: number): Promise<void> {
  await demand(engine, 'signalling', id, ['kill', id, String(signal)]);
}

/** Gives a container's control groups the resources of a JSON file (OCI runtime specification, config-linux.md). Throws E_ENGINE, E_PRIVILEGE. */
export async function updateContainer(engine: EngineHandle, id: string, file: string): Promise<void> {
  needCgroup(engine, 'updating', id);
  await demand(engine, 'updating', id, ['update', '--resources', file, id]);
}

/** Ends what still runs and forgets the container, its cgroups too. What is not there is no error. */
export async function deleteContainer(engine: EngineHandle, id: string): Promise<void> {
  const ended = await runEngine(engine, ['delete', '--force', id]);
  if (ended.status !== 0 && (await readState(engine, id)) !== undefined)
    throw refused('removing', id, ended.stderr);
}

/**
 * Returns what the runtime says of a container, or undefined when it knows none of that name. Throws E_ENGINE when it does
 * not say although it should: somebody would take a container that runs for one that has ended.
 */
export async function readState(engine: EngineHandle, id: string): Promise<EngineState | undefined> {
  for (let again = true; ; again = false) {
    const { status, stdout, stderr } = await runEngine(engine, ['state', id]);
    const state = status === 0 ? parseState(stdout) : undefined;
    if (state !== undefined) return state;
    if (!existsSync(path.join(engine.stateFolder, id, STATE_FILE[engine.kind]))) return undefined;
    // One that was killed is asked once more.
    if (!again) throw refused('looking at', id, stderr);
  }
}

/** What each keeps of a container that it has made. */
const STATE_FILE = { crun: 'status', runc: 'state.json' } as const;

function parseState(text: string): EngineState | undefined {
  try {
    const state = JSON.parse(text) as Partial<EngineState>;
    return state.status === undefined ? undefined : { status: state.status, pid: state.pid ?? 0 };
  } catch {
    return undefined;
  }
}

async function demand(
  engine: EngineHandle,
  doing: string,
  id: string,
  command: readonly string[],
): Promise<void> {
  const { status, stderr } = await runEngine(engine, command);
  if (status !== 0) throw refused(doing, id, stderr);
}

/** cgroups(7), "Cgroup delegation containment": who is outside of what was delegated moves no process into it. */
const OUTSIDE = /\/cgroup\.procs\b.*permission denied/i;
const OUTSIDE_HINT =
  "its control group was delegated to another session's services: put 'systemd-run --user --scope' before strata";

/** Returns the error that a runtime's own words make: the first line that is more than a warning. */
export function refused(doing: string, id: string, said: string): StrataError {
  const lines = said.trim().split('\n');
  const line = lines.find((words) => !/\blevel=(?:warning|info|debug)\b/.test(words)) ?? lines[0];
  const words = line
    .replace(/^(?:\d{4}-\S+: )?(?:error: )?/i, '')
    .replace(/^time=\S+ level=error msg="(.*)"$/, '$1');
  return new StrataError(
    'E_ENGINE',
    `${doing} container ${id.slice(0, 12)}: ${words === '' ? 'no reason given' : words}`,
    OUTSIDE.test(words) ? { hint: OUTSIDE_HINT } : {},
  );
}

function runEngine(engine: EngineHandle, command: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(engine.program, [...engineArguments(engine), ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? goneError(engine, error) : error);
    });
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
}

function goneError({ program }: Engine, cause: unknown): StrataError {
  return new StrataError('E_TOOL_MISSING', `running ${program}: it is not there`, {
    hint: 'install it again, or put it where it was: each container keeps the one that it was made with',
    cause,
  });
}
