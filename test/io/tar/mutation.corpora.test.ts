import { describe, expect, it } from 'vitest';
import { oracleRows, plainTar } from './corpus.js';
import { readTar } from './support.js';

/** xorshift32: the same mutations in every run. */
function randomness(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Makes the sum of a header block right again, so that the damage gets past it. */
function repair(tar: Uint8Array, at: number): void {
  tar.fill(0x20, at + 148, at + 156);
  let sum = 0;
  for (let i = at; i < at + 512; i++) sum += tar[i] ?? 0;
  tar.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), at + 148);
}

function mutate(tar: Uint8Array, random: (below: number) => number): Uint8Array {
  const out = Uint8Array.from(tar);
  if (out.length === 0) return out;
  const blocks = Math.floor(out.length / 512);
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(out.length);
    switch (random(5)) {
      case 0:
        out[at] = random(256);
        break;
      case 1:
        out[at] = (out[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        out.fill([0, 0x37, 0xff, 0x0a, 0x3d, 0x2f][random(6)] ?? 0, at, at + 1 + random(40));
        break;
      case 3:
        if (blocks > 1) out.copyWithin(512 * random(blocks), 512 * random(blocks), 512 * random(blocks));
        break;
      default:
        // Type flags, sizes and the fields of sparse maps are where structure hangs.
        if (blocks > 0)
          out[512 * random(blocks) + ([124, 135, 156, 345, 386, 482, 504][random(7)] ?? 0)] = random(256);
    }
    if (blocks > 0 && random(3) > 0) repair(out, 512 * Math.min(blocks - 1, Math.floor(at / 512)));
  }
  return random(4) === 0 ? out.subarray(0, random(out.length)) : out;
}

describe('the reader ends, with nothing but a StrataError', () => {
  it('on seeded mutations of every small tar of the corpora', () => {
    const tars = oracleRows()
      .map((row) => row.path)
      .filter((name) => name.endsWith('.tar'))
      .map((name) => [name, plainTar(name)] as const)
      .filter(([, tar]) => tar.length <= 64 * 1024);
    expect(tars.length).toBeGreaterThan(400);
    let refused = 0;
    for (const [index, [name, tar]] of tars.entries()) {
      const random = randomness(0x5eed + index);
      for (let round = 0; round < 12; round++) {
        const mutant = mutate(tar, random);
        try {
          const whole = readTar(mutant, { keep: false });
          if (whole.error !== undefined) refused++;
          // The same in pieces: same members, same end.
          const step = 1 + random(2000);
          const cuts = function* (length: number): Iterable<number> {
            for (let at = step; at < length; at += step) yield at;
          };
          const pieces = readTar(mutant, { keep: false, cuts });
          expect(pieces.error?.message).toBe(whole.error?.message);
          expect(pieces.members).toEqual(whole.members);
          expect(pieces.anomalies).toEqual(whole.anomalies);
        } catch (thrown) {
          throw new Error(`${name}, round ${round}`, { cause: thrown });
        }
      }
    }
    // The mutator bites, and not always.
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(tars.length * 12);
  });
});
