import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCount, formatPercent, humanBytes, plural } from '../../src/report/bytes.js';
import { hexdumpLines } from '../../src/report/hexdump.js';
import { formatMode, formatOctal } from '../../src/report/mode.js';
import { formatAge, formatTime, formatTimeShort, parseTime } from '../../src/report/time.js';

describe('humanBytes', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1499, '1.50 kB'],
    [9994, '9.99 kB'],
    [9995, '10.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [72_800_000, '72.8 MB'],
    [10n ** 18n, '1.00 EB'],
    [5e21, '5000 EB'],
    [-1500, '-1.50 kB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(humanBytes(bytes)).toBe(text);
  });

  test('counts, plurals and parts', () => {
    expect([formatCount(250_000), plural(1, 'file'), plural(0, 'entry', 'entries')]).toEqual([
      '250,000',
      '1 file',
      '0 entries',
    ]);
    expect([formatPercent(1, 8), formatPercent(1, 0)]).toEqual(['12.5 %', '-']);
  });
});

describe('formatTime', () => {
  test.each([
    [0n, '1970-01-01T00:00:00Z'],
    [1n, '1970-01-01T00:00:00.000000001Z'],
    [500_000_000n, '1970-01-01T00:00:00.5Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [951_782_400_000_000_000n, '2000-02-29T00:00:00Z'],
    [253_402_300_799_000_000_000n, '9999-12-31T23:59:59Z'],
    [253_402_300_800_000_000_000n, '+010000-01-01T00:00:00Z'],
    [-62_167_219_201_000_000_000n, '-000001-12-31T23:59:59Z'],
    [(2n ** 63n - 1n) * 1_000_000_000n, '+292277026596-12-04T15:30:07Z'],
  ])('%d ns is %s', (nanoseconds, text) => {
    expect(formatTime(nanoseconds)).toBe(text);
  });

  test('agrees with Date on every second it can say', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
        expect(formatTime(BigInt(seconds) * 1_000_000_000n)).toBe(
          new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
        );
      }),
    );
  });

  test('is read back by parseTime to the nanosecond', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -62_167_219_200_000_000_000n, max: 253_402_300_799_999_999_999n }),
        (time) => {
          expect(parseTime(formatTime(time))).toBe(time);
        },
      ),
    );
    expect(parseTime('2024-01-02T03:04:05.25+02:00')).toBe(1_704_157_445_250_000_000n);
    expect([parseTime('yesterday'), parseTime('2024-13-01T00:00:00Z'), parseTime('')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('the short form ends at the minute', () => {
    expect(formatTimeShort(951_782_459_000_000_000n)).toBe('2000-02-29 00:00');
  });

  test.each([
    [0, 'now'],
    [1, '1 second ago'],
    [59, '59 seconds ago'],
    [3600, '1 hour ago'],
    [86_400 * 3, '3 days ago'],
    [86_400 * 20, '2 weeks ago'],
    [86_400 * 365, '11 months ago'],
    [86_400 * 1000, '2 years ago'],
    [-7200, 'in 2 hours'],
  ])('%d seconds back is %s', (seconds, text) => {
    expect(formatAge(0n, BigInt(seconds) * 1_000_000_000n)).toBe(text);
  });
});

describe('formatMode', () => {
  test.each([
    ['file', 0o644, '-rw-r--r--'],
    ['file', 0o4755, '-rwsr-xr-x'],
    ['file', 0o4644, '-rwSr--r--'],
    ['file', 0o2755, '-rwxr-sr-x'],
    ['directory', 0o1777, 'drwxrwxrwt'],
    ['directory', 0o1776, 'drwxrwxrwT'],
    ['symlink', 0o777, 'lrwxrwxrwx'],
    ['character', 0o600, 'crw-------'],
    ['block', 0o060, 'b---rw----'],
    ['fifo', 0, 'p---------'],
    ['hardlink', 0o644, 'hrw-r--r--'],
  ] as const)('%s %o is %s, as ls(1) and tar(1) show it', (kind, mode, text) => {
    expect(formatMode(kind, mode)).toBe(text);
  });

  test('octal has four digits', () => {
    expect([formatOctal(0), formatOctal(0o4755), formatOctal(0o17)]).toEqual(['0000', '4755', '0017']);
  });
});

describe('hexdumpLines', () => {
  test('has the columns of hexdump -C', () => {
    expect([...hexdumpLines(Buffer.from('hello, \x1bworld\xff..!?', 'latin1'), 16)]).toEqual([
      '00000010  68 65 6c 6c 6f 2c 20 1b  77 6f 72 6c 64 ff 2e 2e  |hello, .world...|',
      '00000020  21 3f                                             |!?|',
    ]);
  });

  test('is what od(1) says of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes) => {
        const od = spawnSync('od', ['-An', '-v', '-tx1', '-w16'], { input: bytes, encoding: 'utf8' });
        const hex = [...hexdumpLines(bytes)].map((line) => line.slice(10, 59).trim().replace('  ', ' '));
        expect(hex).toEqual(
          od.stdout
            .trimEnd()
            .split('\n')
            .map((line) => line.trim()),
        );
      }),
      { numRuns: 15 },
    );
  });
});
