import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import Copy from '../../src/commands/copy.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN, runCommand } from '../helpers/run-command.js';

const folder = useFolder();

test.each([['cat'], ['blame']])(
  '%s of a name typed in bytes that are not UTF-8 says how to write it',
  (command) => {
    const root = path.join(folder(), command);
    mkdirSync(root);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), 'x');
    const typed = (text: string) =>
      spawnSync(
        'bash',
        ['-c', `"$@" $'${text}'`, '-', process.execPath, RUN, command, '-q', `rootfs:${root}`],
        {
          encoding: 'utf8',
        },
      );
    const { status, stderr } = typed('/caf\\xe9');
    expect([status, stderr]).toEqual([
      4,
      expect.stringContaining(
        'hint: bytes that are not UTF-8 cannot be typed: copy the name, in quotes, as strata ls prints it',
      ),
    ]);
    expect(typed('/caf\\\\xe9').status).toBe(0);
    expect(typed('/tea').stderr).not.toContain('UTF-8');
  },
);

test('an error of writing a directory names the one that was asked for', async () => {
  const { status, stderr } = await runCommand(Copy, [DEMO, `dir:${folder()}/none/out`, '-q']);
  expect([status, stderr]).toEqual([
    4,
    expect.stringContaining(
      `E_NOT_FOUND: writing the directory ${folder()}/none/out: its directory does not exist`,
    ),
  ]);
});
