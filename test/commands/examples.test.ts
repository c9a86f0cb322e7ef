import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../src/commands/index.js';
import { FIXTURES, RUN } from '../helpers/run-command.js';
import { runLine } from '../helpers/run-line.js';

/** Lines for other shells than this test has. */
const OTHER_SHELLS = /\b(?:zsh|fish)\b/;

/** Names that examples use → the fixture that stands for them. */
const NAMES: Readonly<Record<string, string>> = { 'demo.tar': 'demo.tar', 'multi-oci': 'oci-nested' };

/** Lines that only root can run. */
const FOR_ROOT = /\bstrata (?:run|shell|bisect|replay)\b/;

interface Example {
  readonly description: string;
  readonly command: string;
}

const examples = Object.entries(COMMANDS).flatMap(([name, command]) =>
  ((command as { examples?: readonly (Example | string)[] }).examples ?? [])
    .filter((example): example is Example => typeof example === 'object')
    .map(({ description, command: line }) => ({
      name,
      description,
      line: line.replaceAll('<%= config.bin %>', 'strata').replaceAll('<%= command.id %>', name),
    }))
    .filter(({ line }) => !OTHER_SHELLS.test(line)),
);

/** Lines that a shell does more with than take them apart, and a command that goes to a mount namespace of its own. */
const FOR_SHELL = /[|&;<>$]|--mounted/;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-examples-'));
  writeFileSync(path.join(folder, 'strata'), `#!/bin/sh\nexec '${process.execPath}' '${RUN}' "$@"\n`, {
    mode: 0o755,
  });
  vi.stubEnv('PATH', `${folder}:${process.env.PATH ?? ''}`);
  vi.stubEnv('STRATA_STORE', path.join(folder, 'store'));
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('NODE_ENV', 'production');
});
afterAll(() => {
  spawnSync('sh', ['-c', 'strata ps -aq | xargs -r strata rm -f']);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

function runInShell(place: string, written: string): Ended {
  // A terminal of its own for those that want one.
  const wantsTerminal = / -it\b/.test(written);
  const line = wantsTerminal ? `script -qec '${written}' /dev/null` : written;
  return spawnSync('bash', ['-o', 'pipefail', '-c', line], {
    cwd: place,
    encoding: 'utf8',
    input: wantsTerminal ? 'exit\n' : '',
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
}

/** Without a process of its own, which costs more than what most commands do. */
async function runHere(place: string, line: string): Promise<Ended> {
  const { stdout } = spawnSync('bash', ['-c', `set -f; printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return runLine(place, stdout.split('\0').slice(0, -1));
}

describe('every example of every command runs as it is written', () => {
  test('every command but hidden ones has examples', () => {
    const without = Object.entries(COMMANDS).filter(
      ([name, command]) =>
        !('hidden' in command && command.hidden) && !examples.some((example) => example.name === name),
    );
    expect(without.map(([name]) => name)).toEqual([]);
  });

  const isRoot = process.getuid?.() === 0;
  test.each(examples.filter(({ line }) => isRoot || !FOR_ROOT.test(line)))('$line', async ({ line }) => {
    const place = mkdtempSync(path.join(folder, 'place-'));
    for (const [name, fixture] of Object.entries(NAMES))
      symlinkSync(path.join(FIXTURES, fixture), path.join(place, name));
    const unpacked = / -C (\w+)/.exec(line);
    if (unpacked !== null) mkdirSync(path.join(place, unpacked[1]));
    const needsProcess = FOR_ROOT.test(line) || FOR_SHELL.test(line.replaceAll(/'[^']*'/g, ''));
    const { status, stderr } = needsProcess ? runInShell(place, line) : await runHere(place, line);
    expect([status, stderr.replace(/^(?:reading|anomalies).*\n/gm, '')]).toEqual([
      0,
      expect.not.stringMatching(/\bE_/),
    ]);
  });
});
