import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where built images are kept: `STRATA_TEST_CACHE`, else `strata-test` below the user's cache folder. */
const CACHE_DIR = path.resolve(
  process.env.STRATA_TEST_CACHE ??
    path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'strata-test'),
);

/** Returns a key that changes when one of the files, or what else the recipe depends on, does. */
export function recipeKey(files: readonly string[], ...more: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  for (const text of more) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/**
 * Returns the folder `<name>-<key>` of the cache; when it is not there, `build` fills an empty folder that then takes
 * its place. Processes that ask at the same time wait for the one that builds; one that was killed is not waited for.
 */
export async function cached(
  name: string,
  key: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  mkdirSync(CACHE_DIR, { recursive: true });
  const folder = path.join(CACHE_DIR, `${name}-${key}`);
  const lock = `${folder}.lock`;
  while (!existsSync(folder)) {
    if (!takeLock(lock)) {
      await sleep(250);
      continue;
    }
    const unfinished = mkdtempSync(path.join(CACHE_DIR, `.${name}-`));
    try {
      if (!existsSync(folder)) {
        await build(unfinished);
        renameSync(unfinished, folder);
      }
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
      rmSync(lock, { force: true });
    }
  }
  return folder;
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (!holderLives(lock)) rmSync(lock, { force: true });
  return false;
}

function holderLives(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Between its creation and its write the lock is empty.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
