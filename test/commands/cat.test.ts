import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Cat from '../../src/commands/cat.js';
import Find from '../../src/commands/find.js';
import { CONTROL, DEMO, useFolder, validJson } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';
import { fileOf, LayoutBuilder, tar } from '../images/build.js';

const folder = useFolder();
const cat = (...argv: string[]) => runCommand(Cat, argv);
const onTerminal = (...argv: string[]) => runCommand(Cat, argv, { tty: 80 });
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

interface CatJson {
  readonly files: readonly {
    readonly path: string;
    readonly size: number;
    readonly truncated: boolean;
    readonly data: string | { readonly bytes: string };
  }[];
}

/** A one-layer image of these files. */
function rootfs(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = path.join(folder(), name);
  mkdirSync(root);
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(root, file), content);
  return `rootfs:${root}`;
}

describe('cat', () => {
  test('gives every file of every kind of image byte for byte: the digest is that of the index', async () => {
    for (const image of [DEMO, path.join(FIXTURES, 'demo-zstd'), path.join(FIXTURES, 'demo-oci')]) {
      const found = JSON.parse(
        (await runCommand(Find, [image, '/etc', '--kind', 'file', '--json'])).stdout,
      ) as { files: { path: string; content: string }[] };
      expect(found.files.length).toBeGreaterThan(3);
      for (const file of found.files) expect(sha256((await cat(image, file.path)).bytes)).toBe(file.content);
    }
  });

  test('several files come one after the other in the order given', async () => {
    const one = (await cat(DEMO, '/etc/hostname')).stdout;
    const two = (await cat(DEMO, '/etc/passwd')).stdout;
    expect((await cat(DEMO, '/etc/hostname', '/etc/passwd', '/etc/hostname')).stdout).toBe(one + two + one);
    expect((await cat(path.join(FIXTURES, 'demo-oci'), '/etc/passwd', '/etc/hostname')).stdout).toBe(
      two + one,
    );
  });

  test('links are followed inside the image only', async () => {
    expect((await cat(DEMO, '/app/current/VERSION')).stdout).toBe('2\n');
    expect((await cat(`${DEMO}@10`, '/app/current/VERSION')).stdout).toBe('1\n');
    expect((await cat(DEMO, '/../../etc/hostname')).stdout).toBe('harbour\n');
    expect((await cat(DEMO, '/app/latest.log')).status).toBe(4);
  });

  test('--layer N gives the version that layer holds, also of a file that is gone', async () => {
    expect((await cat(DEMO, '/root/.deploy/token', '--layer', '6')).stdout).toMatch(/^crew:\w{40}\n$/);
    expect((await cat(DEMO, '/app/config.json', '--layer', '5')).stdout).toContain('light');
    expect((await cat(DEMO, '/app/config.json', '--layer', '11')).stdout).toContain('dark');
    expect((await cat(DEMO, '/bin/curl', '--layer', '2')).stdout).toMatch(/^#!\/bin\/false\n/);
    const other = await cat(DEMO, '/app/config.json', '--layer', '2');
    expect(other.status).toBe(4);
    expect(other.stderr).toContain('hint: layers 5, 9, 10, 11 do\n');
  });

  test('a directory, a device or a missing path: nothing of the others is written', async () => {
    const directory = await cat(DEMO, '/etc/hostname', '/etc');
    expect([directory.status, directory.stdout]).toEqual([1, '']);
    expect(directory.stderr).toMatch(/E_NOT_A_FILE: printing \/etc: it is a directory\nhint: /);
    expect((await cat(DEMO, '/app/data/inbox')).stderr).toContain('it is a named pipe');
    expect((await cat(DEMO, '/etc/hostname', '/nope')).stdout).toBe('');
    expect((await cat(DEMO)).status).toBe(2);
  });

  test('--head gives the first bytes', async () => {
    expect((await cat(DEMO, '/etc/passwd', '--head', '6')).stdout).toBe('root:x');
    expect((await cat(DEMO, '/etc/passwd', '--head', '0')).stdout).toBe('');
    expect((await cat(DEMO, '/usr/bin/busybox', '--head', '100kB')).bytes).toHaveLength(100_000);
    expect((await cat(DEMO, '/etc/passwd', '--head', 'x')).status).toBe(2);
  });

  test('--hex is what hexdump -C prints, without its last line', async () => {
    const bytes = (await cat(DEMO, '/app/src/font.woff2', '--head', '1003')).bytes;
    // xxd and hexdump are not everywhere: od is POSIX.
    const told = execFileSync('od', ['-A', 'x', '-t', 'x1', '-v'], { input: bytes, encoding: 'utf8' });
    const hex = (text: string): string[] =>
      text.split('\n').map((line) =>
        line
          .replace(/ *\|.*$/, '')
          .replace(/\s+/g, ' ')
          .replace(/^0+/, '')
          .trim(),
      );
    const ours = (await cat(DEMO, '/app/src/font.woff2', '--head', '1003', '--hex')).stdout;
    expect(hex(ours).slice(0, 63)).toEqual(hex(told).slice(0, 63));
    expect(ours).not.toMatch(CONTROL);
  });

  test('a terminal gets no binary and no control character of a text', async () => {
    const binary = await onTerminal(DEMO, '/usr/bin/busybox');
    expect([binary.status, binary.stdout]).toEqual([2, '']);
    expect(binary.stderr).toMatch(/E_BINARY_TO_TERMINAL: .*\nhint: .*--hex/);
    const image = rootfs('terminal', {
      evil: 'a\ttab\n\x1b[2Jclear \x1b]52;c;x\x07 bell \u202e rtl\r\nlast',
      latin: Buffer.from('caf\xe9\n', 'latin1'),
      long: `${'é'.repeat(70_000)}\n`,
    });
    const evil = await onTerminal(image, '/evil');
    expect(evil.stdout).toBe('a\ttab\n\\x1b[2Jclear \\x1b]52;c;x\\x07 bell \\u202e rtl\\r\nlast');
    expect((await onTerminal(image, '/latin')).stdout).toBe('caf\\xe9\n');
    expect((await onTerminal(image, '/long')).stdout).toBe(`${'é'.repeat(70_000)}\n`);
    expect((await onTerminal(image, '/evil', '--raw')).stdout).toContain('\x1b[2J');
    const forced = await onTerminal(DEMO, '/app/src/font.woff2', '--force', '--head', '500');
    expect([forced.status, CONTROL.test(forced.stdout.replaceAll('\t', ''))]).toEqual([0, false]);
  });

  test('JSON has text as a string, other bytes as base64, and tells where it was cut', async () => {
    const text = validJson(
      'cat.json',
      await cat(DEMO, '/etc/hostname', '/app/config.json', '--json'),
    ) as CatJson;
    expect(text.files[0]).toMatchObject({
      path: '/etc/hostname',
      size: 8,
      truncated: false,
      data: 'harbour\n',
    });
    const cut = validJson(
      'cat.json',
      await cat(DEMO, '/app/src/font.woff2', '--json', '--head', '16'),
    ) as CatJson;
    const { data, truncated } = cut.files[0];
    expect(truncated).toBe(true);
    expect(Buffer.from(typeof data === 'string' ? '' : data.bytes, 'base64')).toEqual(
      (await cat(DEMO, '/app/src/font.woff2', '--head', '16')).bytes,
    );
    const large = validJson('cat.json', await cat(DEMO, '/usr/bin/busybox', '--json')) as CatJson;
    expect(large.files[0].truncated).toBe(large.files[0].size > 1024 * 1024);
  });
});

test('--deleted of a link that no snapshot shows is not the bytes of something else', async () => {
  const layout = new LayoutBuilder();
  const layers = [
    tar([
      ['a', 'OLD'],
      ['secret', 'S'],
    ]),
    tar([
      ['a', { symlink: 'secret' }],
      ['a', 'NEW'],
    ]),
  ];
  layout.add(layout.image(layers));
  const image = `oci-archive:${fileOf(folder(), tar(layout.members()))}`;
  const ended = await cat(image, '/a', '--deleted');
  expect([ended.status, ended.stdout]).toEqual([4, '']);
  expect(ended.stderr).toContain('a link to secret that no snapshot shows');
  expect((await cat(image, '/a', '--layer', '1')).stdout).toBe('OLD');
});
