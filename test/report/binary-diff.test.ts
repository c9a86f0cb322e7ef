import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeDifference } from '../../src/layers/contents/binary-diff.js';
import { binaryJson } from '../../src/report/binary-diff-json.js';
import { binaryLines } from '../../src/report/binary-diff.js';
import { createPalette } from '../../src/report/colour.js';
import { escapeForTerminal } from '../../src/report/escape.js';
import { tool } from '../helpers/tool.js';
import { buildElf } from '../layers/contents/elf-file.js';

const format = { palette: createPalette(0), exact: false };

const linesOf = async (before: Uint8Array, after: Uint8Array, options = {}): Promise<string[]> => [
  ...binaryLines(await describeDifference(before, after, options), format),
];

describe('binaryLines', () => {
  test('show the bytes round the first difference as two hex dumps', async () => {
    const before = Buffer.alloc(48, 0x61);
    const after = Buffer.from(before);
    after[20] = 0x1b;
    const dump = '61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61';
    expect(await linesOf(before, after)).toEqual([
      'binary contents differ: data; 48 B before, 48 B after',
      'the first difference is at byte 20 (0x14)',
      ` 00000000  ${dump}  |aaaaaaaaaaaaaaaa|`,
      `-00000010  ${dump}  |aaaaaaaaaaaaaaaa|`,
      '+00000010  61 61 61 61 1b 61 61 61  61 61 61 61 61 61 61 61  |aaaa.aaaaaaaaaaa|',
      ` 00000020  ${dump}  |aaaaaaaaaaaaaaaa|`,
    ]);
  });

  test('list sections and symbols of ELF files, escaped and cut', async () => {
    const elf = (id: string, names: readonly string[]): Buffer =>
      buildElf({
        bits: 64,
        little: true,
        buildId: id,
        sections: names.map((name) => ({ name, bytes: Buffer.from('x') })),
        symbols: [{ name: 'main', size: names.length, section: 1 }],
      });
    const lines = await linesOf(elf('aa', ['.text']), elf('bb', ['.text', '.new\x1b[2J', '.two', '.three']), {
      most: 2,
    });
    expect(lines[0]).toMatch(/^binary contents differ: ELF 64-bit executable, x86-64; /);
    expect(lines).toContain('build id aa before, bb after');
    expect(lines).toContain('+ section .new\\x1b[2J  1 B');
    expect(lines).toContain('+ and 1 section more');
    expect(lines).toContain('~ symbol main  1 B before, 4 B after');
    expect(lines.some((line) => line.startsWith('the first difference is at byte '))).toBe(true);
    expect(await linesOf(elf('aa', ['.text']), elf('bb', ['.text']))).toContain('only the build id differs');
  });

  test('list what changed within archives', async () => {
    const tar = (script: string): Promise<Buffer> =>
      tool('bash', [
        '-ec',
        `d=$(mktemp -d); cd $d; ${script}; tar -cf - --sort=name * | base64; rm -r $d`,
      ]).then((out) => Buffer.from(out, 'base64'));
    const before = await tar("printf a > a; printf b > b; printf c > $'c\\x1b'");
    const after = await tar('printf aa > a; printf b > b; chmod 755 b; printf d > d');
    expect((await linesOf(before, after)).slice(1)).toEqual([
      '- member c\\x1b  1 B',
      '+ member d  1 B',
      '~ member a  content  1 B before, 2 B after',
      '~ member b  mode  1 B',
    ]);
  });

  test('show the text inside compressed files, and what is only packed differently', async () => {
    expect((await linesOf(gzipSync('a\nb\n'), gzipSync('a\nc\n'))).slice(1)).toEqual([
      'inside:',
      '--- before',
      '+++ after',
      '@@ -1,2 +1,2 @@',
      ' a',
      '-b',
      '+c',
    ]);
    const retimed = gzipSync('a\n');
    retimed[4] = 1;
    expect((await linesOf(gzipSync('a\n'), retimed)).slice(1)).toEqual([
      'the contents inside are the same; only times, order, comments or the compression differ',
    ]);
  });

  test('say where an archive could not be read to its end', async () => {
    const whole = gzipSync('a'.repeat(1000));
    const lines = await linesOf(whole, whole.subarray(0, -9));
    expect(lines[1]).toMatch(/^not all of the archive after was read: .*; 0 members listed$/);
  });

  test('print nothing unescaped, and JSON that is JSON', async () => {
    const heads = ['\x7fELF\x02\x01', 'PK\x03\x04', '\x1f\x8b\x08\0', '#!\x1b[2J', '#!/\x9b', ''];
    const hostile = fc
      .tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }))
      .map(([head, rest]) => Buffer.concat([Buffer.from(head, 'latin1'), rest]));
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (a, b) => {
        const detail = await describeDifference(a, b);
        for (const line of binaryLines(detail, format))
          expect(escapeForTerminal(line, { backslashes: 'keep' })).toBe(line);
        expect(JSON.parse(JSON.stringify(binaryJson(detail)))).toEqual(binaryJson(detail));
      }),
      { numRuns: 300 },
    );
  });
});

describe('binaryJson', () => {
  test('has names as they are, lists with what was cut, and null for what there is not', async () => {
    const elf = (name: string): Buffer =>
      buildElf({ bits: 32, little: false, sections: [{ name, bytes: Buffer.from('x') }] });
    expect(binaryJson(await describeDifference(elf('.a'), elf('.b')))).toMatchObject({
      kind: 'binary',
      kinds: { before: 'ELF 32-bit executable, x86-64' },
      elf: {
        onlyBuildId: false,
        buildIds: { before: null, after: null },
        sections: {
          removed: { items: [{ name: '.a', size: 1 }], more: 0 },
          added: { items: [{ name: '.b', size: 1 }] },
        },
        symbols: { left: 0 },
      },
      archive: null,
    });
    expect(binaryJson(await describeDifference(gzipSync('a'), gzipSync('b')))).toMatchObject({
      elf: null,
      archive: {
        formats: { before: 'gzip', after: 'gzip' },
        members: { before: 1, after: 1 },
        changed: { items: [{ path: '', facets: ['content'] }], more: 0 },
        inner: { kind: 'text', encodings: { before: 'utf-8', after: 'utf-8' } },
        stopped: { before: null, after: null },
      },
    });
  });
});
