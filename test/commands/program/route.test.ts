import { describe, expect, test } from 'vitest';
import { route } from '../../../src/commands/program/route.js';

const commands = ['inspect', 'ls', 'layers', 'tree', 'history', 'help', 'doctor'];
const existing = new Set(['lst', 'app', 'ls']);
const to = (...argv: string[]): readonly string[] =>
  route(argv, { commands, exists: (path) => existing.has(path) });

describe('route', () => {
  test.each([
    [[], []],
    [['--help'], ['--help']],
    [['--version'], ['--version']],
    [['-h'], ['--help']],
    [
      ['ls', '-h'],
      ['ls', '--help'],
    ],
    [
      ['ls', '-h', 'x'],
      ['ls', '-h', 'x'],
    ],
    [
      ['ls', 'x'],
      ['ls', 'x'],
    ],
    [
      ['help', 'ls'],
      ['help', 'ls'],
    ],
    [
      ['--json', 'ls', 'x'],
      ['ls', '--json', 'x'],
    ],
    [
      ['--platform', 'linux/arm64', 'ls', 'x'],
      ['ls', '--platform', 'linux/arm64', 'x'],
    ],
    [
      ['--color=never', 'tree'],
      ['tree', '--color=never'],
    ],
  ])('%j is %j: commands, flags before them and lines without a word', (argv, expected) => {
    expect(to(...argv)).toEqual(expected);
  });

  test.each([
    ['app'],
    ['lst'],
    ['./x.tar'],
    ['nginx:1.27'],
    ['debian'],
    ['oci:layout'],
    ['-'],
    ['app.tar@-2'],
    ['LST'],
  ])('%s alone is an image: inspect', (word) => {
    expect(to(word)).toEqual(['inspect', word]);
    expect(to('--json', word)).toEqual(['inspect', '--json', word]);
  });

  test('after -- every word is an image', () => {
    expect(to('--', 'ls')).toEqual(['inspect', '--', 'ls']);
    expect(to('--')).toEqual(['--']);
  });

  test.each([
    ['lsx', 'ls'],
    ['sl', 'ls'],
    ['layres', 'layers'],
    ['histroy', 'history'],
    ['tre', 'tree'],
    ['insp', 'inspect'],
  ])('%s x is refused with the suggestion %s', (word, suggestion) => {
    for (const argv of [[word], [word, 'x']])
      expect(() => to(...argv)).toThrow(
        expect.objectContaining({
          code: 'E_USAGE',
          hint: expect.stringContaining(`strata ${suggestion}'`) as string,
        }),
      );
  });

  test('a word far from all commands is an image alone, and no command with arguments', () => {
    expect(to('nginx')).toEqual(['inspect', 'nginx']);
    expect(() => to('nginx', 'x')).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });

  test('a very long word costs nothing', () => {
    expect(to('a'.repeat(1_000_000)).length).toBe(2);
  });

  test.each([
    [['app.tar'], ['explore', 'app.tar']],
    [
      ['app.tar', '--profile', 'dive'],
      ['explore', 'app.tar', '--profile', 'dive'],
    ],
    [
      ['--platform', 'linux/arm64', 'app.tar'],
      ['explore', '--platform', 'linux/arm64', 'app.tar'],
    ],
    [
      ['app.tar', '--json'],
      ['inspect', 'app.tar', '--json'],
    ],
    [
      ['app.tar', '--raw', 'config'],
      ['inspect', 'app.tar', '--raw', 'config'],
    ],
    [['-'], ['inspect', '-']],
    [
      ['ls', 'app.tar'],
      ['ls', 'app.tar'],
    ],
  ])(
    '%j on a terminal is %j: an image is looked around in unless inspect is asked for more',
    (argv, expected) => {
      expect(
        route(argv, { commands: [...commands, 'explore'], exists: () => false, interactive: () => true }),
      ).toEqual(expected);
    },
  );
});
