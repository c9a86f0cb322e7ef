import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import Cat from '../../src/commands/cat.js';
import Grep from '../../src/commands/grep.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const grep = (...argv: string[]) => runCommand(Grep, argv);
const lines = async (...argv: string[]): Promise<string[]> => linesOf((await grep(...argv)).stdout);

interface GrepJson {
  readonly matched: number;
  readonly searched: number;
  readonly undecided: number;
  readonly matches?: readonly {
    readonly path: string;
    readonly layer: number;
    readonly live: boolean;
    readonly line?: number;
    readonly offset?: number;
    readonly text?: string;
    readonly textOffset?: number;
    readonly binary?: true;
  }[];
  readonly files?: readonly { readonly path: string; readonly count: number }[];
}
async function json(...argv: string[]): Promise<GrepJson> {
  return validJson('grep.json', await grep(...argv, '--json')) as GrepJson;
}

let odd = '';
beforeAll(() => {
  const root = path.join(folder(), 'odd');
  mkdirSync(root);
  const files: Record<string, string | Uint8Array> = {
    'escape.txt': 'one\n\x1b[2Jneedle \u202e\x07\r\n',
    'binary.bin': Buffer.from('needle\0needle\nneedle\n'),
    'long.js': `${'x'.repeat(3_000_000)}needle${'y'.repeat(100_000)}\nneedle\n`,
    'last.txt': 'no\nneedle',
    'empty.txt': '',
    'latin.txt': Buffer.from('caf\xe9 needle\n', 'latin1'),
    'evil.txt': `${'a'.repeat(200_000)}!\n`,
    'accents.txt': 'ÉTÉ\nété\n',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(root, name), content);
  odd = `rootfs:${root}`;
});

describe('grep: what grep(1) prints for the same file', () => {
  test.each([
    ['^root', []],
    ['o.*o', []],
    [':x:', ['-F']],
    ['BIN', ['-i']],
    ['[0-9]{3,}', []],
    ['sh$', []],
    ['nologin|daemon', []],
    ['.', ['-m', '2']],
  ])('%s %j', async (pattern, flags) => {
    const content = (await runCommand(Cat, [DEMO, '/etc/passwd'])).bytes;
    const fixed = flags.includes('-F') ? [] : ['-E'];
    const told = spawnSync('grep', ['-n', ...fixed, ...flags, pattern], { input: content, encoding: 'utf8' });
    const ended = await grep(DEMO, pattern, '/etc/passwd', '-n', ...flags);
    expect(ended.stdout).toBe(
      linesOf(told.stdout)
        .map((line) => `/etc/passwd:${line}\n`)
        .join(''),
    );
    expect(ended.status).toBe(told.status);
  });

  test('no match ends with 1 and prints nothing', async () => {
    const ended = await grep(DEMO, 'no-such-text-anywhere');
    expect([ended.status, ended.stdout]).toEqual([1, '']);
  });
});

describe('grep', () => {
  test('finds the same in gzip, zstd and plain layers', async () => {
    const plain = (await lines(DEMO, 'notes', '-n')).sort();
    expect(plain.length).toBeGreaterThan(3);
    expect((await lines(path.join(FIXTURES, 'demo-oci'), 'notes', '-n')).sort()).toEqual(plain);
    expect((await lines(path.join(FIXTURES, 'demo-zstd'), 'notes', '-n')).sort()).toEqual(plain);
  });

  test('--all-layers finds what is gone, --deleted only that, a snapshot only what it shows', async () => {
    expect(await lines(DEMO, 'PRIVATE KEY')).toEqual([]);
    expect(await lines(DEMO, 'BEGIN.*PRIVATE KEY', '--all-layers')).toEqual([
      '@6:/root/.deploy/id_rsa:-----BEGIN RSA PRIVATE KEY-----',
    ]);
    expect(await lines(DEMO, '"theme"', '--deleted')).toEqual(['@10:/app/config.json:  "theme": "light",']);
    expect(await lines(DEMO, '"theme"')).toEqual(['/app/config.json:  "theme": "dark",']);
    const { matches = [] } = await json(DEMO, '"theme"', '--all-layers');
    expect(matches.map(({ layer, live }) => [layer, live])).toEqual([
      [5, false],
      [9, false],
      [10, false],
      [11, true],
    ]);
    expect(await lines(DEMO, 'BEGIN', '/root/.deploy', '--deleted', '-c')).toEqual([
      '@6:/root/.deploy/id_rsa:1',
    ]);
  });

  test('-l, -c, --include and --exclude choose what is told', async () => {
    expect((await lines(DEMO, 'module.exports', '-l', '-F')).sort()).toEqual(
      ['left-harbour', 'signal-flags', 'tide-table'].map((name) => `/app/node_modules/${name}/index.js`),
    );
    expect(await lines(DEMO, 'x', '/etc', '--include', 'pass*', '-c')).toEqual(['/etc/passwd:4']);
    expect(await lines(DEMO, 'bookworm', '/etc', '--exclude', '/etc/apt/**', '-l')).toEqual([]);
    expect((await json(DEMO, 'x', '/etc/passwd', '-c')).files).toMatchObject([
      { path: '/etc/passwd', count: 4 },
    ]);
  });

  test('a file of several names is searched once', async () => {
    const { matches } = await json(DEMO, 'ELF', '/usr/bin');
    expect(matches).toMatchObject([{ path: '/usr/bin/busybox', binary: true }]);
  });

  test('binary files are told, not shown; -a shows them escaped', async () => {
    expect(await lines(odd, 'needle', '/binary.bin')).toEqual(['/binary.bin: binary file matches']);
    expect(await lines(odd, 'needle', '/binary.bin', '-a', '-n')).toEqual([
      '/binary.bin:1:needle\\x00needle',
      '/binary.bin:2:needle',
    ]);
  });

  test('offsets are where the line begins in the file', async () => {
    const { matches = [] } = await json(odd, 'needle', '/last.txt');
    expect(matches).toMatchObject([{ line: 2, offset: 3, text: 'needle' }]);
  });

  test('a line beyond a megabyte is one line, and a terminal gets the part that matches', async () => {
    const at = (...argv: string[]) => lines(odd, ...argv);
    expect(await at('needle', '/long.js', '-c')).toEqual(['/long.js:2']);
    expect(await at('^x', '/long.js', '-c')).toEqual(['/long.js:1']);
    expect(await at('^y', '/long.js', '-c')).toEqual([]);
    expect(await at('x$', '/long.js', '-c')).toEqual([]);
    expect(await at('y$', '/long.js', '-c', '-n')).toEqual(['/long.js:1']);
    const { matches = [] } = await json(odd, 'needle$', '/long.js');
    expect(matches).toMatchObject([{ line: 2, text: 'needle' }]);
    const [first] = (await json(odd, 'needley', '/long.js')).matches ?? [];
    expect(first).toMatchObject({ line: 1, offset: 0 });
    expect((first.textOffset ?? 0) + (first.text?.indexOf('needley') ?? 0)).toBe(3_000_000);
    expect(await at('needley', '/long.js')).toEqual([expect.stringMatching(/^\/long\.js:…x+needley+$/)]);
    const shown = await runCommand(Grep, [odd, 'needle', '/long.js'], { tty: 80 });
    for (const line of linesOf(withoutColour(shown.stdout))) expect(line.length).toBeLessThanOrEqual(80);
    expect(withoutColour(shown.stdout)).toContain('xneedley');
  });

  test('stderr and JSON say when parts of a line do not decide', async () => {
    const ended = await grep(odd, '^x.*y$', '/long.js');
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toContain(
      '1 line of more than 1 MiB searched in parts (the first: /long.js in layer 1, line 1)',
    );
    expect(await json(odd, '^x.*y$', '/long.js')).toMatchObject({ undecided: 1, matched: 0 });
    expect((await grep(odd, 'n[e]{2}dle', '/long.js', '-c')).stderr).not.toContain('parts');
    expect((await grep(odd, '^x.*x', '/long.js', '-c')).stderr).not.toContain('parts');
  });

  test('-c counts all lines of a binary file, as grep -a does', async () => {
    expect(await lines(odd, 'needle', '/binary.bin', '-c')).toEqual(['/binary.bin:2']);
    expect((await json(odd, 'needle', '/binary.bin', '-c')).files).toMatchObject([
      { count: 2, binary: true },
    ]);
  });

  test('control characters of a file never reach the terminal, matches are coloured', async () => {
    const { stdout } = await runCommand(Grep, [odd, 'needle', '/escape.txt', '--color=always'], { tty: 80 });
    expect(stdout).toContain('\x1b[1m\x1b[31mneedle\x1b[39m\x1b[22m');
    expect(withoutColour(stdout)).toBe('/escape.txt:2:\\x1b[2Jneedle \\u202e\\x07\\r\n');
    expect((await grep(odd, 'needle', '/escape.txt')).stdout).not.toMatch(CONTROL);
  });

  test('hostile lines cannot make a pattern hang', async () => {
    for (const flags of [[], ['-i']])
      expect((await grep(odd, '(a+)+$', '/evil.txt', ...flags)).status).toBe(1);
  });

  test('-i fits letters beyond ASCII too', async () => {
    expect(await lines(odd, 'éTé', '/accents.txt', '-i')).toHaveLength(2);
    expect(await lines(odd, 'été', '/accents.txt')).toEqual(['/accents.txt:été']);
  });

  test('wrong usage ends with 2, a missing path with 4', async () => {
    for (const argv of [[DEMO], [DEMO, '('], [DEMO, 'x', '/', '-l', '-c'], [DEMO, 'x', '-m', '0']])
      expect([argv, (await grep(...argv)).status]).toEqual([argv, 2]);
    expect((await grep(DEMO, 'x', '/nope')).status).toBe(4);
    expect((await grep(DEMO, 'x', '/nope', '--deleted')).status).toBe(4);
  });

  test('JSON tells how much was searched', async () => {
    const { searched, matched } = await json(DEMO, 'root', '/etc');
    expect(matched).toBeLessThan(searched);
    expect((await json(DEMO, 'no-such-text-anywhere', '/etc')).matched).toBe(0);
  });
});
