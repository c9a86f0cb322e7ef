import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/index.js';
import { FIXTURES, RUN } from '../helpers/run-command.js';

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

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-examples-'));
  writeFileSync(path.join(folder, 'strata'), `#!/bin/sh\nexec '${process.execPath}' '${RUN}' "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('every example of every command runs as it is written', () => {
  test('every command but hidden ones has examples', () => {
    const without = Object.entries(COMMANDS).filter(
      ([name, command]) =>
        !('hidden' in command && command.hidden) && !examples.some((example) => example.name === name),
    );
    expect(without.map(([name]) => name)).toEqual([]);
  });

  const isRoot = process.getuid?.() === 0;
  test.each(examples.filter(({ line }) => isRoot || !FOR_ROOT.test(line)))('$line', ({ line: written }) => {
    // A terminal of its own for those that want one.
    const line = / -it\b/.test(written) ? `script -qec '${written}' /dev/null` : written;
    const place = mkdtempSync(path.join(folder, 'place-'));
    for (const [name, fixture] of Object.entries(NAMES))
      symlinkSync(path.join(FIXTURES, fixture), path.join(place, name));
    const unpacked = / -C (\w+)/.exec(line);
    if (unpacked !== null) mkdirSync(path.join(place, unpacked[1]));
    const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], {
      cwd: place,
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${folder}:${process.env.PATH ?? ''}`,
        STRATA_STORE: path.join(folder, 'store'),
        NO_COLOR: '1',
      },
      input: line === written ? '' : 'exit\n',
      timeout: 60_000,
      maxBuffer: 1 << 28,
    });
    expect([status, stderr.replace(/^(?:reading|anomalies).*\n/gm, '')]).toEqual([
      0,
      expect.not.stringMatching(/\bE_/),
    ]);
  });
});
