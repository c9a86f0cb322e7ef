import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import Diff from '../../src/commands/diff.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const diff = (...argv: string[]) => runCommand(Diff, argv);
const names = async (...argv: string[]): Promise<string[]> =>
  linesOf((await diff(...argv, '--name-only')).stdout);

interface DiffJson {
  readonly images: { readonly config: readonly { readonly field: string }[] } | null;
  readonly differences: readonly {
    readonly path: string;
    readonly kind: string;
    readonly facets: readonly string[];
    readonly by: { readonly side: string; readonly layer: number };
    readonly expected?: string | null;
    readonly content?: { readonly kind: string };
  }[];
  readonly counts: Readonly<Record<string, number | null>>;
}
async function json(...argv: string[]): Promise<DiffJson> {
  return validJson('diff.json', await diff(...argv, '--json')) as DiffJson;
}

let a: string;
let b: string;
/** Two trees of this machine with every kind of difference that needs no root. */
beforeAll(() => {
  a = path.join(folder(), 'tree-a');
  b = path.join(folder(), 'tree-b');
  for (const root of [a, b]) mkdirSync(path.join(root, 'etc'), { recursive: true });
  for (const root of [a, b]) mkdirSync(path.join(root, 'var/log'), { recursive: true });
  const put = (root: string, name: string, text: string): void =>
    writeFileSync(path.join(root, name), text, { mode: 0o644 });
  put(a, 'etc/app.conf', 'colour = red\nsize = 3\n');
  put(b, 'etc/app.conf', 'colour = blue\nsize = 3\n');
  put(a, 'etc/gone', 'gone\n');
  put(b, 'etc/new', 'new\n');
  put(a, 'etc/moved', 'a file that moves about\n');
  put(b, 'var/moved', 'a file that moves about\n');
  put(a, 'var/log/x.log', 'monday\n');
  put(b, 'var/log/x.log', 'tuesday\n');
  put(a, 'etc/same', 'same\n');
  put(b, 'etc/same', 'same\n');
  put(a, 'etc/program', 'text\0one');
  put(b, 'etc/program', 'text\0two');
  put(a, 'etc/app.d', 'was a file\n');
  mkdirSync(path.join(b, 'etc/app.d'));
  put(b, 'etc/app.d/one', 'in a directory\n');
  put(b, 'etc/evil\x1b[2J\u202e', 'a line that is red: \x1b[31m\n');
  execFileSync('find', [a, b, '-exec', 'touch', '-d', '@1700000000', '{}', '+']);
});

describe('diff of two trees', () => {
  test('names what came, went, changed and moved, one line each', async () => {
    const ended = await diff(`rootfs:${a}`, `rootfs:${b}`, '--name-status');
    expect(linesOf(ended.stdout)).toEqual([
      'M\t/etc/app.conf',
      'M\t/etc/app.d',
      'A\t/etc/app.d/one',
      'A\t/etc/evil\\x1b[2J\\u202e',
      'D\t/etc/gone',
      'A\t/etc/new',
      'M\t/etc/program',
      'M\t/var/log/x.log',
      'R\t/etc/moved\t/var/moved',
    ]);
    expect(await names(`rootfs:${a}`, `rootfs:${b}`, '--no-renames', '/etc/moved', '/var')).toEqual([
      '/etc/moved',
      '/var/log/x.log',
      '/var/moved',
    ]);
  });

  test('--only, --ignore, --exclude and globs choose', async () => {
    const sides = [`rootfs:${a}`, `rootfs:${b}`];
    expect(await names(...sides, '--only', 'added,renamed')).toEqual([
      '/etc/app.d/one',
      '/etc/evil\\x1b[2J\\u202e',
      '/etc/new',
      '/var/moved',
    ]);
    expect(await names(...sides, '--ignore', 'content,kind,mode,added,removed')).toEqual(['/var/moved']);
    expect(await names(...sides, '--exclude', '/var/**', '--exclude', 'evil*', '--only', 'content')).toEqual([
      '/etc/app.conf',
      '/etc/program',
    ]);
    expect(await names(...sides, '**/*.log', '/etc/gone')).toEqual(['/etc/gone', '/var/log/x.log']);
  });

  test('of a file that is named the content is shown; nothing of a name or a content moves the terminal', async () => {
    const { stdout } = await diff(`rootfs:${a}`, `rootfs:${b}`, '/etc/app.conf', '--no-word-diff');
    expect(stdout).toContain('\n-colour = red\n+colour = blue\n size = 3\n');
    const all = await diff(`rootfs:${a}`, `rootfs:${b}`, '--content');
    expect(all.stdout).not.toMatch(CONTROL);
    expect(all.stdout).toContain('+a line that is red: \\x1b[31m');
    for (const form of ['--markdown', '--stat'])
      expect((await diff(`rootfs:${a}`, `rootfs:${b}`, form)).stdout).not.toMatch(CONTROL);
  });

  test('--semantic tells apart what a rebuild changes, --exit-code counts only the rest', async () => {
    const { differences, counts } = await json(`rootfs:${a}`, `rootfs:${b}`, '--semantic');
    expect(counts.expected).toBe(1);
    expect(differences.find(({ path: where }) => where === '/var/log/x.log')?.expected).toBe('log');
    expect(differences.find(({ path: where }) => where === '/etc/gone')?.expected).toBeNull();
    const code = async (...argv: string[]) => (await diff(...argv, '--exit-code', '--semantic')).status;
    expect(await code(`rootfs:${a}`, `rootfs:${b}`)).toBe(1);
    expect(await code(`rootfs:${a}`, `rootfs:${b}`, '/var/log')).toBe(0);
    expect((await diff(`rootfs:${a}`, `rootfs:${b}`, '/var/log', '--exit-code')).status).toBe(1);
    expect((await diff(`rootfs:${a}`, `rootfs:${a}`, '--exit-code')).status).toBe(0);
  });

  test('--patch gives the text files of the second tree, by GNU patch', async () => {
    const { bytes, stderr } = await diff(`rootfs:${a}`, `rootfs:${b}`, '--patch');
    const copy = path.join(folder(), 'patched');
    execFileSync('cp', ['-a', a, copy]);
    execFileSync('patch', ['-p1', '--quiet', '-d', copy], { input: bytes });
    // A program is no part of it, nor a file that became a directory.
    execFileSync('cp', ['-p', path.join(b, 'etc/program'), path.join(copy, 'etc/program')]);
    rmSync(path.join(copy, 'etc/app.d'));
    execFileSync('cp', ['-a', path.join(b, 'etc/app.d'), path.join(copy, 'etc/app.d')]);
    expect(execFileSync('diff', ['-r', '--no-dereference', copy, b], { encoding: 'utf8' })).toBe('');
    expect(stderr).toContain('not in the patch: 3 differences');
  });

  test('the size that is compared is bounded, and the note says so', async () => {
    const sides = [`rootfs:${a}`, `rootfs:${b}`, '/etc/app.conf'];
    expect((await diff(...sides, '--max-content', '10')).stdout).toContain('23 bytes are more than 10');
    const [difference] = (await json(...sides, '--max-content', '10')).differences;
    expect(difference.content?.kind).toBe('capped');
  });
});

describe('diff of snapshots', () => {
  test('a range is one difference: what came and went within it is not told', async () => {
    // The token came in layer 6 and went in a later one.
    expect(await names(`${DEMO}@5`, `${DEMO}@6`)).toContain('/root/.deploy/token');
    expect(await names(`${DEMO}@5`, DEMO)).not.toContain('/root/.deploy/token');
    const { images, differences } = await json(`${DEMO}@3`, `${DEMO}@6`);
    expect(images).toBeNull();
    expect(new Set(differences.map(({ by }) => `${by.side} ${String(by.layer)}`))).toEqual(
      new Set(['after 5', 'after 6']),
    );
  });

  test('the text says on the first lines which two, how much and who did it', async () => {
    const { stdout } = await diff(`${DEMO}@3`, `${DEMO}@6`);
    const lines = linesOf(stdout);
    expect(
      lines
        .slice(0, 2)
        .every((line) => /^[AB] {2}docker-archive:.*demo\.tar after layer [36] of 12$/.test(line)),
    ).toBe(true);
    expect(stdout).toMatch(/^files {2}35 added, 0 removed, 1 changed; \+277 kB$/m);
    expect(stdout).toMatch(/^5 +31 +0 +0 +0 +\+275 kB +COPY \. \/app$/m);
    expect(stdout).toMatch(/^\+ +\+275 kB +5 +19 files below +\/app\/$/m);
  });

  test('two images: configuration, history and shared layers', async () => {
    const other = path.join(FIXTURES, 'docker-classic.tar');
    const { images, counts } = await json(DEMO, other);
    expect(images?.config.length).toBeGreaterThan(0);
    expect(counts.removed).toBeGreaterThan(10);
    const { stdout } = await diff(DEMO, other);
    expect(stdout).toMatch(/layers? shared \(/);
    expect(stdout).toMatch(/^- {2}A12 {2}[0-9a-f]{12} +[\d.]+ k?B$/m);
    expect(stdout).toMatch(/^\+ {2}B1 +[0-9a-f]{12} +[\d.]+ [kM]?B$/m);
    expect((await json(DEMO, other, '--files-only')).images).toBeNull();
  });
});

test('--exit-code counts only what was asked for and is shown', async () => {
  const other = path.join(folder(), 'tree-later');
  execFileSync('cp', ['-a', a, other]);
  execFileSync('touch', ['-d', '@1800000000', path.join(other, 'etc/gone')]);
  const code = async (...argv: string[]) =>
    (await diff(`rootfs:${a}`, `rootfs:${other}`, '--exit-code', ...argv)).status;
  expect(await code('--only', 'mtime')).toBe(1);
  expect(await code('--ignore', 'mtime')).toBe(0);
  expect(await code('--only', 'mode', '--stat')).toBe(0);
  expect(await code('/var')).toBe(0);
  expect(await code('**/*.log')).toBe(0);
  const images = [DEMO, path.join(FIXTURES, 'docker-classic.tar')];
  expect((await diff(...images, '--exit-code', '/no*such')).status).toBe(0);
  expect((await diff(...images, '--exit-code', '--only', 'device', '--name-only')).status).toBe(0);
});

test('an error never ends with the code that says that something differs', async () => {
  const missing = path.join(folder(), 'no-such-folder');
  const ended = await diff(`rootfs:${a}`, `rootfs:${missing}`, '--exit-code');
  expect(ended.status).toBeGreaterThan(1);
  const archive = path.join(folder(), 'unreadable.tar');
  mkdirSync(path.join(archive, 'x'), { recursive: true });
  expect((await diff(`docker-archive:${archive}`, DEMO, '--exit-code')).status).toBeGreaterThan(1);
});

test('--patch with --semantic leaves out what every rebuild changes', async () => {
  const { stdout } = await diff(`rootfs:${a}`, `rootfs:${b}`, '--patch', '--semantic');
  expect(stdout).toContain('etc/app.conf');
  expect(stdout).not.toContain('x.log');
});

describe('what cannot be compared', () => {
  test.each([
    [['--only', 'colour'], 2, 'E_USAGE'],
    [['--max-content', 'much'], 2, 'E_USAGE'],
    [['/no/such/path'], 4, 'E_NOT_FOUND'],
    [['--stat', '--patch'], 2, 'E_USAGE'],
    [['--markdown', '--content'], 2, 'E_USAGE'],
    [['--stat', '--side-by-side'], 2, 'E_USAGE'],
    [['--word-diff', '--side-by-side'], 2, 'E_USAGE'],
  ])('%j', async (argv, status, code) => {
    const ended = await diff(`${DEMO}@3`, `${DEMO}@6`, ...argv);
    expect(ended.status).toBe(status);
    expect(ended.stderr).toContain(code);
    expect(ended.stderr).toContain('hint: ');
  });

  test('a snapshot out of range and an image that is not there', async () => {
    expect((await diff(DEMO, `${DEMO}@99`)).stderr).toContain('E_SNAPSHOT_RANGE');
    expect((await diff(DEMO, 'no-such.tar')).status).toBe(4);
  });
});
