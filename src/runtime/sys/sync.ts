import { closeSync, openSync } from 'node:fs';
import { check, declare, shown } from './libc.js';

const syncfs = declare('int syncfs(int file)');

/** Makes everything that was written to the file system of `path` survive a power loss. Throws SystemCallError. */
export function syncFileSystem(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    check('syncing the file system of', shown(path), syncfs(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
