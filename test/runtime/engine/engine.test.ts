import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { refused, startContainer } from '../../../src/runtime/engine/engine.js';

const WARNING = 'time="2026-01-01T00:00:00Z" level=warning msg="unable to get oom kill count"';

test.each([
  ['2026-01-01T00:00:00.000000Z: error setting up: no such file', 'error setting up: no such file'],
  [
    `${WARNING}\ntime="2026-01-01T00:00:00Z" level=error msg="runc create failed: no memory"\n`,
    'runc create failed: no memory',
  ],
  [`${WARNING}\nrunc create failed: no memory\nmore`, 'runc create failed: no memory'],
  [WARNING, WARNING],
  [' \n', 'no reason given'],
])('of what a runtime says the error is told, not its warnings: %j', (said, words) => {
  expect(refused('creating', '0123456789abcdef', said)).toMatchObject({
    code: 'E_ENGINE',
    message: `creating container 0123456789ab: ${words}`,
  });
});

test('who may move no process into the control group is told how to', () => {
  const said = 'writing file `/sys/fs/cgroup/user/abc/cgroup.procs`: Permission denied';
  expect(refused('starting', 'abc', said).hint).toContain('systemd-run --user --scope');
  expect(refused('starting', 'abc', 'Permission denied').hint).toBeUndefined();
});

test('a start fails as the runtime says, but not because the program has ended before it had finished', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-engine-'));
  const start = (words: string): Promise<void> => {
    const program = path.join(folder, 'runc');
    writeFileSync(program, `#!/bin/sh\necho '${words}' >&2; exit 1\n`, { mode: 0o700 });
    return startContainer({ kind: 'runc', program, stateFolder: folder }, 'abc');
  };
  await expect(
    start('level=error msg="remove /run/engine/abc/exec.fifo: no such file or directory"'),
  ).resolves.toBe(undefined);
  await expect(start('open /run/engine/abc/exec.fifo: no such file or directory')).rejects.toMatchObject({
    code: 'E_ENGINE',
    message: 'starting container abc: open /run/engine/abc/exec.fifo: no such file or directory',
  });
});
