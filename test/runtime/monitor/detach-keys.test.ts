import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_DETACH_KEYS,
  detachWatcher,
  parseDetachKeys,
} from '../../../src/runtime/monitor/detach-keys.js';

describe('the keys of --detach-keys', () => {
  test.each([
    [DEFAULT_DETACH_KEYS, [16, 17]],
    ['ctrl-a', [1]],
    ['ctrl-z,x', [26, 120]],
    ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 27, 28, 29, 30, 31]],
    ['a,b,C,~', [97, 98, 67, 126]],
    ['', []],
  ])('%s', (text, keys) => {
    expect([...parseDetachKeys(text)]).toEqual(keys);
  });

  test.each(['ctrl-', 'ctrl-A', 'ctrl-1', 'ctrl-ab', 'ab', 'a,,b', ',', 'é', 'Ctrl-p', 'a,ctrl-p '])(
    "'%s' is refused",
    (text) => {
      expect(() => parseDetachKeys(text)).toThrow(
        expect.objectContaining({ code: 'E_USAGE', message: expect.stringContaining(text) as string }),
      );
    },
  );
});

/** The whole of what is typed, at once. */
function model(keys: readonly number[], typed: readonly number[]): { passed: number[]; detached: boolean } {
  const begins = (at: number, length: number): boolean =>
    keys.slice(0, length).every((key, i) => typed[at + i] === key);
  if (keys.length > 0)
    for (let at = 0; at + keys.length <= typed.length; at++)
      if (begins(at, keys.length)) return { passed: typed.slice(0, at), detached: true };
  // What may still become the sequence is held back: the longest end that is a beginning of it.
  for (let held = Math.min(keys.length - 1, typed.length); held > 0; held--)
    if (begins(typed.length - held, held)) return { passed: typed.slice(0, -held), detached: false };
  return { passed: [...typed], detached: false };
}

test('nothing is lost, wherever the reads are cut, and the sequence is found wherever it is', () => {
  // Two letters: most sequences overlap themselves.
  const letters = fc.constantFrom(97, 98);
  const reads = fc.array(fc.array(letters, { maxLength: 5 }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 4 }), reads, (keys, parts) => {
      const watch = detachWatcher(Uint8Array.from(keys));
      const passed: number[] = [];
      let detached = false;
      for (const part of parts) {
        const typed = watch(Uint8Array.from(part));
        passed.push(...typed.passed);
        detached = typed.detached;
        if (detached) break;
      }
      expect({ passed, detached }).toEqual(model(keys, parts.flat()));
    }),
    { numRuns: 2000 },
  );
});

test('a sequence that was begun and left is for the program', () => {
  const watch = detachWatcher(parseDetachKeys(DEFAULT_DETACH_KEYS));
  expect([...watch(Uint8Array.of(120, 16)).passed]).toEqual([120]);
  expect([...watch(Uint8Array.of(16, 121)).passed]).toEqual([16, 16, 121]);
  expect([...watch(Uint8Array.of(16)).passed]).toEqual([]);
  expect(watch(Uint8Array.of(17, 122))).toEqual({ passed: new Uint8Array(), detached: true });
});
