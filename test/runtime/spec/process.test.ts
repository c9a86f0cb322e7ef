import { describe, expect, test } from 'vitest';
import { commandLine } from '../../../src/runtime/spec/command-line.js';
import { parseEnvFile } from '../../../src/runtime/spec/env-file.js';
import { makeEnvironment, parseEnvironment } from '../../../src/runtime/spec/environment.js';
import { parseSignal, stopSignal } from '../../../src/runtime/spec/signals.js';
import { workingDirectory } from '../../../src/runtime/spec/working-directory.js';

describe('the command is joined as docker joins it', () => {
  const image = { entrypoint: ['/entry', '-a'], cmd: ['serve'] };
  const of = (entrypoint: string | undefined, ...command: string[]) =>
    commandLine(image, { entrypoint, command });
  test.each([
    [of(undefined), ['/entry', '-a', 'serve']],
    [of(undefined, 'b', 'c'), ['/entry', '-a', 'b', 'c']],
    [of('/sh'), ['/sh']],
    [of('/sh', '-c', 'x'), ['/sh', '-c', 'x']],
    [of('', '/bin/ls', '-l'), ['/bin/ls', '-l']],
    [commandLine({ entrypoint: [], cmd: ['/a'] }, { entrypoint: undefined, command: [] }), ['/a']],
    [commandLine({ entrypoint: [''], cmd: ['/a'] }, { entrypoint: undefined, command: [] }), ['/a']],
  ])('%j', (made, expected) => {
    expect(made).toEqual(expected);
  });
  test('nothing to run is said clearly', () => {
    expect(() => of('')).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
    expect(() => commandLine({ entrypoint: [], cmd: [] }, { entrypoint: undefined, command: [] })).toThrow(
      /neither the image nor the command line names a program/,
    );
    expect(() =>
      commandLine({ entrypoint: ['/a\0b'], cmd: [] }, { entrypoint: undefined, command: [] }),
    ).toThrow(/NUL/);
  });
});

describe('the environment', () => {
  const base = { image: [], changes: [], hostname: 'box', home: '/home/me', tty: false };
  const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  test('has defaults, the image, then the user; the later one wins in its place', () => {
    expect(makeEnvironment(base)).toEqual([PATH, 'HOSTNAME=box', 'HOME=/home/me']);
    expect(
      makeEnvironment({
        ...base,
        tty: true,
        image: ['PATH=/bin', 'A=image', 'B=image', 'C=a=b'],
        changes: [
          ['A', 'file'],
          ['NEW', ''],
          ['A', 'flag'],
          ['B', undefined],
          ['TERM', 'dumb'],
        ],
      }),
    ).toEqual(['PATH=/bin', 'HOSTNAME=box', 'TERM=dumb', 'A=flag', 'C=a=b', 'NEW=', 'HOME=/home/me']);
  });
  test('HOME of the image or user stays unless empty', () => {
    expect(makeEnvironment({ ...base, image: ['HOME=/srv'] })).toContain('HOME=/srv');
    expect(makeEnvironment({ ...base, image: ['HOME='] })).toContain('HOME=/home/me');
  });
  test('odd entries of the image are left out, and a NUL is refused', () => {
    expect(makeEnvironment({ ...base, image: ['NOVALUE', '=x', '', '__proto__=y'] })).toEqual([
      PATH,
      'HOSTNAME=box',
      '__proto__=y',
      'HOME=/home/me',
    ]);
    expect(() => makeEnvironment({ ...base, image: ['LD_PRELOAD=\0x'] })).toThrow(/NUL/);
  });
  test('-e takes the value of the host, or takes the variable away', () => {
    const host = { KNOWN: 'value' };
    expect(parseEnvironment('A=b=c', host)).toEqual(['A', 'b=c']);
    expect(parseEnvironment('A=', host)).toEqual(['A', '']);
    expect(parseEnvironment('KNOWN', host)).toEqual(['KNOWN', 'value']);
    for (const name of ['UNKNOWN', 'toString', '__proto__'])
      expect(parseEnvironment(name, host)).toEqual([name, undefined]);
    for (const bad of ['', '=x', 'A=\0']) expect(() => parseEnvironment(bad, host)).toThrow(/variable/);
  });
});

describe('--env-file is read as docker reads it', () => {
  const of = (text: string | Uint8Array) => parseEnvFile(Buffer.from(text), 'env', { DEFINED: 'defined' });
  test('lines, comments, white space, quotes, looked up names, a byte order mark', () => {
    expect(
      of(
        '\ufefffoo=bar\n    baz=quux\n# comment\n\n_foobar=foobaz\nwith.dots=working\nand_underscore=working too  \n\n    \t  ',
      ),
    ).toEqual([
      ['foo', 'bar'],
      ['baz', 'quux'],
      ['_foobar', 'foobaz'],
      ['with.dots', 'working'],
      ['and_underscore', 'working too  '],
    ]);
    expect(of('# c=\r\nVAR="quoted"\r\nEMPTY=\r\nUNDEFINED\r\nDEFINED\r\nX=a#b=c')).toEqual([
      ['VAR', '"quoted"'],
      ['EMPTY', ''],
      ['DEFINED', 'defined'],
      ['X', 'a#b=c'],
    ]);
    expect(of('')).toEqual([]);
  });
  test.each([
    ['foo=bar\n    f   =quux\n', "line 2 of env: the variable's name 'f   ' has white space"],
    ['first line\nanother invalid line', 'line 1 of env'],
    ['# comment=\n=blank\n', 'line 2 of env: no variable is named'],
    [`foo=${'a'.repeat(65_600)}`, 'line 1 of env: it is longer than 64 KiB'],
    ['a=b\nc=\0', 'line 2 of env: it has a NUL'],
    [Buffer.from([0x61, 0x3d, 0x0a, 0x62, 0x3d, 0xff, 0x0a]), 'line 2 of env: it is not UTF-8'],
    [Buffer.alloc(1024 * 1024 + 1, 0x0a), 'over the limit of 1 MiB'],
  ])('%#: refused with the line', (text, why) => {
    expect(() => of(text)).toThrow(why);
  });
});

describe('the working directory', () => {
  test.each([
    [undefined, '', '/'],
    [undefined, '/srv/app', '/srv/app'],
    [undefined, 'srv/app/', '/srv/app'],
    [undefined, '../../x', '/x'],
    ['/a/./b//c/..', '/srv', '/a/b'],
    ['/procedure', '', '/procedure'],
  ])('%s over %s is %s', (flag, image, expected) => {
    expect(workingDirectory(flag, image)).toBe(expected);
  });
  test.each([
    '/proc',
    '/proc/self/fd/7',
    '/proc/self/fd/../../1/cwd',
    '/x/../proc/self/cwd',
    '//proc/self/fd/8/',
  ])('%s of an image is refused (CVE-2024-21626)', (directory) => {
    expect(() => workingDirectory(undefined, directory)).toThrow(
      expect.objectContaining({ code: 'E_UNSAFE_PATH' }),
    );
    expect(() => workingDirectory(directory, '')).toThrow(/below \/proc/);
  });
  test('a link that leads there is refused, too', () => {
    expect(() => workingDirectory(undefined, '/app', () => '/proc/self/fd/7')).toThrow(
      /leads to \/proc\/self\/fd\/7/,
    );
  });
  test('a relative flag is refused', () => {
    expect(() => workingDirectory('app', '/')).toThrow(/not absolute/);
    expect(workingDirectory('', '/app')).toBe('/app');
  });
});

describe('signals', () => {
  test.each([
    ['TERM', 15],
    ['SIGTERM', 15],
    ['sigkill', 9],
    ['9', 9],
    ['SIGRTMIN', 34],
    ['rtmin+3', 37],
    ['SIGRTMAX', 64],
    ['RTMAX-14', 50],
    ['SIGIOT', 6],
    ['SIGWINCH', 28],
    ['SIGSYS', 31],
  ])('%s is %i', (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });
  test.each(['', '0', '65', '-1', 'SIG', 'SIGNOPE', 'RTMIN+31', 'RTMIN-1', 'RTMAX+1', 'SIGSIGTERM', '1.5'])(
    '%j is none',
    (text) => {
      expect(() => parseSignal(text)).toThrow(/reading the signal/);
    },
  );
  test('an image that names none is stopped with SIGTERM', () => {
    expect(stopSignal(undefined, '')).toBe(15);
    expect(stopSignal(undefined, 'nonsense')).toBe(15);
    expect(stopSignal(undefined, 'SIGQUIT')).toBe(3);
    expect(stopSignal('INT', 'SIGQUIT')).toBe(2);
  });
});
