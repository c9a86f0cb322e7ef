import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import Ps from '../../src/commands/ps.js';
import Rm from '../../src/commands/rm.js';
import { DEMO, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { startScript } from '../helpers/run-container.js';

/* A container is not over because its runtime does not answer. */

const folder = useFolder();

test('a runtime that fails: the container is unknown, and only --force removes it', async () => {
  const runtime = path.join(folder(), 'crun');
  const say = (script: string): void => {
    writeFileSync(runtime, `#!/bin/sh\n${script}\nexec /usr/bin/crun "$@"\n`);
    chmodSync(runtime, 0o755);
  };
  say('');
  const { ended } = await startScript('live', DEMO, '', '--runtime', runtime);
  say('case "$*" in *" state "*) echo no memory >&2; exit 1;; esac');
  const listed = await runCommand(Ps, ['--json']);
  expect(validJson('ps.json', listed)).toMatchObject({
    containers: [{ name: 'live', status: 'unknown', pid: null, exit: null }],
  });
  const refused = await runCommand(Rm, ['live']);
  expect(refused).toMatchObject({ status: 125 });
  expect(refused.stderr).toContain('E_ENGINE: looking at container');
  expect(await runCommand(Rm, ['--force', 'live'])).toMatchObject({ status: 0, stderr: '' });
  expect(await ended).toBe(137);
  expect(JSON.parse((await runCommand(Ps, ['-a', '--json'])).stdout)).toMatchObject({ containers: [] });
});
