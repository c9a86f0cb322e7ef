import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RUN } from './helpers/run-command.js';
import { runLine } from './helpers/run-line.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const COMMANDS = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('strata fixtures/') || /^strata \w+ .*fixtures\//.test(line))
  // Those of a terminal are tried by hand, and only root can run containers.
  .filter((line) => !line.includes(' -it ') && (process.getuid?.() === 0 || !line.startsWith('strata run ')))
  .map((line) => line.replace(/\s+#.*$/, ''));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-readme-'));
  vi.stubEnv('STRATA_STORE', path.join(folder, 'store'));
  vi.stubEnv('NODE_ENV', 'production');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function spawn(argv: readonly string[]) {
  return spawnSync(process.execPath, [RUN, ...argv], { cwd: ROOT, encoding: 'utf8' });
}

describe('every command of the README does what it says', () => {
  it('there are as many as the README shows', () => {
    expect(COMMANDS.length).toBeGreaterThan(10);
  });
  it.each(COMMANDS)('%s', async (command) => {
    const words = command.split(' ').map((word) => word.replace(/^\/tmp\//, `${folder}/`));
    // One that runs containers goes to a mount namespace of its own.
    const run = words[1] === 'run' ? spawn(words.slice(1)) : await runLine(ROOT, words);
    expect([run.status, run.stderr.includes('E_')]).toEqual([0, false]);
    if (!command.includes(' -o ')) expect(run.stdout).not.toBe('');
    if (command.includes('id_rsa')) expect(run.stdout).toContain('PRIVATE KEY');
    if (command.includes('--setuid')) expect(run.stdout).toContain('/newgrp');
    if (command.includes('--dockerfile')) expect(run.stdout).toContain('FROM ');
    if (command.includes('--diff')) expect(run.stdout).toContain('+  "theme": "dark",');
  });
});
