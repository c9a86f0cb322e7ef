import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { killChild } from '../../src/io/kill-child.js';

test('a child is killed; one that could not be started takes nobody with it', async () => {
  const child = spawn('sleep', ['100'], { stdio: 'ignore' });
  killChild(child, 'SIGKILL');
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  // kill(2): 0 is every process of the group of the caller, which is one of its own here.
  const script = `
    import { spawn } from 'node:child_process';
    const child = spawn('/nowhere/none', [], { stdio: 'ignore' });
    child.on('error', () => undefined);
    (${killChild.toString()})(child, 'SIGKILL');
    setTimeout(() => console.log('alive'), 100);`;
  const run = spawnSync('setsid', ['--wait', process.execPath, '--input-type=module', '-e', script]);
  expect([run.status, run.stdout.toString()]).toEqual([0, 'alive\n']);
});
