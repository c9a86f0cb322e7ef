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

/** Holds the process that has the canary: a link, which is made and read whole. */
const LOCK = `${NAMED}.lock`;

/** Plants the canary at the path that hostile images name, for one test file at a time; it is checked at the end. */
export function useNamedCanary(): () => Canary {
  let canary: Canary | undefined;
  beforeAll(async () => {
    while (!takeLock()) await sleep(200);
    rmSync(NAMED, { recursive: true, force: true });
    canary = plantCanary(NAMED);
  }, 900_000);
  afterAll(() => {
    if (canary === undefined) return;
    try {
      canary.check();
    } finally {
      rmSync(NAMED, { recursive: true, force: true });
      rmSync(LOCK);
    }
  });
  return () => canary ?? expect.fail('the canary is not there yet');
}

/** Only a process that is no more loses its lock: one that works for long still needs its canary. */
function takeLock(): boolean {
  try {
    symlinkSync(String(process.pid), LOCK);
    return true;
  } catch {
    try {
      const holder = readlinkSync(LOCK);
      if (holder !== String(process.pid) && existsSync(`/proc/${holder}`)) return false;
      rmSync(LOCK);
    } catch {
      // Another process gave it back or took it over.
    }
    return false;
  }
}
