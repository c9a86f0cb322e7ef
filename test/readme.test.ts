import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const RUN = path.join(ROOT, 'bin/run.js');

/** What only root can do on every machine. */
const CONTAINERS = /^strata (?:run|shell|exec|logs|changes|commit|rm|save|bisect) /;

/** The lines of its blocks of commands, in their order: what one makes the next may use. */
const COMMANDS = (readFileSync(path.join(ROOT, 'README.md'), 'utf8').match(/^```\n[\s\S]*?^```$/gm) ?? [])
  .flatMap((block) => block.split('\n'))
  .filter((line) => line.startsWith('strata '))
  .filter((line) => process.getuid?.() === 0 || !CONTAINERS.test(line))
  .map((line) => line.replace(/\s+#.*$/, ''));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-readme-'));
  writeFileSync(path.join(folder, 'strata'), `#!/bin/sh\nexec '${process.execPath}' '${RUN}' "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('every command of the README does what it says', () => {
  it('there are as many as the README shows', () => {
    expect(COMMANDS.length).toBeGreaterThan(10);
  });
  it.each(COMMANDS)('%s', (command) => {
    const run = spawnSync('sh', ['-c', command.replaceAll('/tmp/', `${folder}/`)], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${folder}:${process.env.PATH}`,
        STRATA_STORE: path.join(folder, 'store'),
      },
    });
    expect([run.status, run.stderr.includes('E_')]).toEqual([0, false]);
    if (!/ -o | shell /.test(command)) expect(run.stdout).not.toBe('');
    if (command.includes('id_rsa')) expect(run.stdout).toContain('PRIVATE KEY');
    if (command.includes('--setuid')) expect(run.stdout).toContain('/newgrp');
    if (command.includes('--dockerfile')) expect(run.stdout).toContain('FROM ');
    if (command.includes('--diff')) expect(run.stdout).toContain('+  "theme": "dark",');
  });
});
