import { existsSync } from 'node:fs';
import type { ContainerRecord } from '../container/record.js';
import { type ContainerPlace, folderOf, stateOf } from '../container/state.js';
import { monitorPid } from '../monitor/monitor-process.js';
import type { LogEntry } from './log-entry.js';
import { readLog, type ReadLogOptions } from './read-log.js';

export interface ContainerLogOptions extends Omit<ReadLogOptions, 'goesOn'> {
  /** Wait for more until the container has ended, also when it is yet to be started. */
  readonly follow: boolean;
}

/** Goes over what a container has written, in the order of its writes, of all its starts. Throws E_UNREADABLE. */
export function containerLog(
  place: ContainerPlace,
  record: ContainerRecord,
  { follow, ...options }: ContainerLogOptions,
): AsyncIterable<LogEntry> {
  const goesOn = follow ? () => mayWrite(place, record) : undefined;
  return readLog(folderOf(place, record).log, { ...options, goesOn });
}

/** Whether something may still come to the log: conmon lives on until it has written everything. */
async function mayWrite(place: ContainerPlace, record: ContainerRecord): Promise<boolean> {
  const folder = folderOf(place, record);
  if (!existsSync(folder.record)) return false;
  return (await monitorPid(folder)) !== undefined || (await stateOf(place, record)).status === 'created';
}
