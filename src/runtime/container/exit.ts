import { existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomic } from '../../store/atomic.js';
import { textIfAny } from '../../store/if-any.js';
import { durable } from '../../store/layout.js';
import { TEMPORARY } from '../../store/layout-names.js';
import type { Store } from '../../store/store.js';
import type { ContainerFolder } from './folder.js';

/** How a container ended. */
export interface ContainerExit {
  /** 128 and the signal's number when a signal ended it. */
  readonly status: number;
  /** RFC 3339. */
  readonly finished: string;
  /** Whether it had used up its memory. */
  readonly oom: boolean;
}

/**
 * Returns how the container ended the last time, undefined when that is not known. What only the monitor has written, in
 * a folder that does not outlive a reboot, is kept with the container from then on.
 */
export async function readExit(store: Store, folder: ContainerFolder): Promise<ContainerExit | undefined> {
  const kept = parseExit(textIfAny(folder.exited));
  if (kept !== undefined) return kept;
  const exit = await monitoredExit(folder);
  if (exit !== undefined && !store.readOnly) await keepExit(store, folder, exit);
  return exit;
}

/** Forgets how the container ended the last time, that it may begin anew. */
export async function forgetExit(folder: ContainerFolder): Promise<void> {
  for (const file of [folder.exit, folder.exited, folder.oom]) await rm(file, { force: true });
}

/** Keeps how the container ended, if it can: on a full disk what conmon wrote tells it for as long as the machine is up. */
async function keepExit(store: Store, folder: ContainerFolder, exit: ContainerExit): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(exit)}\n`);
  await writeAtomic(folder.exited, [bytes], path.join(store.paths.root, TEMPORARY), durable(store)).catch(
    () => undefined,
  );
}

/** What conmon wrote. */
async function monitoredExit(folder: ContainerFolder): Promise<ContainerExit | undefined> {
  const text = textIfAny(folder.exit).trim();
  if (!/^-?\d{1,9}$/.test(text)) return undefined;
  const stats = await stat(folder.exit).catch(() => undefined);
  return {
    status: Number(text) & 0xff,
    finished: (stats?.mtime ?? new Date()).toISOString(),
    oom: existsSync(folder.oom),
  };
}

function parseExit(text: string): ContainerExit | undefined {
  try {
    const { status, finished, oom } = JSON.parse(text) as Partial<ContainerExit>;
    return typeof status === 'number' && typeof finished === 'string'
      ? { status, finished, oom: oom === true }
      : undefined;
  } catch {
    return undefined;
  }
}
