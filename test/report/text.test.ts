import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTextPrinter } from '../../src/report/text.js';

function print(bytes: Uint8Array, sizes: readonly number[]): string {
  const printer = createTextPrinter();
  let out = '';
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const end = at + (sizes.at(i % sizes.length) ?? 1);
    out += printer.push(bytes.subarray(at, end));
    at = end;
  }
  return out + printer.end();
}

describe('createTextPrinter', () => {
  test('chunks make no difference', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.string({ unit: 'binary', maxLength: 100 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        (bytes, text, sizes) => {
          const all = Buffer.concat([Buffer.from(text), bytes, Buffer.from(text)]);
          expect(print(all, sizes)).toBe(print(all, [all.length]));
        },
      ),
    );
  });

  test('lets line feeds, tabs, backslashes and printable text through, nothing else', () => {
    expect(print(Buffer.from('a\\b\té 港\n\x1b[m\x00\r'), [100])).toBe('a\\b\té 港\n\\x1b[m\\x00\\r');
    expect(print(Buffer.from([0x63, 0xff, 0xe9, 0x0a]), [1])).toBe('c\\xff\\xe9\n');
  });

  test('a line without end is given out in parts, no character split', () => {
    const text = 'aé港👩'.repeat(40_000);
    const printer = createTextPrinter();
    const bytes = Buffer.from(text);
    let out = '';
    let parts = 0;
    for (let at = 0; at < bytes.length; at += 10_007) {
      const part = printer.push(bytes.subarray(at, at + 10_007));
      if (part !== '') parts += 1;
      out += part;
    }
    expect(out + printer.end()).toBe(text);
    expect(parts).toBeGreaterThan(1);
  });
});
