import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTree } from '../../../src/runtime/copy/read-tree.js';
import { readUserFiles } from '../../../src/runtime/exec/read-user-files.js';
import { runningPrograms } from '../../../src/runtime/toolbox/running-programs.js';
import { useFolder } from '../../helpers/look.js';

/* A FIFO tells whether somebody has opened it: who wanted to write to it waits no longer. Devices do worse. */

const folder = useFolder();
let root = -1;
let number = 0;
let place = '';

beforeEach(() => {
  place = path.join(folder(), String(number++));
  mkdirSync(path.join(place, 'etc'), { recursive: true });
  root = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY);
});
afterEach(() => {
  closeSync(root);
});

test('what is no regular file is never opened', async () => {
  const fifo = path.join(place, 'etc/passwd');
  spawnSync('mkfifo', [fifo]);
  const writer = spawn('sh', ['-c', 'echo begun; exec 3> "$0"; echo opened', fifo], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  writer.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  try {
    while (said === '') await sleep(10);
    await sleep(200);
    expect(readUserFiles(root).passwd).toBeUndefined();
    expect(runningPrograms(root).isFile('/etc/passwd')).toBe(false);
    await sleep(200);
    expect(said).toBe('begun\n');
  } finally {
    writer.kill('SIGKILL');
  }
});

test('what is one is read to its end', async () => {
  writeFileSync(path.join(place, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  expect(readUserFiles(root).passwd).toBe('root:x:0:0::/:/bin/sh\n');
  const read: string[] = [];
  const take = async (entry: { readonly path: string }, pieces: unknown): Promise<void> => {
    for await (const { bytes } of (pieces ?? []) as AsyncIterable<{ bytes: Uint8Array }>)
      read.push(`${entry.path} ${Buffer.from(bytes).toString()}`);
  };
  await readTree(
    { directory: root, name: Buffer.from('etc') },
    { take },
    { idMap: [], onLoss: () => undefined },
  );
  expect(read).toEqual(['passwd root:x:0:0::/:/bin/sh\n']);
});
