import { existsSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../store/store.js';
import { type EngineHandle, readState } from '../engine/engine.js';
import { monitorPid } from '../monitor/monitor-process.js';
import { type ContainerExit, readExit } from './exit.js';
import { type ContainerFolder, containerFolder, type RunFolder } from './folder.js';
import { settlePause } from './pause-mark.js';
import type { ContainerRecord } from './record.js';

/** Where the containers of a store are kept and run. */
export interface ContainerPlace {
  readonly store: Store;
  readonly run: RunFolder;
}

/** A container that has processes. */
export interface AliveState {
  readonly status: 'running' | 'paused';
  /** As the host knows its first process. */
  readonly pid: number;
  /** RFC 3339; undefined when the process is not to be seen. */
  readonly started: string | undefined;
}

/** What a container is doing now. */
export type ContainerState =
  | { readonly status: 'created' }
  | AliveState
  /** Without an exit when nobody saw its end: the machine went down, or all that watched it was killed. */
  | { readonly status: 'exited'; readonly exit: ContainerExit | undefined };

/** Returns the folder of a container of this place. */
export function folderOf(
  { store, run }: ContainerPlace,
  { id }: Pick<ContainerRecord, 'id'>,
): ContainerFolder {
  return containerFolder(store.paths.root, run, id);
}

/** Returns the runtime that a container was made with. */
export function engineOf({ run }: ContainerPlace, { engine }: ContainerRecord): EngineHandle {
  return { ...engine, stateFolder: run.engine };
}

/**
 * Returns what a container is doing, by what the machine says and not by what was written when it was started: the
 * runtime's state, in which it has looked for the process, then what is left of its end.
 */
export async function stateOf(place: ContainerPlace, record: ContainerRecord): Promise<ContainerState> {
  const folder = folderOf(place, record);
  const state = isKnown(place, record) ? await readState(engineOf(place, record), record.id) : undefined;
  if (state?.status === 'running' || state?.status === 'paused') {
    const goesOn = await settlePause(place.store, engineOf(place, record), folder, state.status);
    const status = goesOn ? 'running' : state.status;
    return { status, pid: state.pid, started: processStart(state.pid) };
  }
  if (state?.status === 'created' || state?.status === 'creating') return { status: 'created' };
  const exit = await settledExit(place, folder);
  // Between its record and its first process.
  const never = exit === undefined && state === undefined && existsSync(folder.run);
  return never && !existsSync(path.join(folder.run, 'pid'))
    ? { status: 'created' }
    : { status: 'exited', exit };
}

/** Milliseconds in which conmon writes how a container ended. */
const WRITTEN = 500;

/** How it ended the last time; of one that has just ended, when conmon has written that. */
async function settledExit(
  { store }: ContainerPlace,
  folder: ContainerFolder,
): Promise<ContainerExit | undefined> {
  for (let waited = 0; ; waited += 10) {
    const exit = await readExit(store, folder);
    if (exit !== undefined || waited >= WRITTEN || (await monitorPid(folder)) === undefined) return exit;
    await sleep(10);
  }
}

/** True when the runtime may know something of the container; nothing outlives a reboot there. */
export function isKnown({ run }: ContainerPlace, { id }: ContainerRecord): boolean {
  return existsSync(path.join(run.engine, id));
}

/** True when the container has processes. */
export function isAlive(state: ContainerState): state is AliveState {
  return state.status === 'running' || state.status === 'paused';
}

/** Clock ticks in a second: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS = 100;

/** proc_pid_stat(5): field 22 is the start in ticks after the boot; the name in field 2 may hold anything. */
function processStart(pid: number): string | undefined {
  try {
    const own = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    const ticks = Number(own.slice(own.lastIndexOf(')') + 2).split(' ')[19]);
    // Not from the time of the boot in /proc/stat, which is cut to a second.
    const started = new Date(Date.now() - (uptime() - ticks / TICKS) * 1000);
    return Number.isNaN(started.getTime()) ? undefined : started.toISOString();
  } catch {
    return undefined;
  }
}
