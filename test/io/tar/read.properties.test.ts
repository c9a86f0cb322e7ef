import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archive, block, file, GNU, octal, padded, pax, readTar } from './support.js';

/** One of everything that keeps state across blocks. */
const EVERYTHING = archive(
  pax([['comment', 'x']], 'g'),
  file({}, 'x'.repeat(700)),
  file({ type: 'L', magic: GNU }, 'n'.repeat(200)),
  file({ type: 'K', magic: GNU }, 'l'.repeat(600)),
  file({ type: '2' }),
  pax([
    ['path', 'p'.repeat(250)],
    ['SCHILY.xattr.user.a', 'v'.repeat(600)],
    ['mtime', '1.5'],
  ]),
  file({}, 'abc'),
  file({ prefix: 'prefix', name: 'name' }),
  Buffer.concat([
    block({
      type: 'S',
      magic: GNU,
      size: 4,
      extra: [
        [386, octal(0, 12) + octal(4, 12)],
        [483, octal(9, 12)],
        [482, '\x01'],
      ],
    }),
    Buffer.alloc(512),
    padded('data'),
  ]),
  pax([
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.realsize', '5000'],
    ['GNU.sparse.name', 'sparse'],
  ]),
  file(
    {},
    Buffer.concat([
      padded(`60\n${Array.from({ length: 60 }, (_, at) => `${at * 50}\n2\n`).join('')}`),
      Buffer.alloc(120, 'y'),
    ]),
  ),
  file({ type: '1', link: 'f', size: 900 }, 'not a header'.repeat(75)),
  file({ type: 'V' }, 'label'),
  file({ name: 'last' }, 'z'.repeat(512)),
  Buffer.alloc(1024),
  padded('rubbish'.repeat(200)),
  file({ name: 'hidden' }),
);

describe('any way to cut the input', () => {
  const whole = readTar(EVERYTHING);

  it('is tried on an archive that reads to its end', () => {
    expect(whole.error).toBeUndefined();
    expect(whole.members.map(({ name }) => name.slice(0, 10))).toEqual([
      'f',
      'nnnnnnnnnn',
      'pppppppppp',
      'prefix/nam',
      'f',
      'sparse',
      'f',
      'last',
    ]);
    expect(whole.codes).toContain('tar-members-after-end');
  });

  it.each([1, 2, 3, 7, 511, 512, 513, 1000])('in pieces of %i bytes gives the same calls', (step) => {
    const cuts = function* (length: number): Iterable<number> {
      for (let at = step; at < length; at += step) yield at;
    };
    const pieces = readTar(EVERYTHING, { cuts });
    expect(pieces).toEqual(whole);
    expect(readTar(EVERYTHING, { cuts, skip: true, keep: false }).end).toEqual(whole.end);
  });

  it('at random gives the same calls, from memory at any alignment', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(EVERYTHING.length), { maxLength: 60 }),
        fc.nat(7),
        (places, shift) => {
          const memory = new Uint8Array(EVERYTHING.length + shift);
          memory.set(EVERYTHING, shift);
          const cuts = (): number[] => [...places].sort((a, b) => a - b);
          expect(readTar(memory.subarray(shift), { cuts })).toEqual(whole);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('any bytes at all', () => {
  it('end in members or a StrataError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        readTar(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('behind a right checksum too', () => {
    const header = fc.record({
      name: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      type: fc.constantFrom(...Array.from('01234567xgLKSVMDNXZ\0')),
      magic: fc.constantFrom('ustar\0' + '00', GNU, ''),
      size: fc.oneof(
        fc.nat(2000),
        fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      ),
      mtime: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      extra: fc.array(
        fc.tuple(fc.integer({ min: 345, max: 500 }), fc.constantFrom('\0', '7', '\xff', '0000000001\0')),
        {
          maxLength: 8,
        },
      ),
    });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 1500 }).map((bytes) => padded(Buffer.from(bytes))),
      fc.constantFrom(
        padded('12 path=abc\n'),
        padded('22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n'),
        padded('2\n0\n1\n5\n1\n'),
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(header, body), { maxLength: 6 }), (parts) => {
        readTar(archive(...parts.flatMap(([fields, content]) => [block(fields), content])));
      }),
      { numRuns: 1000 },
    );
  });
});
