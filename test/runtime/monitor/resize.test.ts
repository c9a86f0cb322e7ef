import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { resize } from '../../../src/runtime/monitor/attach.js';
import { useFolder } from '../../helpers/look.js';

const folder = useFolder();

// fifo(7): opening a pipe for writing waits for a reader, which an ended conmon never is.
test('a size is told to a conmon that listens; of one that has ended nothing is waited for', () => {
  const control = path.join(folder(), 'ctl');
  resize(control, 24, 80);
  execFileSync('mkfifo', [control]);
  resize(control, 24, 80);
  const reader = openSync(control, constants.O_RDONLY | constants.O_NONBLOCK);
  resize(control, 30, 100);
  const heard = Buffer.alloc(64);
  expect(heard.toString('latin1', 0, readSync(reader, heard))).toBe('1 30 100\n');
  closeSync(reader);
});
