import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anySizes, decode, pipe, sample } from './streams.js';

const PLAIN = sample(300_000);

describe('RFC 1952: what gzip writers make is read back', () => {
  test.each([
    ['gzip', ['-1']],
    ['gzip', ['-9']],
    ['gzip', ['-n']],
    ['gzip', ['--rsyncable']],
    ['pigz', ['-p', '2', '-b', '128']],
    ['pigz', ['-p', '2', '-i']],
    ['pigz', ['-11', '-I', '1']],
  ])('%s %j', async (command, options) => {
    const { code, plain } = await decode(pipe(command, [...options, '-c'], PLAIN), 'gzip');
    expect(code).toBe('');
    expect(plain.equals(PLAIN)).toBe(true);
  });

  test('2.2: members follow one another, empty ones too, and the plain bytes are those of all', async () => {
    const parts = [PLAIN.subarray(0, 200_000), Buffer.alloc(0), PLAIN.subarray(200_000)];
    const { code, plain, anomalies } = await decode(
      Buffer.concat(parts.map((part) => gzipSync(part))),
      'gzip',
    );
    expect(code).toBe('');
    expect(plain.equals(PLAIN)).toBe(true);
    expect(anomalies.list).toEqual([]);
  });

  test('20,000 empty members and 5,000 small ones are read', async () => {
    const small = Array.from({ length: 5000 }, (_, i) => gzipSync(`member ${i}`));
    const input = Buffer.concat([...Array<Buffer>(20_000).fill(gzipSync('')), ...small]);
    const { code, plain } = await decode(input, 'gzip');
    expect(code).toBe('');
    expect(plain.length).toBe(Array.from({ length: 5000 }, (_, i) => `member ${i}`).join('').length);
  });

  test('small members before, between and after one that is larger than 16 KiB', async () => {
    const parts = ['a', 'b', PLAIN, 'c', PLAIN.subarray(0, 9), 'd'].map((part) => Buffer.from(part));
    const { code, plain } = await decode(Buffer.concat(parts.map((part) => gzipSync(part))), 'gzip');
    expect(code).toBe('');
    expect(plain.equals(Buffer.concat(parts))).toBe(true);
  });

  test('a small member that expands beyond a mebibyte', async () => {
    const zeros = Buffer.alloc(5_000_000);
    const { code, plain } = await decode(
      Buffer.concat([gzipSync('x'), gzipSync(zeros), gzipSync('y')]),
      'gzip',
    );
    expect(code).toBe('');
    expect(plain.length).toBe(5_000_002);
  });
});

describe('2.3: header fields', () => {
  const text = Buffer.from('content');
  const member = (flags: number, fields: Uint8Array, header = [0x1f, 0x8b, 8]): Buffer => {
    const front = Buffer.concat([Buffer.from([...header, flags, 0, 0, 0, 0, 0, 3]), fields]);
    const crc = Buffer.alloc(2);
    crc.writeUInt16LE(crc32(front) & 0xffff);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(text), 0);
    trailer.writeUInt32LE(text.length, 4);
    return Buffer.concat([front, (flags & 2) !== 0 ? crc : Buffer.alloc(0), deflateRawSync(text), trailer]);
  };
  const extra = Buffer.concat([Buffer.from([0x10, 0x27]), Buffer.alloc(10_000, 7)]);
  const name = Buffer.concat([Buffer.alloc(2 ** 20, 'n'), Buffer.alloc(1)]);
  const all = Buffer.concat([extra, name, Buffer.from('comment\0')]);

  test('extra field, a name of 1 MiB, comment and header CRC are skipped', async () => {
    const { code, plain } = await decode(member(0x1e, all), 'gzip');
    expect(code).toBe('');
    expect(plain.toString()).toBe('content');
  });

  test('a wrong header CRC, a reserved flag, another method or magic is E_COMPRESSION', async () => {
    const wrongCrc = member(0x1e, all);
    wrongCrc[12] ^= 1;
    const bad = [
      wrongCrc,
      member(0x20, Buffer.alloc(0)),
      member(0x80, Buffer.alloc(0)),
      member(0, Buffer.alloc(0), [0x1f, 0x8b, 7]),
      member(0, Buffer.alloc(0), [0x1f, 0x8c, 8]),
    ];
    for (const input of bad) expect((await decode(input, 'gzip')).code).toBe('E_COMPRESSION');
  });

  test('a name that never ends is E_TRUNCATED', async () => {
    const input = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(3e6, 'n')]);
    expect((await decode(input, 'gzip')).code).toBe('E_TRUNCATED');
  });
});

describe('what follows the last member (gzip(1) reads on, Go does not)', () => {
  const member = gzipSync('plain');
  test.each([
    ['zeros are the note blob-trailing-zeros', Buffer.alloc(1000), 'blob-trailing-zeros'],
    ['other bytes are the warning blob-trailing-data', Buffer.from('garbage'), 'blob-trailing-data'],
    ['half a magic number is trailing data', Buffer.from([0x1f]), 'blob-trailing-data'],
    [
      'a member behind zeros is trailing data',
      Buffer.concat([Buffer.alloc(9), member]),
      'blob-trailing-data',
    ],
  ])('%s', async (_, tail, anomaly) => {
    const { code, plain, anomalies } = await decode(Buffer.concat([member, tail]), 'gzip');
    expect([code, plain.toString()]).toEqual(['', 'plain']);
    expect(anomalies.list.map((item) => item.code)).toEqual([anomaly]);
  });

  test('a second member that begins with the magic number and is corrupt is E_COMPRESSION', async () => {
    for (const at of [2, 3, 10, member.length - 8, member.length - 1]) {
      const second = Buffer.from(member);
      second[at] ^= 0xff;
      const { code } = await decode(Buffer.concat([member, second]), 'gzip');
      expect([at, code]).toEqual([at, 'E_COMPRESSION']);
    }
  });
});

describe('damage', () => {
  const two = Buffer.concat([gzipSync(PLAIN.subarray(0, 700)), gzipSync(PLAIN.subarray(700, 900))]);

  test('cut anywhere but between members it is E_TRUNCATED', async () => {
    const first = gzipSync(PLAIN.subarray(0, 700)).length;
    for (let length = 0; length < two.length; length++) {
      const { code, anomalies } = await decode(two.subarray(0, length), 'gzip');
      // One byte into the second member it cannot be told from trailing data.
      const expected = length === first ? ['', 0] : length === first + 1 ? ['', 1] : ['E_TRUNCATED', 0];
      expect([length, code, anomalies.list.length]).toEqual([length, ...expected]);
    }
  });

  test('a flipped bit never changes the plain bytes unnoticed', async () => {
    const input = gzipSync(PLAIN.subarray(0, 500));
    for (let at = 0; at < input.length; at++)
      for (const bit of [1, 0x10, 0x80]) {
        const bad = Buffer.from(input);
        bad[at] ^= bit;
        const { code, plain } = await decode(bad, 'gzip');
        if (code === '') expect(plain.equals(PLAIN.subarray(0, 500))).toBe(true);
        else expect(['E_COMPRESSION', 'E_TRUNCATED']).toContain(code);
      }
  });
});

test('property: the result does not depend on where the input is split', async () => {
  const good = Buffer.concat([
    gzipSync(PLAIN.subarray(0, 90_000)),
    gzipSync('small'),
    gzipSync(PLAIN.subarray(0, 40_000)),
  ]);
  const inputs = [
    good,
    good.subarray(0, -3),
    Buffer.concat([good, Buffer.from('tail')]),
    Buffer.concat([gzipSync(''), good.subarray(0, 60), good]),
  ];
  const whole = await Promise.all(inputs.map((input) => decode(input, 'gzip')));
  expect(whole.map(({ code }) => code)).toEqual(['', 'E_TRUNCATED', '', 'E_COMPRESSION']);
  await fc.assert(
    fc.asyncProperty(fc.nat(inputs.length - 1), anySizes, async (which, sizes) => {
      const { code, plain, anomalies } = await decode(inputs[which], 'gzip', { sizes });
      expect(code).toBe(whole[which].code);
      expect(anomalies.list).toEqual(whole[which].anomalies.list);
      if (code === '') expect(plain.equals(whole[which].plain)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('property: any bytes end in a result or in a StrataError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (tail) => {
      const { code } = await decode(Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), tail]), 'gzip');
      expect(['', 'E_COMPRESSION', 'E_TRUNCATED']).toContain(code);
    }),
  );
});

test('a member that ends exactly where a chunk ends, as every split into two', async () => {
  const first = gzipSync(PLAIN.subarray(0, 300));
  const input = Buffer.concat([first, gzipSync('second')]);
  for (let at = 1; at < input.length; at++) {
    const { code, plain } = await decode(input, 'gzip', { sizes: [at] });
    expect([at, code, plain.length]).toEqual([at, '', 306]);
  }
});
