import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unzstd } from '../../../src/io/codec/zstd.js';
import { createAnomalyLog } from '../../../src/model/anomaly.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { anySizes, collect, decode, pipe, sample, split } from './streams.js';

const PLAIN = sample(400_000);
const zstd = (input: Uint8Array, ...options: string[]): Buffer =>
  pipe('zstd', ['-q', '-c', ...options], input);

function skippable(bytes: number, nibble = 0): Buffer {
  const frame = Buffer.alloc(8 + bytes, 0x5a);
  frame.writeUInt32LE(0x184d2a50 + nibble, 0);
  frame.writeUInt32LE(bytes, 4);
  return frame;
}

describe('RFC 8878: what zstd writers make is read back', () => {
  test.each([
    ['zstd', ['-1']],
    ['zstd', ['-19']],
    ['zstd', ['--ultra', '-22']],
    ['zstd', ['--long=27']],
    ['zstd', ['--no-check']],
    ['zstd', ['--check', '--stream-size=400000']],
    ['zstd', ['-T2', '-B32768']],
    ['zstd', ['--fast=5']],
    ['zstd', ['-3', '--target-compressed-block-size=1500']],
    ['pzstd', ['-p', '2']],
  ])('%s %j', async (command, options) => {
    const { code, plain } = await decode(pipe(command, ['-q', '-c', ...options], PLAIN), 'zstd');
    expect(code).toBe('');
    expect(plain.equals(PLAIN)).toBe(true);
  });

  test('a window of 128 MiB with a match across 70 MB', async () => {
    const far = Buffer.alloc(70_000_000, 'filler between two far copies ');
    const noise = PLAIN.subarray(4096, 8192);
    noise.copy(far, 0);
    noise.copy(far, far.length - noise.length);
    const { code, plain } = await decode(zstd(far, '--long=27', '-1'), 'zstd');
    expect(code).toBe('');
    expect(plain.equals(far)).toBe(true);
  });

  test('3.1: frames follow one another, empty ones too, small and large, with skippable frames anywhere', async () => {
    const input = Buffer.concat([
      skippable(0),
      zstd(PLAIN.subarray(0, 10)),
      zstd(Buffer.alloc(0)),
      skippable(70_000, 15),
      zstd(PLAIN.subarray(10), '--no-check'),
      ...Array.from({ length: 300 }, (_, i) => zstdOnce[i % zstdOnce.length]),
      skippable(9, 7),
    ]);
    const { code, plain } = await decode(input, 'zstd');
    expect(code).toBe('');
    expect(plain.length).toBe(PLAIN.length + 100 * (1 + 2 + 3));
    expect(plain.subarray(0, PLAIN.length).equals(PLAIN)).toBe(true);
  });
  const zstdOnce = ['a', 'bb', 'ccc'].map((text) => zstd(Buffer.from(text)));

  test('20,000 skippable frames are read in one loop', async () => {
    const frames = Array<Buffer>(20_000).fill(skippable(3));
    const { code, plain } = await decode(Buffer.concat([...frames, zstdOnce[1]]), 'zstd');
    expect([code, plain.toString()]).toEqual(['', 'bb']);
  });
});

describe('what libzstd refuses is refused', () => {
  const frame = zstd(PLAIN.subarray(0, 3000), '--check');
  const large = zstd(PLAIN, '--check');
  const changed = (at: number, xor: number, of = frame): Buffer => {
    const bad = Buffer.from(of);
    bad[(at + bad.length) % bad.length] ^= xor;
    return bad;
  };

  test('a wrong content checksum, in a frame of either size, last or not', async () => {
    for (const of of [frame, large])
      for (const tail of [Buffer.alloc(0), skippable(1), zstd(Buffer.from('next'))]) {
        const { code } = await decode(Buffer.concat([changed(-1, 1, of), tail]), 'zstd');
        expect(code).toBe('E_COMPRESSION');
      }
  });

  test('anything but a frame behind a frame', async () => {
    for (const tail of ['g', '\0\0\0\0', 'garbage', '\x50\x2a\x4d\x19'])
      expect((await decode(Buffer.concat([frame, Buffer.from(tail, 'latin1')]), 'zstd')).code).toBe(
        'E_COMPRESSION',
      );
  });

  test('a truncated stream: cut at every byte of two frames it is E_TRUNCATED, but between them', async () => {
    const two = Buffer.concat([frame.subarray(0), skippable(5), zstd(Buffer.from('second'))]);
    const ends = [frame.length, frame.length + 13];
    for (let length = 0; length < two.length; length++) {
      const { code } = await decode(two.subarray(0, length), 'zstd');
      expect([length, code]).toEqual([length, ends.includes(length) ? '' : 'E_TRUNCATED']);
    }
  });

  test('a truncated large frame', async () => {
    for (const cut of [1, 4, 5, 1000, 150_000])
      expect((await decode(large.subarray(0, large.length - cut), 'zstd')).code).toBe('E_TRUNCATED');
  });

  test('a flipped bit never changes the plain bytes of a checksummed frame unnoticed', async () => {
    const expected = PLAIN.subarray(0, 3000);
    for (let at = 0; at < frame.length; at += at < 40 || at > frame.length - 40 ? 1 : 7)
      for (const bit of [1, 8, 0x80]) {
        const { code, plain } = await decode(changed(at, bit), 'zstd');
        if (code === '') expect([at, bit, plain.equals(expected)]).toEqual([at, bit, true]);
        else expect(['E_COMPRESSION', 'E_TRUNCATED', 'E_LIMIT', 'E_COMPRESSION_UNSUPPORTED']).toContain(code);
      }
  });

  test('a frame whose declared size is not what it decodes to', async () => {
    // A frame of one raw block "abc": descriptor with a single segment and one byte of content size.
    const raw = (declared: number): Buffer =>
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, declared, 3 * 8 + 1, 0, 0, 0x61, 0x62, 0x63]);
    expect((await decode(raw(3), 'zstd')).code).toBe('');
    // A frame too large for the decoder of small ones, its declared size of four bytes behind magic, descriptor and window.
    const declared = zstd(PLAIN, '-1', '--stream-size=400000');
    expect([
      declared[4] >> 6,
      declared.readUInt32LE(declared.indexOf(Buffer.from([0x80, 0x1a, 6, 0]))),
    ]).toEqual([2, 400_000]);
    for (const delta of [1, 2]) {
      const lying = Buffer.from(declared);
      lying[declared.indexOf(Buffer.from([0x80, 0x1a, 6, 0]))] ^= delta;
      expect((await decode(lying, 'zstd')).code).toBe('E_COMPRESSION');
    }
    for (const declared of [4, 200]) expect((await decode(raw(declared), 'zstd')).code).toBe('E_COMPRESSION');
  });
});

test('decoding stops where the data is corrupt: what follows is not read', async () => {
  const bad = zstd(PLAIN.subarray(0, 3000), '--check');
  bad[bad.length - 1] ^= 1;
  const input = Buffer.concat([
    bad,
    ...Array<Buffer>(100).fill(skippable(0)),
    ...Array<Buffer>(100).fill(zstd(PLAIN, '-1')),
  ]);
  let pulled = 0;
  async function* source(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of split(input, Array<number>(1000).fill(10_000))) {
      pulled += chunk.length;
      yield chunk;
    }
  }
  const stream = unzstd(source(), { limits: DEFAULT_LIMITS, anomalies: createAnomalyLog(), what: 'test' });
  await expect(collect(stream)).rejects.toThrow('corrupt');
  expect(pulled).toBeLessThan(400_000);
});

describe('limits', () => {
  test('a larger window than allowed is E_LIMIT before anything is decoded', async () => {
    const input = pipe('sh', ['-c', 'cat | zstd -q -c --long=27'], PLAIN);
    const { code, plain } = await decode(input, 'zstd', { limits: { zstdWindow: 2 ** 27 - 1 } });
    expect([code, plain.length]).toEqual(['E_LIMIT', 0]);
    expect((await decode(input, 'zstd', { limits: { zstdWindow: 2 ** 27 } })).code).toBe('');
  });

  test('a declared size over layerBytes is E_LIMIT before anything is decoded', async () => {
    const { code, plain } = await decode(zstd(PLAIN, '--stream-size=400000'), 'zstd', {
      limits: { layerBytes: 399_999 },
    });
    expect([code, plain.length]).toEqual(['E_LIMIT', 0]);
  });
});

test('property: the result does not depend on where the input is split', async () => {
  const good = Buffer.concat([zstd(PLAIN), skippable(20), zstd(PLAIN.subarray(0, 500), '--check')]);
  const wrongChecksum = zstd(PLAIN.subarray(0, 50_000), '--check');
  wrongChecksum[wrongChecksum.length - 1] ^= 1;
  const inputs = [
    good,
    good.subarray(0, -2),
    Buffer.concat([good, Buffer.from('tail')]),
    Buffer.concat([wrongChecksum, good]),
  ];
  const whole = await Promise.all(inputs.map((input) => decode(input, 'zstd')));
  expect(whole.map(({ code }) => code)).toEqual(['', 'E_TRUNCATED', 'E_COMPRESSION', 'E_COMPRESSION']);
  await fc.assert(
    fc.asyncProperty(fc.nat(inputs.length - 1), anySizes, async (which, sizes) => {
      const { code, plain } = await decode(inputs[which], 'zstd', { sizes });
      expect(code).toBe(whole[which].code);
      if (code === '') expect(plain.equals(whole[which].plain)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('property: any bytes end in a result or in a StrataError', async () => {
  const codes = ['', 'E_COMPRESSION', 'E_TRUNCATED', 'E_LIMIT', 'E_COMPRESSION_UNSUPPORTED'];
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (tail) => {
      const { code } = await decode(Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), tail]), 'zstd');
      expect(codes).toContain(code);
    }),
  );
});

test('many streams at once do not disturb one another', async () => {
  const inputs = [zstd(PLAIN), zstd(PLAIN.subarray(1000), '-1'), zstd(PLAIN.subarray(0, 70_000), '-19')];
  const many = [...inputs, ...inputs, ...inputs];
  const results = await Promise.all(
    many.map((input) => decode(input, 'zstd', { sizes: Array<number>(50).fill(3000) })),
  );
  expect(results.map(({ plain }) => plain.length)).toEqual([
    400_000, 399_000, 70_000, 400_000, 399_000, 70_000, 400_000, 399_000, 70_000,
  ]);
  expect(results[0].plain.equals(PLAIN)).toBe(true);
});

test('500 streams in one process, read to the end, stopped early or truncated, do not pile up memory', async () => {
  const input = zstd(Buffer.concat([PLAIN, PLAIN, PLAIN]), '--zstd=wlog=23');
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 500; i++) {
    const bytes = i % 3 === 2 ? input.subarray(0, -100) : input;
    const stream = unzstd(split(bytes), {
      limits: DEFAULT_LIMITS,
      anomalies: createAnomalyLog(),
      what: 'test',
    });
    if (i % 3 === 0) expect((await collect(stream)).length).toBe(1_200_000);
    else if (i % 3 === 1) {
      await stream.next();
      await stream.return();
    } else await expect(collect(stream)).rejects.toThrow('ends too early');
  }
  // A decoder that is not freed costs its window of 8 MiB each time, 4 GB in all.
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(250);
});
