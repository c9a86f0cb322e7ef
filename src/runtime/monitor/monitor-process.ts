import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerFolder } from '../container/folder.js';

/** Returns the pid of the conmon that watches over a container; undefined when there is none, whoever has its pid now. */
export async function monitorPid(folder: Pick<ContainerFolder, 'id' | 'run'>): Promise<number | undefined> {
  const text = await readFile(path.join(folder.run, 'monitor'), 'utf8').catch(() => '');
  if (!/^[1-9]\d{0,9}\s*$/.test(text)) return undefined;
  const pid = Number(text);
  const words = (await readFile(`/proc/${String(pid)}/cmdline`, 'latin1').catch(() => '')).split('\0');
  return words.includes(folder.id) && words[0].includes('conmon') ? pid : undefined;
}

/** Milliseconds in which conmon clears away after a container has ended. */
const CLEARED = 10_000;

/** Resolves to whether conmon is gone, at the latest after `patience` milliseconds. */
export async function monitorGone(
  folder: Pick<ContainerFolder, 'id' | 'run'>,
  patience = CLEARED,
): Promise<boolean> {
  for (let waited = 0; (await monitorPid(folder)) !== undefined; waited += 10) {
    if (waited >= patience) return false;
    await sleep(10);
  }
  return true;
}
