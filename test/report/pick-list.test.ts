import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeName } from '../../src/model/name.js';
import { type PickRow, pickText, readPickText } from '../../src/report/pick-list.js';
import { CONTROL } from '../helpers/look.js';

/* What is left in the list is what is picked, whatever the names hold. */

const letter = fc.constantFrom('A', 'C', 'D');
const hostile = fc.constantFrom(
  '/a\nD /etc',
  '/# x',
  '/a ',
  '/a\\x20',
  '/a\t',
  '/\x1b[2J',
  '/a\r',
  '/\u202e',
  '/\xff ',
);
const row = fc.record<PickRow>({
  letter,
  bytes: fc.nat(),
  path: fc.oneof(
    hostile,
    fc.uint8Array({ maxLength: 12 }).map((bytes) => `/${decodeName(bytes.filter((byte) => byte !== 0))}`),
  ),
});
const rows = fc.uniqueArray(row, { selector: ({ path }) => path, maxLength: 12 });

test('the text unchanged picks all, in their order; each name is one line without controls', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const text = pickText(list, 'app:1');
      expect(text).not.toMatch(CONTROL);
      expect(
        text
          .split('\n')
          .slice(0, list.length)
          .every((line) => /^[ACD] +\d[\d.]* [kMG]?B {2}\//.test(line)),
      ).toBe(true);
      expect(readPickText(text, list)).toEqual(list);
    }),
  );
});

test('lines that are taken out, or begin with #, are left out, whatever an editor does to blanks at ends', () => {
  fc.assert(
    fc.property(rows, fc.infiniteStream(fc.constantFrom('keep', 'drop', 'comment')), (list, stream) => {
      const deeds = list.map(() => stream.next().value as string);
      const lines = pickText(list, 'app:1').split('\n');
      const edited = lines.flatMap((line, i) =>
        i >= list.length || deeds[i] === 'keep'
          ? [`${line.trimEnd()}  `]
          : deeds[i] === 'drop'
            ? []
            : [`# ${line}`],
      );
      expect(readPickText(edited.join('\r\n'), list)).toEqual(list.filter((_, i) => deeds[i] === 'keep'));
    }),
  );
});

test('a line that was not there is refused', () => {
  const list: readonly PickRow[] = [{ path: '/a', letter: 'A', bytes: 7 }];
  for (const text of ['A       7 B  /b\n', 'D       7 B  /a\n', '/a\n'])
    expect(() => readPickText(text, list)).toThrow(/was not in it/);
  expect(readPickText('', list)).toEqual([]);
  expect(pickText(list, 'app:1').split('\n')[0]).toBe('A       7 B  /a');
});
