import { chmodSync, chownSync, statSync } from 'node:fs';
import { afterEach, beforeAll, expect, test } from 'vitest';
import Ps from '../../../src/commands/ps.js';
import Rm from '../../../src/commands/rm.js';
import { DEMO, linesOf, useFolder } from '../../helpers/look.js';
import { runCommand } from '../../helpers/run-command.js';
import { strata } from '../../helpers/run-container.js';
import { needRoot, needTool } from '../../helpers/tool.js';

/* Law: no container owns, changes or closes a device of this machine, whoever it runs as and however it is started. */

useFolder();
beforeAll(() => {
  needRoot();
  for (const engine of ['crun', 'runc']) needTool(engine);
});
afterEach(async () => {
  const { stdout } = await runCommand(Ps, ['-aq']);
  if (stdout !== '') await runCommand(Rm, ['-f', ...linesOf(stdout)]);
  // As it was, for everybody else, should the test have failed.
  chownSync('/dev/null', 0, 0);
  chmodSync('/dev/null', 0o666);
});

const nullDevice = (): unknown => {
  const { ino, rdev, mode, uid, gid } = statSync('/dev/null');
  return { ino, rdev, mode, uid, gid };
};

const TRY = 'chown 1000 /dev/null; chmod 600 /dev/null; echo kept > /dev/null && cat /dev/null';

for (const engine of ['crun', 'runc'])
  for (const flags of [[], ['-u', '0'], ['-i'], ['-t'], ['--userns', 'host', '-u', '0']])
    test(`${engine} run ${flags.join(' ')}`, () => {
      const before = nullDevice();
      const words = ['--runtime', engine, ...flags, '--entrypoint', '/bin/sh', DEMO, '-c', TRY];
      const ended = strata('run', '-q', '--rm', ...words);
      expect(ended.stdout).not.toContain('kept');
      expect(ended.status).toBe(0);
      expect(nullDevice()).toEqual(before);
    });

test('a container that is started again', () => {
  const before = nullDevice();
  const made = strata('run', '-q', '--name', 'twice', '--entrypoint', '/bin/sh', DEMO, '-c', TRY);
  expect(made.status).toBe(0);
  expect(strata('start', '-a', 'twice').status).toBe(0);
  expect(nullDevice()).toEqual(before);
});

for (const engine of ['crun', 'runc'])
  for (const names of [[], ['--userns', 'host']])
    test(`what is executed in a container of ${engine} ${names.join(' ')}`, () => {
      const before = nullDevice();
      const goesOn = ['-d', '--name', 'long', '--runtime', engine, ...names, '--entrypoint', '/bin/sleep'];
      expect(strata('run', '-q', ...goesOn, DEMO, '60').status).toBe(0);
      expect(strata('exec', 'long', 'true').status).toBe(0);
      expect(strata('exec', '-u', '0', 'long', 'sh', '-c', TRY).status).toBe(0);
      expect(strata('exec', '-u', '0', 'long', 'sh', '-c', 'chmod 600 /dev/stdin; true').status).toBe(0);
      expect(strata('exec', '-d', 'long', 'sh', '-c', TRY).status).toBe(0);
      expect(nullDevice()).toEqual(before);
    });
