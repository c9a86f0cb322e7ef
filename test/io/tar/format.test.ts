import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal, parseTime } from '../../../src/io/tar/decimal.js';
import { checkBlock, formatOf, paddingOf, parseNumber, parseOctal } from '../../../src/io/tar/format.js';
import { block, GNU, USTAR } from './support.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const octalOf = (text: string): number => parseOctal(bytes(text), 0, text.length);
const numberOf = (hex: string): number => parseNumber(Buffer.from(hex, 'hex'), 0, hex.length / 2);
const timeOf = (text: string): unknown => parseTime(bytes(text), 0, text.length);
const decimalOf = (text: string): number => parseDecimal(bytes(text), 0, text.length);

function check(header: Buffer): string {
  const aligned = Uint8Array.from(header);
  return checkBlock(aligned, 0, new Int32Array(aligned.buffer), 0);
}

describe('octal fields', () => {
  it.each([
    ['0000644\0', 0o644],
    ['   644 \0', 0o644],
    ['\x00\x00644\x00\x00', 0o644],
    ['00000644', 0o644],
    ['', 0],
    ['        ', 0],
    ['\0\0\0\0', 0],
    ['6\0zzzzzz', 6],
    ['777777777777', 0o777777777777],
  ])('%j is %i', (text, value) => {
    expect(octalOf(text)).toBe(value);
  });

  it.each(['-6', '8', '0x1', '6 6', '6z', 'z', '6 \0z', '١'])('%j is no number', (text) => {
    expect(octalOf(text)).toBeNaN();
  });
});

describe('base-256 fields are two’s complement behind the first bit (GNU tar manual, "Extensions")', () => {
  it.each([
    ['800000000000000000000001', 1],
    ['80000000001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['ffffffffffffffffffffffff', -1],
    ['ffffffffffffffffffffff00', -256],
    ['ffffffffffe0000000000000', -(2 ** 53)],
    ['8000000000000000', 0],
  ])('%s is %i', (hex, value) => {
    expect(numberOf(hex)).toBe(value);
  });

  it.each(['800000000020000000000000', '800000008000000000000000', 'ffffffff8000000000000000'])(
    '%s is beyond what a number holds',
    (hex) => {
      expect(numberOf(hex)).toBeNaN();
    },
  );
});

describe('PAX numbers and times', () => {
  it.each([
    ['0', 0],
    ['+6', 6],
    ['-6', -6],
    ['-0', 0],
    ['0006', 6],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%j is %i', (text, value) => {
    expect(decimalOf(text)).toBe(value);
  });

  it.each(['', '+', '-', '6.0', '0x10', ' 6', '6 ', '1e3', '9007199254740992', '1_000'])(
    '%j is no number',
    (text) => {
      expect(decimalOf(text)).toBeNaN();
    },
  );

  it.each([
    ['1350244992', 1350244992, 0],
    ['1350244992.023960108', 1350244992, 23960108],
    ['1.1111111111111111111111111111111111111111', 1, 111111111],
    ['1.9999999999', 1, 999999999],
    ['1.', 1, 0],
    ['-1.25', -2, 750000000],
    ['-0.5', -1, 500000000],
    ['-7', -7, 0],
    ['1.5', 1, 500000000],
  ])('%j loses no digit', (text, seconds, nanoseconds) => {
    expect(timeOf(text)).toEqual({ seconds, nanoseconds });
  });

  it.each(['', 'nan', '.5', '1.5.5', '1.x', '1,5', '0x10', '99999999999999999999', '-9007199254740991.5'])(
    '%j is no time',
    (text) => {
      expect(timeOf(text)).toBeUndefined();
    },
  );
});

describe('the header checksum', () => {
  it('is the sum of unsigned bytes, or of signed ones', () => {
    expect(check(block({ name: 'f' }))).toBe('valid');
    expect(check(block({ name: Buffer.from('ü') }))).toBe('valid');
    expect(check(block({ name: Buffer.from('ü'), checksum: 'signed' }))).toBe('signed');
    expect(check(block({ checksum: 'wrong' }))).toBe('invalid');
    expect(check(Buffer.alloc(512))).toBe('zero');
    expect(check(Buffer.alloc(512, 0xff))).toBe('invalid');
  });

  it('changes with every byte but its own, blank or zero is wrong', () => {
    const good = block({ name: 'f' });
    // The last byte of the field lies behind the NUL that ends the number.
    for (let at = 0; at < 512; at++) {
      if (at === 155) continue;
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(check(bad), `byte ${at}`).toBe('invalid');
    }
    for (const fill of ['\0', ' ', '0'])
      expect(check(Buffer.from(good).fill(fill, 148, 156))).toBe('invalid');
  });

  it('is the same sum as byte by byte, at any place in memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), fc.nat(6), (content, words) => {
        const memory = new Uint8Array(512 + 4 * words);
        memory.set(content, 4 * words);
        memory.fill(0x20, 4 * words + 148, 4 * words + 156);
        let sum = 0;
        for (const byte of memory.subarray(4 * words)) sum += byte;
        memory.set(bytes(`${sum.toString(8).padStart(6, '0')}\0 `), 4 * words + 148);
        expect(checkBlock(memory, 4 * words, new Int32Array(memory.buffer), words)).toBe('valid');
      }),
    );
  });
});

describe('layouts and padding', () => {
  it('tells the formats by their magic as Go does', () => {
    const of = (magic: string, extra: readonly (readonly [number, string])[] = []): string =>
      formatOf(block({ magic, extra }), 0);
    expect(of(USTAR)).toBe('ustar');
    expect(of('ustar\0xx')).toBe('ustar');
    expect(of(USTAR, [[508, 'tar\0']])).toBe('star');
    expect(of(GNU)).toBe('gnu');
    expect(of('ustar   ')).toBe('v7');
    expect(of('')).toBe('v7');
    expect(of('USTAR\0' + '00')).toBe('v7');
  });

  it('pads to the next block and not beyond', () => {
    expect([0, 1, 511, 512, 513, 2 ** 40 + 1].map(paddingOf)).toEqual([0, 511, 1, 0, 511, 511]);
  });
});
