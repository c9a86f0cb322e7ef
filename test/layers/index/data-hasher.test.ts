import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDataHasher } from '../../../src/layers/index/data-hasher.js';

type Pieces = readonly (readonly [position: number, bytes: Uint8Array])[];

function digest(pieces: Pieces, size: number): string {
  const hasher = createDataHasher();
  for (const [position, bytes] of pieces) hasher.data(position, bytes);
  return hasher.end(size);
}

/** Contents with long runs of zeros, and pieces that hold all of their other bytes. */
const content = fc
  .array(fc.tuple(fc.nat(9000), fc.uint8Array({ minLength: 1, maxLength: 3000, max: 2 })), { maxLength: 4 })
  .map((parts) => {
    const pieces: [number, Uint8Array][] = [];
    let at = 0;
    for (const [hole, bytes] of parts) {
      pieces.push([at + hole, bytes]);
      at += hole + bytes.length;
    }
    const whole = Buffer.alloc(at);
    for (const [position, bytes] of pieces) whole.set(bytes, position);
    return { pieces, whole };
  });

it('is the same of one content in any pieces, with its zeros or without', () => {
  fc.assert(
    fc.property(content, fc.integer({ min: 1, max: 5000 }), ({ pieces, whole }, cut) => {
      const cuts: [number, Uint8Array][] = [];
      for (let at = 0; at < whole.length; at += cut) cuts.push([at, whole.subarray(at, at + cut)]);
      expect(digest(cuts, whole.length)).toBe(digest(pieces, whole.length));
    }),
  );
});

it('is another one of any other content, size or place', () => {
  fc.assert(
    fc.property(content, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ whole }, place, xor) => {
      const size = whole.length;
      const before = digest([[0, whole]], size);
      expect(digest([[0, whole]], size + 1)).not.toBe(before);
      if (size === 0) return;
      const other = Buffer.from(whole);
      other[place % size] ^= xor;
      expect(digest([[0, other]], size)).not.toBe(before);
    }),
  );
  const x = Buffer.from('x');
  const places = [0, 1, 4095, 4096, 2 ** 32, 2 ** 32 + 4096, Number.MAX_SAFE_INTEGER - 1];
  expect(new Set(places.map((at) => digest([[at, x]], Number.MAX_SAFE_INTEGER))).size).toBe(places.length);
});
