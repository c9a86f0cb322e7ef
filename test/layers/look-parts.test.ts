import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAccounts } from '../../src/layers/search/accounts.js';
import { changedTree } from '../../src/layers/changes/changed-tree.js';
import { changes } from '../../src/layers/changes/changes.js';
import { type GrepLine, type GrepResult, grepContent, matcherOf } from '../../src/layers/search/grep.js';
import { guessType } from '../../src/layers/read/magic.js';
import { nodePath } from '../../src/layers/index/path-table.js';
import { compilePattern, type Pattern } from '../../src/layers/search/regex.js';
import { findNode } from '../../src/layers/union/resolve.js';
import { treeSizes } from '../../src/layers/union/sizes.js';
import { lookup } from '../../src/layers/union/union.js';
import { unite } from '../../src/layers/union/unite.js';
import { layersHolding, versionOf } from '../../src/layers/union/version.js';
import { layerOf } from '../helpers/layers.js';

describe('compilePattern', () => {
  /** Pieces that make patterns with everything that folding case must not break. */
  const piece = fc.constantFrom(
    'a',
    'B',
    'é',
    'Ü',
    '1',
    ' ',
    '.',
    '\\w',
    '\\W',
    '\\d',
    '\\D',
    '\\S',
    '\\s',
    '\\b',
    '\\B',
    '\\x41',
    '\\u00e9',
    '\\.',
    '\\\\',
    '[a-z]',
    '[A-Z]',
    '[^A-Z]',
    '[Z-a]',
    '[+-Z]',
    '[\\w-]',
    '(?:aB|c)',
    '(?<Name>a)',
    '(?=a)',
    '(?<!B)',
    'a?',
    'B*',
    'c+',
    '^',
    '$',
    '|',
  );

  test('with ignoreCase fits what the flag i fits', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.string({ unit: fc.constantFrom(...'aAbBcCzZ1 _-+.éÉüÜ\\['.split('')), maxLength: 12 }),
        (pieces, text) => {
          const source = pieces.join('');
          let native: RegExp;
          try {
            native = new RegExp(source, 'i');
            new RegExp(source, 'u');
          } catch {
            return;
          }
          const pattern = compilePattern(source, { ignoreCase: true });
          expect([source, text, pattern.test(text)]).toEqual([source, text, native.test(text)]);
          if (pattern.test(text)) expect(pattern.block(`x\n${text}\ny`)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('fixed text means itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (text, before, after) => {
        expect(compilePattern(text, { fixed: true }).test(before + text + after)).toBe(true);
        expect(compilePattern(text, { fixed: true }).test(before)).toBe(before.includes(text));
      }),
    );
  });

  test('spans are where the matches are; empty ones are left out', () => {
    expect(compilePattern('a+').spans('baaacaa')).toEqual([
      [1, 4],
      [5, 7],
    ]);
    expect(compilePattern('x*').spans('axa')).toEqual([[1, 2]]);
    expect(compilePattern('A', { ignoreCase: true }).spans('aAİa')).toEqual([
      [0, 1],
      [1, 2],
      [3, 4],
    ]);
    expect(compilePattern('a').spans('aaaa', 2)).toHaveLength(2);
  });

  test('hostile text costs linear time, with and without ignoreCase', () => {
    const text = `${'a'.repeat(100_000)}!`;
    for (const ignoreCase of [false, true])
      for (const source of ['(a+)+$', '(a|aa)+$', '(.*a){12}b', '(A+)+$'])
        for (const fits of [
          (pattern: Pattern) => pattern.test(text),
          (pattern: Pattern) => pattern.testPart(text, { from: 0, until: text.length - 1 }),
        ])
          expect(fits(compilePattern(source, { ignoreCase }))).toBe(false);
  });

  test('a malformed pattern is refused', () => {
    expect(() => compilePattern('(')).toThrow(/compiling the regular expression/);
  });
});

describe('grepContent', () => {
  async function grep(
    content: string | Uint8Array,
    source: string,
    { chunk = 7, most = Infinity, text = false } = {},
  ): Promise<{ lines: GrepLine[] } & GrepResult> {
    const bytes = Buffer.from(content);
    const lines: GrepLine[] = [];
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
      await Promise.resolve();
    };
    const result = await grepContent(chunks(), matcherOf(compilePattern(source)), { most, text }, (found) => {
      lines.push(...found);
    });
    return { lines, ...result };
  }

  test('finds the lines that a split at line feeds finds, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' '), maxLength: 6 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('ab', 'a.b', '^a', 'b$', '^$', 'é', '(?<=a)b'),
        async (all, chunk, source) => {
          const content = all.join('\n');
          const expected =
            content === ''
              ? []
              : content
                  .replace(/\n$/, '')
                  .split('\n')
                  .flatMap((text, i) => (new RegExp(source).test(text) ? [{ number: i + 1, text }] : []));
          const { lines, count } = await grep(content, source, { chunk });
          expect(lines.map(({ number, text }) => ({ number, text }))).toEqual(expected);
          expect(count).toBe(expected.length);
          for (const { offset, text } of lines)
            expect(
              Buffer.from(content)
                .subarray(offset, offset + Buffer.byteLength(text))
                .toString(),
            ).toBe(text);
        },
      ),
    );
  });

  test('stops after enough lines and at the first match of binary content', async () => {
    expect((await grep('a\na\na\n', 'a', { most: 2 })).lines).toHaveLength(2);
    expect(await grep('a\0\na\n', 'a', { chunk: 100 })).toEqual({ lines: [], count: 1, binary: true });
    expect((await grep('a\0\na\n', 'a', { chunk: 100, text: true })).lines).toHaveLength(2);
  });

  describe('of a line that is too long to be taken whole', () => {
    const MEGABYTE = 1024 * 1024;
    /** A long line with a text at that byte of it, of three-byte letters, between two short ones. */
    const at = (byte: number, text: string): string => {
      const letters = Math.floor(byte / 3);
      return `a\n${'x'.repeat(byte - 3 * letters)}${'€'.repeat(letters)}${text}${'z'.repeat(2 * MEGABYTE)}\nb\n`;
    };
    const borders = [
      MEGABYTE - 65_536,
      MEGABYTE - 5,
      MEGABYTE,
      MEGABYTE + 3,
      2 * MEGABYTE - 131_075,
      3 * MEGABYTE,
    ];

    test('the parts say what the whole says, wherever the parts end', async () => {
      for (const byte of borders) {
        const content = at(byte, 'cat-catalogue');
        const [, line] = content.split('\n');
        for (const source of [
          'cat',
          'cat-',
          '\\bcat\\b',
          'cat\\b',
          'catalogue',
          'gue',
          '€{3}cat',
          '^[x€]',
          '^cat',
          'z$',
        ])
          for (const chunk of [65_536, 4_000_000]) {
            const { lines, count } = await grep(content, source, { chunk });
            const whole = new RegExp(source).test(line) ? 1 : 0;
            expect([byte, source, count]).toEqual([byte, source, whole]);
            if (whole === 1) expect(lines[0]).toMatchObject({ number: 2, offset: 2 });
          }
        expect((await grep(content, '^(?:cat|[€]+$)', { chunk: 65_536 })).count).toBe(0);
        expect((await grep(content, '^b$', { chunk: 65_536 })).lines).toMatchObject([{ number: 3 }]);
      }
    });

    test('the same part is given whatever the chunks, and begins with a whole letter', async () => {
      const content = at(2 * MEGABYTE, 'cat');
      const [few] = (await grep(content, 'cat', { chunk: 50_000 })).lines;
      const [many] = (await grep(content, 'cat', { chunk: 5_000_000 })).lines;
      expect(few).toEqual(many);
      expect(few.text.startsWith('€')).toBe(true);
      const bytes = Buffer.from(content).subarray(few.part?.offset);
      expect(bytes.subarray(0, Buffer.byteLength(few.text)).toString()).toBe(few.text);
    });

    test('where a part ends is no end of a word, and no other letter', async () => {
      const long = 'a'.repeat(3 * MEGABYTE);
      const open = { count: 0, undecided: { count: 1, first: 1 } };
      for (const source of ['a+\\b', '\\ba+\\b', '[a\\b]+\\b', 'a+(?:\\b|c)'])
        expect([source, await grep(`${long}b\n`, source, { chunk: 65_536 })]).toMatchObject([source, open]);
      expect(await grep(`${long} b\n`, 'a+ \\B', { chunk: 65_536 })).toMatchObject(open);
      expect(await grep(`${long}b\n`, 'b\\b', { chunk: 65_536 })).toMatchObject({ count: 1 });
      const decided = await grep(`cat ${long}b\n`, '[a-z]+\\b', { chunk: 65_536 });
      expect([decided.count, decided.undecided]).toEqual([1, undefined]);
      const split = `${'a'.repeat(MEGABYTE - 1)}é${'b'.repeat(2 * MEGABYTE)}`;
      expect((await grep(split, '^a+[^aé]', { chunk: 65_536 })).count).toBe(0);
    });

    test('what parts cannot decide is said', async () => {
      const content = at(2 * MEGABYTE, 'cat');
      const told = async (source: string) => (await grep(content, source, { chunk: 65_536 })).undecided;
      expect(await told('^x.*z$')).toEqual({ count: 1, first: 2 });
      expect(await told('cat(?!.*q)')).toEqual({ count: 1, first: 2 });
      expect(await told('(.)cat\\1')).toEqual({ count: 1, first: 2 });
      for (const source of ['cat', 'dog', 'd[o*]{2,9}g$', '\\*dog', 'cat.*', '(?:d?og){20}'])
        expect([source, await told(source)]).toEqual([source, undefined]);
    });
  });

  // A compressed stream may give one byte at a time. Copying the line anew for each took a quarter of an hour.
  test('a long line in chunks of one byte ends', async () => {
    const line = 'a'.repeat(1024 * 1024 - 1);
    expect(await grep(`${line}b`, 'ab', { chunk: 1 })).toMatchObject({ count: 1, binary: false });
    const { lines } = await grep(`${line}b\nab`, 'ab', { chunk: 1 });
    expect(lines.map(({ number, offset }) => [number, offset])).toEqual([
      [1, 0],
      [2, line.length + 2],
    ]);
  }, 60_000);
});

describe('guessType', () => {
  const type = (head: string): string | undefined => guessType(Buffer.from(head, 'latin1'));
  test('knows what images are full of', () => {
    expect(type('\x7fELF\x02\x01\x01' + '\0'.repeat(9) + '\x03\0\x3e\0')).toBe(
      'ELF 64-bit shared object or PIE, x86-64',
    );
    expect(type('\x7fELF\x01\x02\x01' + '\0'.repeat(9) + '\0\x02\0\x14')).toBe('ELF 32-bit executable, ppc');
    expect(type('\x7fELF')).toBe('ELF, cut short');
    expect(type('#!/usr/bin/env python3\nprint()')).toBe('script for /usr/bin/env python3');
    expect(type('-----BEGIN RSA PRIVATE KEY-----\n')).toBe('PEM, RSA PRIVATE KEY');
    expect(type('-----BEGIN OPENSSH PRIVATE KEY-----\n')).toBe('OpenSSH private key');
    expect(type('\x1f\x8b\x08')).toBe('gzip');
    expect(type('PK\x03\x04')).toMatch(/^ZIP/);
    expect(type('SQLite format 3\0')).toBe('SQLite database');
    expect(type(`${'a'.repeat(257)}ustar`)).toBe('tar');
    expect(type('<!DOCTYPE HTML>')).toBe('HTML');
  });
  test('says nothing of text and of nothing', () => {
    expect(type('hello\n')).toBeUndefined();
    expect(type('')).toBeUndefined();
    expect(type('#!\n')).toBeUndefined();
  });
  test('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void guessType(bytes)));
  });
});

const union = unite([
  layerOf([
    { name: 'usr/bin', type: 'dir' },
    { name: 'usr/bin/tool', content: '12345' },
    { name: 'usr/bin/alias', type: 'hardlink', link: 'usr/bin/tool' },
    { name: 'bin', type: 'symlink', link: 'usr/bin' },
    { name: 'etc/conf', content: 'abc' },
    { name: 'etc/deep/er', content: '1' },
  ]),
  layerOf([{ name: 'usr/bin/.wh.tool' }, { name: 'etc/conf', content: 'abcd' }]),
  layerOf([{ name: '.wh.bin' }, { name: 'etc/.wh.deep' }]),
]);

describe('treeSizes', () => {
  test('counts a file of several names once; a name that outlives its file counts', () => {
    const first = treeSizes(union, 1);
    expect([first.bytes(0), first.files(0)]).toEqual([9, 5]);
    expect(first.bytes(lookup(union, '/usr'))).toBe(5);
    const second = treeSizes(union, 2);
    expect(second.bytes(lookup(union, '/usr'))).toBe(5);
    expect(second.bytes(0)).toBe(10);
    expect(treeSizes(union, 3, lookup(union, '/etc')).bytes(lookup(union, '/etc'))).toBe(4);
  });
});

describe('changedTree', () => {
  test('has exactly the changes of the layer and the directories above them', () => {
    for (let n = 1; n <= 3; n++) {
      const tree = changedTree(union, n);
      const shown = new Set<string>();
      const visit = (node: number): void => {
        if (tree.change(node) !== undefined) shown.add(nodePath(union.paths, node));
        for (const child of tree.children(node)) visit(child);
      };
      visit(0);
      expect([...shown].sort()).toEqual(
        [...changes(union, n - 1, n)].map(({ node }) => nodePath(union.paths, node)).sort(),
      );
    }
    expect(changedTree(union, 3).has(lookup(union, '/usr'))).toBe(false);
  });
});

describe('paths that are gone', () => {
  test('are found by name, also through links that are gone too', () => {
    const path = (text: string, n = 3): string | undefined => {
      const node = findNode(union, n, text);
      return node < 0 ? undefined : nodePath(union.paths, node);
    };
    expect(path('/usr/bin/tool')).toBe('/usr/bin/tool');
    expect(path('bin/tool')).toBe('/usr/bin/tool');
    expect(path('/bin')).toBe('/bin');
    expect(path('/etc/deep/er')).toBe('/etc/deep/er');
    expect(path('/nope')).toBeUndefined();
    expect(path('/')).toBe('/');
  });

  test('have the versions that layers hold', () => {
    const conf = lookup(union, '/etc/conf');
    expect(layersHolding(union, conf)).toEqual([1, 2]);
    expect([1, 2, 3].map((layer) => versionOf(union, conf, layer)?.size)).toEqual([3, 4, undefined]);
    expect(versionOf(union, lookup(union, '/usr/bin/tool'), 2)).toBeUndefined();
  });
});

describe('parseAccounts', () => {
  test('gives the first name of an id, and nothing for lines that are none', () => {
    const text =
      'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:\n# c:x:5:\n+nis\nbad:x:-1:\n:x:7:\ngroup:x:42:\nno-password::43:\n';
    expect([...parseAccounts(Buffer.from(text))]).toEqual([
      [0, 'root'],
      [42, 'group'],
      [43, 'no-password'],
    ]);
  });
});
