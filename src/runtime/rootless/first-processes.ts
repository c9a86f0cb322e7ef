import { readFileSync } from 'node:fs';
import path from 'node:path';
import { namesIfAny } from '../../store/if-any.js';
import { ownerState, thisOwner } from '../../store/owner.js';

/** Returns the first processes of containers that still run, as crun or runc keeps them in the folder `engine`. */
export function firstProcesses(engine: string): readonly number[] {
  return namesIfAny(engine).flatMap((id) => firstProcess(path.join(engine, id)) ?? []);
}

/** Returns the first process of the container that crun or runc keeps in the folder `known`; undefined when it has ended. */
export function firstProcess(known: string): number | undefined {
  const kept = knownProcess(known);
  if (kept === undefined) return undefined;
  const self = thisOwner();
  // The number may be another process's by now.
  return ownerState({ ...self, ...kept }, self) === 'alive' ? kept.pid : undefined;
}

/** Of crun and of runc; the start as proc_pid_stat(5) has it. */
interface Kept {
  readonly pid?: unknown;
  readonly 'process-start-time'?: unknown;
  readonly init_process_pid?: unknown;
  readonly init_process_start?: unknown;
}

function knownProcess(folder: string): { readonly pid: number; readonly start: string } | undefined {
  for (const name of ['status', 'state.json']) {
    const kept = readKept(path.join(folder, name));
    const pid = kept?.pid ?? kept?.init_process_pid;
    const start = kept?.['process-start-time'] ?? kept?.init_process_start;
    if (typeof pid === 'number' && pid > 0 && typeof start === 'number') return { pid, start: String(start) };
  }
  return undefined;
}

function readKept(file: string): Kept | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Kept | null) ?? undefined;
  } catch {
    return undefined;
  }
}
