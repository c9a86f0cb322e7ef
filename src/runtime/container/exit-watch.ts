import { type FSWatcher, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import type { ContainerFolder } from './folder.js';

/** Sees a container's exit status as soon as conmon writes it, although it may be removed with the container at once. */
export interface ExitWatch {
  /** 0 to 255; undefined when the container has not ended yet. */
  readonly status: () => number | undefined;
  /** Resolves when something may have changed, at the latest after so many milliseconds. */
  readonly change: (milliseconds: number) => Promise<void>;
  readonly close: () => void;
}

/** To be called before the container ends. The caller still has to ask now and then: a machine may be out of watches. */
export function watchExit(folder: Pick<ContainerFolder, 'exit'>): ExitWatch {
  let seen: number | undefined;
  let wake = (): void => undefined;
  const look = (): void => {
    seen ??= readStatus(folder.exit);
    wake();
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(path.dirname(folder.exit), { persistent: false }, look).on('error', () => undefined);
  } catch {
    // Asking is enough.
  }
  return {
    status() {
      look();
      return seen;
    },
    change: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    close() {
      watcher?.close();
    },
  };
}

function readStatus(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^-?\d{1,9}$/.test(text) ? Number(text) & 0xff : undefined;
  } catch {
    return undefined;
  }
}
