import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';

/** A file outside of where an image may write, and what it must stay like. */
export interface Canary {
  /** Fails the test when the file, its folder or anything in that changed. */
  check(): void;
}

/** Makes `folder/hello`. */
export function plantCanary(folder: string): Canary {
  const file = path.join(folder, 'hello');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, 'canary\n', { mode: 0o640 });
  utimesSync(file, 1000, 1000);
  return watchCanary(folder);
}

function watchCanary(folder: string): Canary {
  const file = path.join(folder, 'hello');
  const before = facts(statSync(file));
  const folderBefore = facts(statSync(folder));
  return {
    check() {
      expect(readFileSync(file, 'utf8')).toBe('canary\n');
      expect(facts(statSync(file))).toEqual(before);
      expect(readdirSync(folder)).toEqual(['hello']);
      expect(facts(statSync(folder))).toEqual(folderBefore);
    },
  };
}

function facts({ mode, uid, gid, size, nlink, mtimeMs, ctimeMs, ino }: Stats): object {
  return { mode, uid, gid, size, nlink, mtimeMs, ctimeMs, ino };
}

/** The folder that hostile images name by its absolute path. */
const NAMED = '/tmp/hx-victim';

/** An empty file for each process that has it, named by its id. */
const HOLDERS = `${NAMED}.holders`;

/** Held while it is planted or removed: a link to the process, which is made and read whole. */
const LOCK = `${NAMED}.lock`;

/**
 * Plants the canary at the path that hostile images name, unless another test has: nobody may change it, so that all can
 * have it at once. It is checked at the end, and removed with the last one.
 */
export function useNamedCanary(): () => Canary {
  const own = path.join(HOLDERS, String(process.pid));
  let canary: Canary | undefined;
  beforeAll(() =>
    locked(() => {
      const others = holders();
      mkdirSync(HOLDERS, { recursive: true });
      writeFileSync(own, '');
      if (others.length === 0) rmSync(NAMED, { recursive: true, force: true });
      canary = others.length === 0 ? plantCanary(NAMED) : watchCanary(NAMED);
    }),
  );
  afterAll(() =>
    locked(() => {
      try {
        canary?.check();
      } finally {
        rmSync(own, { force: true });
        if (holders().length === 0)
          for (const place of [NAMED, HOLDERS]) rmSync(place, { recursive: true, force: true });
      }
    }),
  );
  return () => canary ?? expect.fail('the canary is not there yet');
}

/** The processes that have it now; one that was killed has nothing any more. */
function holders(): readonly string[] {
  const known = existsSync(HOLDERS) ? readdirSync(HOLDERS) : [];
  return known.filter((pid) => existsSync(`/proc/${pid}`));
}

async function locked(deed: () => void): Promise<void> {
  while (!takeLock()) await sleep(20);
  try {
    deed();
  } finally {
    rmSync(LOCK);
  }
}

function takeLock(): boolean {
  try {
    symlinkSync(String(process.pid), LOCK);
    return true;
  } catch {
    try {
      if (!existsSync(`/proc/${readlinkSync(LOCK)}`)) rmSync(LOCK);
    } catch {
      // Another process gave it back or took it over.
    }
    return false;
  }
}
