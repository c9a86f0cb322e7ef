import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, encodeName } from '../../src/model/name.js';
import {
  basename,
  cleanPath,
  createPathComponents,
  dirname,
  isBelow,
  joinPath,
  rootedPath,
  splitComponents,
  splitPath,
} from '../../src/model/path.js';

const clean = (raw: string): ReturnType<typeof cleanPath> => cleanPath(Buffer.from(raw, 'latin1'));

describe('a clean path', () => {
  it.each([
    ['a/b', '/a/b'],
    ['./a', '/a'],
    ['a/', '/a'],
    ['a//b///c', '/a/b/c'],
    ['a/./b/.', '/a/b'],
    ['', '/'],
    ['.', '/'],
    ['/', '/'],
    ['...', '/...'],
    ['.a/..b', '/.a/..b'],
    // CVE-2021-37701: a backslash is no separator; CVE-2021-37713: a drive is a plain name.
    ['a\\..\\b', '/a\\..\\b'],
    ['C:../x', '/C:../x'],
    ['a\nb/ ', '/a\nb/ '],
  ])('of %j is %j', (raw, wanted) => {
    expect(clean(raw).path).toBe(wanted);
  });

  it.each([
    ['a/../b', '/b', true, false, false],
    ['../x', '/x', true, true, false],
    ['a/../../x', '/x', true, true, false],
    ['../../a/../b', '/b', true, true, false],
    ['a/..', '/', true, false, false],
    ['..', '/', true, true, false],
    // CVE-2021-32804: all slashes count as one.
    ['////etc/x', '/etc/x', false, false, true],
    ['/../x', '/x', true, true, true],
  ])(
    'of %j is %j, its dots resolved by their text, never above the root',
    (raw, wanted, parent, escape, absolute) => {
      expect(clean(raw)).toEqual({ path: wanted, parent, escape, absolute });
    },
  );

  it('keeps bytes that are not UTF-8 apart, and what Unicode would fold', () => {
    const names = ['a\xff', 'a\xfe', 'a\xef\xbc\x8fb'].map((raw) => clean(raw).path);
    expect(new Set(names).size).toBe(3);
    expect(names[2]).toBe('/a／b');
    expect(cleanPath(Buffer.from('e\u0301')).path).not.toBe(cleanPath(Buffer.from('\u00e9')).path);
    expect(Buffer.from(encodeName(names[0] ?? '')).toString('latin1')).toBe('/a\xff');
  });

  const piece = fc.constantFrom('a', 'b', 'lib', '..', '.', '', '...', 'é', '\xff', 'x'.repeat(70));
  const raw = fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join('/'));

  it('is what POSIX normalisation makes of it below "/", and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(raw, (text) => {
        const cleaned = cleanPath(Buffer.from(text));
        expect(cleaned.path).toBe(
          path.posix.join('/', path.posix.normalize(`/${text}`)).replace(/(?<=.)\/$/, ''),
        );
        expect(rootedPath(cleaned.path)).toBe(cleaned.path);
        expect(cleaned.parent).toBe(text.split('/').includes('..'));
        expect(cleaned.escape).toBe(
          /^\.\.(?:\/|$)/.test(path.posix.normalize(`./${text.replace(/^\/+/, '')}`)),
        );
      }),
    );
  });

  it('has the components that the splitter finds, also in an object used again', () => {
    const parts = createPathComponents();
    fc.assert(
      fc.property(raw, (text) => {
        const bytes = Buffer.from(text, 'latin1');
        splitComponents(bytes, parts);
        const found = Array.from({ length: parts.count }, (_, at) =>
          decodeName(bytes.subarray(parts.ranges[2 * at], parts.ranges[2 * at + 1])),
        );
        expect(found).toEqual(splitPath(cleanPath(bytes).path));
      }),
    );
  });
});

describe('rooted paths', () => {
  it.each([
    ['/', '/', ''],
    ['/a', '/', 'a'],
    ['/a/b', '/a', 'b'],
  ])('%j lies in %j and is called %j', (whole, directory, name) => {
    expect([dirname(whole), basename(whole)]).toEqual([directory, name]);
    expect(joinPath(directory, name)).toBe(whole);
  });

  it('split into components', () => {
    expect([splitPath('/'), splitPath('/a'), splitPath('/a/b')]).toEqual([[], ['a'], ['a', 'b']]);
  });

  it('lie below a directory by whole components (CVE-2025-48387)', () => {
    expect(isBelow('/root/x', '/root')).toBe(true);
    expect(isBelow('/root-evil', '/root')).toBe(false);
    expect(isBelow('/root', '/root')).toBe(false);
    expect(isBelow('/a', '/')).toBe(true);
    expect(isBelow('/', '/')).toBe(false);
  });

  it('come from what a person types', () => {
    expect(rootedPath('etc/../usr/')).toBe('/usr');
    expect(rootedPath('größe')).toBe('/größe');
  });
});
