import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** Returns a new empty directory that is removed after the test. */
export function scratch(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'strata-io-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** How many files this process has open. */
export function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
