import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createDirectory, syncDirectory } from './atomic.js';
import { stopIfAborted } from './failure.js';
import { FSCK_CODES, type FsckCode, type FsckFinding, type FsckOptions } from './fsck-codes.js';
import { ensureLayout } from './layout.js';
import { QUARANTINE } from './layout-names.js';
import { namesIn } from './names-in.js';
import type { Store } from './store.js';

/** One run of `fsck`: what its checks share. */
export interface FsckRun {
  readonly store: Store;
  readonly full: boolean;
  readonly findings: readonly FsckFinding[];
  /**
   * Adds a finding, each of a code and path once. With `repair` given and asked for, runs it first; the finding says
   * whether it was successful.
   */
  found(code: FsckCode, where: string, detail: string, repair?: () => Promise<void>): Promise<void>;
  /** Throws E_INTERRUPTED when the user had enough. */
  checkpoint(): void;
}

export function createFsckRun(store: Store, options: FsckOptions): FsckRun {
  const findings: FsckFinding[] = [];
  const seen = new Set<string>();
  return {
    store,
    full: options.full === true,
    findings,
    async found(code, where, detail, repair) {
      const key = `${code} ${where}`;
      if (seen.has(key)) return;
      seen.add(key);
      let repaired = false;
      if (options.repair === true && repair !== undefined) {
        await repair();
        repaired = true;
      }
      findings.push({ code, severity: FSCK_CODES[code].severity, path: where, detail, repaired });
    },
    checkpoint() {
      stopIfAborted(store.signal, `checking the store ${store.paths.root}`);
    },
  };
}

/** Moves a file of the store's root out of the way, keeping it; the name says where it was. */
export async function quarantine(store: Store, file: string): Promise<void> {
  await ensureLayout(store);
  await putAside(store, file);
}

/** Does so in a store whose layout is not whole, and is left as it is. */
export async function putAside(store: Store, file: string): Promise<void> {
  const aside = await placeAside(store, file);
  await rename(file, aside);
  await syncDirectory(path.dirname(aside));
  await syncDirectory(path.dirname(file));
}

/** Puts an empty file where {@link quarantine} would have put this one, which is lost: what it said stays in doubt. */
export async function quarantineLost(store: Store, file: string): Promise<void> {
  const aside = await placeAside(store, file);
  await writeFile(aside, '', { mode: 0o600 });
  await syncDirectory(path.dirname(aside));
}

async function placeAside(store: Store, file: string): Promise<string> {
  const folder = path.join(store.paths.root, QUARANTINE);
  await createDirectory(folder, true);
  return path.join(folder, `${asideName(store, file)}.${randomBytes(4).toString('hex')}`);
}

/** Returns whether something of the store's root was put aside, and not deleted since. */
export function isQuarantined(store: Store, file: string): boolean {
  const names = namesIn(path.join(store.paths.root, QUARANTINE));
  return names.some((name) => name.startsWith(`${asideName(store, file)}.`));
}

function asideName(store: Store, file: string): string {
  return path.relative(store.paths.root, file).replaceAll(path.sep, '-');
}
