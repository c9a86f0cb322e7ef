import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DEMO, useFolder } from '../../helpers/look.js';
import { monitorOf, strata } from '../../helpers/run-container.js';

useFolder();

const SLEEP = ['-u', '0', '--entrypoint', '/bin/sleep', DEMO, '1000'];
const mountsOf = (name: string): string =>
  strata('exec', name, 'sh', '-c', "echo mine >> /written; grep ' / ' /proc/mounts")
    .stdout.split('\n')
    .at(-2) ?? '';

test('what is removed at its end waits for no disk, and can be started again where its end was not seen', async () => {
  expect(strata('run', '-dq', '--name', 'kept', ...SLEEP).status).toBe(0);
  expect(mountsOf('kept')).not.toContain('volatile');
  const id = strata('run', '-dq', '--rm', '--name', 'brief', ...SLEEP).stdout.trim();
  expect(mountsOf('brief')).toContain('volatile');
  // Nobody is left who would remove it.
  const monitor = monitorOf(id);
  process.kill(monitor, 'SIGKILL');
  while (existsSync(`/proc/${String(monitor)}`)) await sleep(5);
  strata('kill', 'brief');
  expect(strata('start', 'brief')).toMatchObject({ status: 0 });
  expect(mountsOf('brief')).toContain('volatile');
  expect(strata('exec', 'brief', 'cat', '/written').stdout).toBe('mine\nmine\n');
  expect(strata('rm', '-f', 'kept', 'brief').status).toBe(0);
});
