import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO, useFolder } from '../../helpers/look.js';
import { runScript, type Started, startScript, strata } from '../../helpers/run-container.js';

/* What the user mounts in a container with ids of its own: what cp does there, and that the mounts are as asked for. */

const folder = useFolder();
const at = (...names: string[]): string => path.join(folder(), ...names);
let box: Started;

beforeAll(async () => {
  mkdirSync(at('volume'));
  mkdirSync(at('tree', 'deep'), { recursive: true });
  writeFileSync(at('tree', 'deep', 'one'), 'content');
  symlinkSync('one', at('tree', 'deep', 'link'));
  spawnSync('ln', [at('tree', 'deep', 'one'), at('tree', 'two')]);
  spawnSync('mkfifo', [at('tree', 'pipe')]);
  writeFileSync(at('volume', 'program'), '#!/bin/sh\necho ran\n');
  chmodSync(at('volume', 'program'), 0o755);
  const flags = ['-v', `${at('volume')}:/volume:noexec`, '-v', `${at('volume')}:/programs`];
  box = await startScript('box', DEMO, 'true', ...flags, '--tmpfs', '/scratch');
});

afterAll(async () => {
  strata('rm', '--force', 'box', 'host');
  await box.ended;
});

const inside = (script: string): string => strata('exec', '-u', '0', 'box', 'sh', '-c', script).stdout;

test('cp makes every kind of file there as root of the container', () => {
  for (const place of ['/volume', '/scratch', '/dev/shm']) {
    expect(strata('cp', '-q', at('tree'), `box:${place}`)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(inside(`cd ${place}/tree; find . -exec stat -c '%n %F %u:%g %h' {} + | sort`)).toBe(
      `. directory 0:0 3
./deep directory 0:0 2
./deep/link symbolic link 0:0 1
./deep/one regular file 0:0 2
./pipe fifo 0:0 1
./two regular file 0:0 2
`,
    );
  }
  expect(readFileSync(at('volume', 'tree', 'two'), 'utf8')).toBe('content');
});

test('cp takes the place of no device and no pipe, here or there', () => {
  spawnSync('mkfifo', [at('pipe')]);
  symlinkSync('pipe', at('to-pipe'));
  inside('mkfifo /tmp/pipe');
  for (const [source, target] of [
    ['box:/etc/passwd', at('pipe')],
    ['box:/etc/passwd', at('to-pipe')],
    ['box:/etc', at('pipe')],
    [at('tree', 'two'), 'box:/tmp/pipe'],
    [at('tree', 'two'), 'box:/dev/null'],
  ]) {
    const { status, stderr } = strata('cp', '-q', source, target);
    expect([target, status, stderr]).toEqual([target, 1, expect.stringMatching(/^E_EXISTS: .*device, pipe/)]);
  }
  expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  expect(inside('test -p /tmp/pipe && test -c /dev/null && echo are there')).toBe('are there\n');
});

test('a mount that is noexec lets no program be run, another does', () => {
  expect(inside('/programs/program; /volume/program || echo refused $?')).toBe('ran\nrefused 126\n');
});

test('the toolbox is not brought to what the container has put in its place, and nobody waits for that', () => {
  inside('mkdir /dev/.strata; mkfifo /dev/.strata/busybox');
  const { status, stderr } = strata('shell', '-q', '--toolbox', 'box', '-c', 'echo came');
  expect(stderr).toMatch(/^E_ENGINE: .*\/dev\/\.strata\/busybox/);
  expect(status).not.toBe(0);
  inside('rm /dev/.strata/busybox; echo > /dev/.strata/busybox');
  expect(strata('shell', '-q', '--toolbox', 'box', '-c', 'echo came').stdout).toBe('came\n');
});

test('cp does not write through a mount that is read-only in all its depth when the container has ended', () => {
  mkdirSync(at('closed'));
  const mount = `type=bind,source=${at('closed')},target=/closed,readonly,bind-recursive=readonly`;
  expect(runScript('host', DEMO, 'test -d /closed', '--userns', 'host', '--mount', mount)).toBe(0);
  expect(strata('cp', '-q', at('tree', 'two'), 'host:/closed/two').stderr).toMatch(
    /^E_UNWRITABLE: .*read-only/i,
  );
  expect(readdirSync(at('closed'))).toEqual([]);
});
