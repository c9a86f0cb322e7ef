import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName } from '../../../src/model/name.js';
import { compileGlob, compileRegex } from '../../../src/layers/search/glob.js';
import { tool } from '../../helpers/tool.js';

const TABLE: readonly (readonly [pattern: string, fits: readonly string[], not: readonly string[]])[] = [
  ['*.so', ['/a.so', '/usr/lib/x.so', '/.so'], ['/usr/a.so/x', '/a.so.1', '/']],
  ['/etc/*', ['/etc/passwd', '/etc/.pwd.lock'], ['/etc', '/etc/ssl/certs', '/usr/etc/x']],
  ['etc/passwd', ['/etc/passwd'], ['/usr/etc/passwd', '/etc/passwd/x']],
  ['/usr/**', ['/usr/a', '/usr/a/.b/c'], ['/usr', '/usrx/a', '/a/usr/b']],
  ['**/cache/**', ['/cache/x', '/var/cache/apt/y'], ['/var/cache', '/var/cached/x']],
  ['/a/**/b', ['/a/b', '/a/x/b', '/a/x/y/b'], ['/a/xb', '/a/b/c', '/b']],
  ['**', ['/a', '/a/b'], []],
  ['/**', ['/a', '/a/b/c'], ['/']],
  ['/', ['/'], ['/a']],
  ['/etc/', ['/etc'], ['/etc/x']],
  ['?', ['/a', '/x/é', '/x/😀'], ['/ab', '/']],
  ['[!a-c]x', ['/dx', '/😀x', '/!x'], ['/ax', '/x', '/[!a-c]x']],
  ['[^a]', ['/b'], ['/a']],
  ['[]a]', ['/]', '/a'], ['/b']],
  ['[a\\]]', ['/]', '/a'], ['/\\']],
  ['[[:digit:]_]*', ['/1a', '/_'], ['/a1']],
  ['[😀-😂]', ['/😁'], ['/😃', '/a']],
  ['[', ['/['], ['/a']],
  ['a[b', ['/a[b'], ['/ab']],
  ['*.{js,ts}', ['/a.js', '/b/c.ts'], ['/a.jsx', '/a.{js,ts}']],
  ['{/etc,/usr/{lib,bin}}/**', ['/etc/x', '/usr/lib/y', '/usr/bin/z'], ['/usr/share/x', '/etc']],
  ['a{,.bak}', ['/a', '/a.bak'], ['/a.']],
  ['{a}', ['/{a}'], ['/a']],
  ['{a,b', ['/{a,b'], ['/a']],
  ['{a,{b,c}', ['/{a,b', '/{a,c'], ['/a', '/b']],
  ['\\*\\{', ['/*{'], ['/a{']],
  ['a**b', ['/ab', '/axxb'], ['/a/b', '/a/x/b']],
  ['!a', ['/!a'], ['/a', '/b']],
  ['+(a|b)', ['/+(a|b)'], ['/a', '/ab']],
  ['.*', ['/.bashrc', '/root/.ssh'], ['/root', '/a.b']],
  ['*a*b*c*', ['/xaxbxcx', '/abc'], ['/acb']],
  ['*aab', ['/aaab', '/aabaab'], ['/aaba']],
];

describe('compileGlob', () => {
  it.each(TABLE)('%s fits what people expect of it', (pattern, fits, not) => {
    const match = compileGlob(pattern);
    expect(fits.filter((path) => !match(path))).toEqual([]);
    expect(not.filter((path) => match(path))).toEqual([]);
  });

  it('without regard to case fits either case, in classes too', () => {
    for (const pattern of ['/ETC/*.Conf', '/etc/[A-B].CONF', 'İ.CONF'])
      expect(
        ['/etc/a.conf', '/Etc/B.CONF', '/x/i̇.conf'].some(compileGlob(pattern, { ignoreCase: true })),
      ).toBe(true);
    expect(compileGlob('/etc/A.conf')('/etc/a.conf')).toBe(false);
  });

  it('takes each byte of a name that is not UTF-8 for one character', () => {
    const name = `/x/${decodeName(Uint8Array.of(0x66, 0xff, 0xfe, 0x2e, 0xf0, 0x9f))}`;
    expect(compileGlob('f??.??')(name)).toBe(true);
    expect(compileGlob('f*.*')(name)).toBe(true);
    expect(compileGlob('/x/f?.*')(name)).toBe(false);
    expect(compileGlob('f[!a]?.*')(name)).toBe(true);
  });

  it('ends soon where a backtracking regular expression takes minutes', () => {
    const name = `/${'a'.repeat(4000)}`;
    expect(compileGlob(`${'*a'.repeat(1500)}*b`)(name)).toBe(false);
    expect(compileGlob(`${'**/a/'.repeat(400)}b`)('/a'.repeat(2000))).toBe(false);
    expect(compileGlob(`{${'*a'.repeat(20)}b,${'?*'.repeat(20)}c}`)(name)).toBe(false);
  });

  it.each([
    '',
    'a'.repeat(5000),
    '{a,b}'.repeat(11),
    `{${'a,'.repeat(1100)}b}`,
    `${'{a,b}'.repeat(9)}${'x'.repeat(3000)}`,
  ])('refuses an empty pattern, a long one and a brace bomb (%#)', (pattern) =>
    expect(() => compileGlob(pattern)).toThrow(expect.objectContaining({ code: 'E_USAGE' })),
  );

  const letters = fc.constantFrom('a', 'b', '.', '-');
  const wild = fc.constantFrom('a', 'b', '.', '-', '*', '?', '[ab]', '[!a]', '[a-b]', '\\*', ']');
  const name = fc.array(letters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const glob = fc.array(wild, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));

  it('agrees with the pattern matching of bash on one component', async () => {
    const cases = fc.sample(fc.tuple(glob, name), { numRuns: 1500, seed: 7 });
    const script =
      'while IFS= read -r pattern && IFS= read -r name; do [[ $name == $pattern ]] && echo 1 || echo 0; done';
    const input = cases.map(([pattern, text]) => `${pattern}\n${text}\n`).join('');
    const answers = (
      await tool('bash', ['-c', script], { input, env: { ...process.env, LC_ALL: 'C.UTF-8' } })
    )
      .trim()
      .split('\n');
    const ours = cases.map(([pattern, text]) => (compileGlob(pattern)(`/${text}`) ? '1' : '0'));
    expect(cases.filter((_, i) => ours[i] !== answers[i])).toEqual([]);
    expect(new Set(answers).size).toBe(2);
  });

  it('agrees on whole paths with trying everything', () => {
    const parts = fc.array(fc.oneof(fc.constant('**'), glob), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, fc.array(name, { minLength: 1, maxLength: 5 }), (pattern, names) => {
        const tryAll = (p: number, n: number): boolean => {
          if (p === pattern.length) return n === names.length;
          if (pattern[p] !== '**')
            return n < names.length && compileGlob(pattern[p])(`/${names[n]}`) && tryAll(p + 1, n + 1);
          if (p === pattern.length - 1) return n < names.length;
          return tryAll(p + 1, n) || (n < names.length && tryAll(p, n + 1));
        };
        expect(compileGlob(`/${pattern.join('/')}`)(`/${names.join('/')}`)).toBe(tryAll(0, 0));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('compileRegex', () => {
  it('reads Unicode names by character', () => expect(compileRegex('^/.$').test('/😀')).toBe(true));
  it('takes needless escapes, which Unicode mode refuses', () =>
    expect(compileRegex('a\\-b\\_c').test('a-b_c')).toBe(true));
  it('heeds i', () => expect(compileRegex('^A$', 'i').test('a')).toBe(true));
  it.each([
    ['(', ''],
    ['[b-a]', ''],
    ['a', 'g'],
    ['a', 'x'],
  ])('refuses %s with flags "%s" as a usage error', (text, flags) =>
    expect(() => compileRegex(text, flags)).toThrow(
      expect.objectContaining({ code: 'E_USAGE', exitCode: 2 }),
    ),
  );
});
