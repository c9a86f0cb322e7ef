import { spawnSync } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import Autocomplete from '../../src/commands/autocomplete.js';
import Complete from '../../src/commands/complete.js';
import { schemaErrors } from '../helpers/json-schema.js';
import { linesOf, useFolder } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { needTool } from '../helpers/tool.js';

useFolder();
const autocomplete = (...argv: string[]) => runCommand(Autocomplete, argv);

interface Shells {
  readonly shells: readonly { shell: string; setup: { file: string; line: string }; script: string }[];
}

describe('autocomplete', () => {
  test.each(['bash', 'zsh'])(
    'the script for %s is one that it can read, and nothing else is printed',
    async (shell) => {
      needTool(shell);
      const { status, stdout, stderr } = await autocomplete(shell);
      expect([status, stderr]).toEqual([0, '']);
      const read = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
      expect([read.status, read.stderr]).toEqual([0, '']);
      expect(stdout).not.toMatch(/\beval\b|compgen -W/);
    },
  );

  test('without a shell says what to put where: for the shell in use, for all when it is another', async () => {
    vi.stubEnv('SHELL', '/usr/bin/zsh');
    const zsh = await autocomplete();
    expect(linesOf(zsh.stdout)).toEqual([
      'Put this line into ~/.zshrc and start a new zsh:',
      '',
      '  source <(strata autocomplete zsh)',
      '',
    ]);
    vi.stubEnv('SHELL', '/bin/tcsh');
    const all = await autocomplete();
    for (const line of ['source <(strata autocomplete bash)', 'strata autocomplete fish | source'])
      expect(all.stdout).toContain(`\n  ${line}\n`);
  });

  test('--json has script and set-up of the shell asked for, of all without', async () => {
    vi.stubEnv('SHELL', '/bin/tcsh');
    const { stdout } = await autocomplete('--json');
    const value = JSON.parse(stdout) as Shells;
    expect(schemaErrors('autocomplete.json', value)).toEqual([]);
    expect(value.shells.map(({ shell }) => shell)).toEqual(['bash', 'zsh', 'fish']);
    const bash = JSON.parse((await autocomplete('bash', '--json')).stdout) as Shells;
    expect(schemaErrors('autocomplete.json', bash)).toEqual([]);
    expect(bash.shells).toMatchObject([{ script: (await autocomplete('bash')).stdout }]);
  });

  test('a shell that is not known ends with 2', async () => {
    for (const argv of [['tcsh'], ['bash', 'zsh'], ['--bogus']])
      expect([argv, (await autocomplete(...argv)).status]).toEqual([argv, 2]);
  });
});

describe('complete, what the scripts ask', () => {
  const complete = (shell: string, line: string) => runCommand(Complete, [shell, '--', line]);

  test('says what the shell is to do, then one candidate a line, with what it is for zsh and fish', async () => {
    expect((await complete('bash', 'strata hist')).stdout).toBe('done\nhistory\n');
    expect((await complete('fish', 'strata hist')).stdout).toBe(
      'done\nhistory\tShow how the image was built, step by step, or as a Dockerfile.\n',
    );
    expect((await complete('zsh', 'strata layers docker-arch')).stdout).toBe('nospace\ndocker-archive:\n');
    expect((await complete('bash', 'strata layers ./x')).stdout).toBe('files\n');
  });

  test('never fails: there is nobody to tell', async () => {
    for (const line of [
      '',
      'strata',
      'strata layers docker://x:',
      'strata cat /nope /',
      'strata layers \0:',
      '"',
      "'\\",
    ])
      for (const shell of ['bash', 'zsh', 'fish']) {
        const { status, stdout } = await complete(shell, line);
        expect([line, status, /^(?:files|done|nospace)\n/.test(stdout)]).toEqual([line, 0, true]);
      }
  });
});
