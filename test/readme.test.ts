import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('every command of the README does what it says', () => {
  it('there are as many as the README shows', () => {
    expect(COMMANDS.length).toBeGreaterThan(10);
  });
  it.each(COMMANDS)('%s', (command) => {
    const words = command
      .split(' ')
      .slice(1)
      .map((word) => word.replace(/^\/tmp\//, `${folder}/`));
    const run = spawnSync(process.execPath, [path.join(ROOT, 'bin/run.js'), ...words], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, STRATA_STORE: path.join(folder, 'store') },
    });
    expect([run.status, run.stderr.includes('E_')]).toEqual([0, false]);
    if (!command.includes(' -o ')) expect(run.stdout).not.toBe('');
    if (command.includes('id_rsa')) expect(run.stdout).toContain('PRIVATE KEY');
    if (command.includes('--setuid')) expect(run.stdout).toContain('/newgrp');
    if (command.includes('--dockerfile')) expect(run.stdout).toContain('FROM ');
    if (command.includes('--diff')) expect(run.stdout).toContain('+  "theme": "dark",');
  });
});
