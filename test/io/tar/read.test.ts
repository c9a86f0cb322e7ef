import { describe, expect, it } from 'vitest';
import {
  archive,
  block,
  END,
  file,
  GNU,
  octal,
  padded,
  pax,
  readTar,
  record,
  type Listed,
} from './support.js';

const one = (...parts: Buffer[]): Listed => {
  const reading = readTar(archive(...parts));
  expect(reading.error).toBeUndefined();
  expect(reading.members).toHaveLength(1);
  return reading.members[0];
};
const names = (...parts: Buffer[]): string[] => readTar(archive(...parts)).members.map(({ name }) => name);
const codeOf = (...parts: Buffer[]): string | undefined => readTar(Buffer.concat(parts)).error?.code;
const long = (type: 'L' | 'K', text: string): Buffer =>
  file({ name: '././@LongLink', type, magic: GNU }, `${text}\0`);
const after = file({ name: 'after' }, 'after');

describe('names', () => {
  it('end at the first NUL or at the full field', () => {
    expect(one(file({ name: 'a\0b' })).name).toBe('a');
    expect(one(file({ name: 'x'.repeat(100) })).name).toBe('x'.repeat(100));
  });

  it('have the prefix before them in ustar (155 bytes) and star (131), not in v7 and old GNU', () => {
    const prefix = 'p'.repeat(155);
    expect(one(file({ prefix })).name).toBe(`${prefix}/f`);
    expect(one(file({ prefix, extra: [[508, 'tar\0']] })).name).toBe(`${'p'.repeat(131)}/f`);
    expect(one(file({ prefix, magic: '' })).name).toBe('f');
    expect(one(file({ magic: GNU, extra: [[345, `${octal(1, 12)}${octal(2, 12)}`]] })).name).toBe('f');
  });

  it('have the prefix that Go before 1.8 wrote over the times of GNU headers (golang.org/issue/12594)', () => {
    expect(one(file({ magic: GNU, prefix: 'some/where' })).name).toBe('some/where/f');
    expect(one(file({ magic: GNU, prefix: 'some/wh\xe9re' })).name).toBe('f');
  });

  it('come from GNU L and K, the last of several, empty ones saying nothing', () => {
    const name = 'n'.repeat(150);
    const link = 'l'.repeat(150);
    const member = one(
      long('L', 'old'),
      long('K', link),
      long('L', name),
      file({ type: '2', link: 'short' }),
    );
    expect([member.name, member.link]).toEqual([name, link]);
    expect(one(file({ type: 'L', magic: GNU }), file()).name).toBe('f');
    expect(readTar(archive(long('L', 'a'), long('L', 'b'), file())).codes).toContain('tar-header-unused');
  });

  it('are cut at a NUL inside a long name, which is said', () => {
    const reading = readTar(archive(file({ type: 'L' }, 'a\0b'), file()));
    expect(reading.members.map(({ name }) => name)).toEqual(['a']);
    expect(reading.codes).toContain('tar-nul-in-name');
  });

  it('from L beat PAX for engines (Go), and the other way round for POSIX readers (GNU tar); both is said', () => {
    const tar = archive(pax([['path', 'from-pax']]), long('L', 'from-gnu'), file());
    expect(readTar(tar).members[0]?.name).toBe('from-gnu');
    expect(readTar(tar, { dialect: 'posix' }).members[0]?.name).toBe('from-pax');
    expect(readTar(tar).codes).toContain('tar-name-conflict');
  });

  it('that are empty skip the member with its content', () => {
    const reading = readTar(archive(file({ name: '' }, 'content'), after));
    expect(reading.members.map(({ name }) => name)).toEqual(['after']);
    expect(reading.codes).toContain('tar-name-empty');
  });

  it('longer than a file system can hold are E_LIMIT, by component and by cleaned path', () => {
    const path = (text: string): string | undefined =>
      readTar(archive(pax([['path', text]]), file())).error?.code;
    expect(path('x'.repeat(255))).toBeUndefined();
    expect(path('x'.repeat(256))).toBe('E_LIMIT');
    expect(path('x/'.repeat(2047) + 'x')).toBeUndefined();
    expect(path(`.//${'x/'.repeat(2047)}x/`)).toBeUndefined();
    expect(path('x/'.repeat(2047) + 'xx')).toBe('E_LIMIT');
    const link = readTar(archive(pax([['linkpath', 'x'.repeat(4096)]]), file({ type: '2' })));
    expect(link.error?.code).toBe('E_LIMIT');
    const long = readTar(archive(pax([['path', 'x'.repeat(256)]]), file()));
    expect(long.error?.message).toMatch(/a name of 256 bytes, more than 255$/);
    expect(long.error).toMatchObject({ hint: expect.stringContaining('--limit name=BYTES') as string });
  });
});

describe('types', () => {
  it.each([
    ['0', 'file'],
    ['\0', 'file'],
    ['7', 'file'],
    ['1', 'hardlink'],
    ['2', 'symlink'],
    ['3', 'character'],
    ['4', 'block'],
    ['5', 'directory'],
    ['6', 'fifo'],
    ['D', 'directory'],
    ['Z', 'file'],
    ['N', 'file'],
  ])('%j is a %s', (type, kind) => {
    expect(one(file({ type })).kind).toBe(kind);
  });

  it('NUL with a trailing slash is a directory (v7); 0 is a file, where GNU tar differs', () => {
    expect(one(file({ type: '\0', name: 'd/' })).kind).toBe('directory');
    const reading = readTar(archive(file({ name: 'd/' })));
    expect(reading.members[0]?.kind).toBe('file');
    expect(reading.codes).toContain('tar-file-with-slash');
  });

  it('unknown ones are regular files with their content (POSIX), and said', () => {
    const reading = readTar(archive(file({ type: 'Q' }, 'content'), after));
    expect(reading.members.map(({ kind, data }) => [kind, data.toString()])).toEqual([
      ['file', 'content'],
      ['file', 'after'],
    ]);
    expect(reading.codes).toContain('tar-unknown-type');
  });

  it('V and M are no files, D has a list of names instead of content', () => {
    for (const type of ['V', 'M']) {
      const reading = readTar(archive(file({ type }, 'content'), after));
      expect(reading.members.map(({ name }) => name)).toEqual(['after']);
      expect(reading.codes).toContain('tar-ignored-type');
    }
    const dump = readTar(archive(file({ type: 'D', name: 'd' }, 'Yname\0\0'), after));
    expect(dump.members.map(({ name, size }) => [name, size])).toEqual([
      ['d', 0],
      ['after', 5],
    ]);
  });

  it('X is the PAX header of Solaris', () => {
    expect(one(pax([['path', 'solaris']], 'X'), file()).name).toBe('solaris');
  });

  it('of devices have numbers, others have none whatever the field says', () => {
    expect(one(file({ type: '3', device: [octal(1, 8), octal(3, 8)] })).device).toBe('1:3');
    expect(one(file({ device: ['zzzzzzz\0', octal(3, 8)] })).device).toBe('0:0');
    expect(one(file({ type: '3', magic: '', device: [octal(1, 8), octal(3, 8)] })).device).toBe('0:0');
  });

  it('only links have a target', () => {
    expect(one(file({ link: 'target' })).link).toBe('');
    expect(one(file({ type: '1', link: 'target' })).link).toBe('target');
  });
});

describe('sizes', () => {
  it.each(['1', '2', '3', '4', '5', '6'])('of type %s are taken as zero, as Go does, and said', (type) => {
    const reading = readTar(archive(block({ type, size: 512, link: 'l' }), after));
    expect(reading.members.map(({ name, size, stored }) => [name, size, stored])).toEqual([
      ['f', 0, 0],
      ['after', 5, 5],
    ]);
    expect(reading.codes).toContain('tar-link-with-data');
  });

  it('of links with content behind them, which Go cannot read on from, are skipped', () => {
    for (const size of [3, 512, 513, 5000]) {
      const reading = readTar(archive(file({ type: '1', link: 'l', size }, 'z'.repeat(size)), after));
      expect(reading.error).toBeUndefined();
      expect(reading.members.map(({ name }) => name)).toEqual(['f', 'after']);
    }
    expect(codeOf(block({ type: '1', size: 5000, link: 'l' }), Buffer.alloc(1000, 'z'))).toBe('E_TRUNCATED');
    expect(codeOf(block({ type: '1', size: 512, link: 'l' }), Buffer.alloc(1024, 'z'))).toBe('E_TAR');
  });

  it.each([
    ['minus one', Buffer.alloc(12, 0xff)],
    ['2^53', Buffer.from('800000000020000000000000', 'hex')],
    ['a word', Buffer.from('zzzzzzzzzzz\0')],
    ['digit 8', Buffer.from('00000000008\0')],
  ])('that are %s are E_TAR with the offset', (_what, size) => {
    const reading = readTar(archive(after, block({ size })));
    expect(reading.error?.code).toBe('E_TAR');
    expect(reading.error?.message).toContain('at byte 1024');
  });

  it('beyond 8 GiB come in base-256 or in PAX, where a zero in the header is no conflict', () => {
    const size = 3 * 2 ** 40;
    const bytes = Buffer.alloc(12);
    bytes.writeBigUInt64BE(BigInt(size), 4);
    bytes[0] = 0x80;
    const binary = readTar(block({ size: bytes }));
    expect(binary.members[0]?.size).toBe(size);
    const inPax = readTar(Buffer.concat([pax([['size', String(size)]]), block({ size: 0 })]));
    expect(inPax.members[0]?.size).toBe(size);
    expect(inPax.codes).not.toContain('pax-size-conflict');
    expect(readTar(archive(pax([['size', '5']]), file({ size: 0 }, 'after'))).codes).toContain(
      'pax-size-conflict',
    );
  });

  it('from PAX hold for the next file, never for a header between (CVE-2026-53655, tar-rs GHSA-3pv8-6f4r-ffg2)', () => {
    const name = 'n'.repeat(120);
    const parts = [
      pax([['size', '1536']]),
      long('L', name),
      file({ size: 0 }, Buffer.alloc(1536, 'x')),
      after,
    ];
    expect(readTar(archive(...parts)).members.map((member) => [member.name, member.stored])).toEqual([
      [name, 1536],
      ['after', 5],
    ]);
  });

  it('from PAX win over the header, so that headers in the content are content (CVE-2025-62518)', () => {
    const inner = archive(file({ name: 'inner' }, 'inner'));
    const parts = [pax([['size', String(inner.length)]]), block({ name: 'outer', size: 0 }), inner, after];
    expect(names(...parts)).toEqual(['outer', 'after']);
  });

  it.each(['-1', '0x10', '6.0', '1e3', ' 6'])('%j in PAX is E_TAR', (size) => {
    expect(codeOf(pax([['size', size]]), file())).toBe('E_TAR');
  });
});

describe('numbers that only describe', () => {
  it('are zero and said when they are no numbers or out of range', () => {
    const bad = { mode: 'zzzzzzz\0', uid: 'zzzzzzz\0', gid: Buffer.alloc(8, 0xff), mtime: 'zzzzzzzzzzz\0' };
    const reading = readTar(archive(file(bad)));
    expect(reading.members[0]).toMatchObject({ mode: 0, uid: 0, gid: 0, seconds: 0 });
    expect(reading.anomalies.filter((text) => text.startsWith('tar-number-invalid'))).toHaveLength(4);
  });

  it('keep the header’s value when PAX has none; a number with rubbish in it is damage', () => {
    const records = [
      ['uid', '-1'],
      ['gid', '4294967296'],
      ['mtime', 'nan'],
    ] as const;
    const reading = readTar(archive(pax(records), file({ uid: octal(7, 8), gid: octal(8, 8) })));
    expect(reading.members[0]).toMatchObject({ uid: 7, gid: 8, seconds: 1_500_000_000 });
    expect(reading.codes).toContain('tar-number-invalid');
    expect(codeOf(pax([['mtime', '999xxx9324.432']]), file())).toBe('E_TAR');
  });

  it('keep twelve bits of the mode; file type bits that fit the type flag are no oddity', () => {
    const fits = readTar(archive(file({ mode: '0104755\0' })));
    expect([fits.members[0]?.mode, fits.codes.size]).toEqual([0o4755, 0]);
    expect(readTar(archive(file({ mode: '0044755\0' }))).codes).toContain('tar-mode-bits');
  });

  it('hold times before 1970', () => {
    expect(one(file({ mtime: Buffer.alloc(12, 0xff) })).seconds).toBe(-1);
    expect(one(pax([['mtime', '-1.25']]), file())).toMatchObject({ seconds: -2, nanoseconds: 750_000_000 });
  });
});

describe('PAX records', () => {
  it('hold bytes: xattr values with NUL, newline, = and invalid UTF-8; names that are not UTF-8', () => {
    const value = '\x01\x00\x00\x02\xff\n=x\x00';
    const member = one(
      pax([
        ['SCHILY.xattr.security.capability', value],
        ['path', 'n\xff'],
      ]),
      file(),
    );
    expect([member.xattrs, member.name]).toEqual([{ 'security.capability': value }, 'n\xff']);
  });

  it('are no properties: __proto__ and numbers stay keys and strings (CVE-2026-59871)', () => {
    const records = [
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['SCHILY.xattr.__proto__', 'z'],
      ['path', '12345'],
    ] as const;
    const reading = readTar(archive(pax(records), file()));
    expect(reading.members[0]?.name).toBe('12345');
    expect(Object.entries(reading.members[0]?.xattrs ?? {})).toEqual([['__proto__', 'z']]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it.each([
    ['no length', 'path=x\n'],
    ['length 1', '1 path=x\n'],
    ['length beyond the body', '99 path=x\n'],
    ['signed length', '+9 path=x\n'],
    ['length that ends inside', '8 path=x\n'],
    ['no newline', '9 path=xy'],
    ['no "="', '8 pathx\n'],
    ['no key', '6 =x\n\n'],
    ['NUL in the key', '10 pa\0h=x\n'],
    ['NUL in path', '11 path=x\0\n'],
    ['NUL in linkpath', '15 linkpath=x\0\n'],
    ['NUL in uname', '12 uname=x\0\n'],
    ['a length of many digits', `${'9'.repeat(400)} path=x\n`],
  ])('with %s are E_TAR', (_what, body) => {
    expect(codeOf(file({ type: 'x' }, body), file(), END)).toBe('E_TAR');
  });

  it('may have leading zeros in their length, and NULs behind the last of them', () => {
    expect(one(file({ type: 'x' }, '011 path=x\n'), file()).name).toBe('x');
    const reading = readTar(archive(file({ type: 'x' }, `${record('path', 'x')}\0\0\0`), file()));
    expect(reading.members[0]?.name).toBe('x');
    expect(reading.codes).toContain('pax-record-invalid');
  });

  it('given twice count the last time, which is said; an empty one says nothing', () => {
    const reading = readTar(
      archive(
        pax([
          ['path', 'a'],
          ['path', 'b'],
          ['linkpath', ''],
        ]),
        file({ type: '2', link: 'l' }),
      ),
    );
    expect(reading.members[0]).toMatchObject({ name: 'b', link: 'l' });
    expect(reading.codes).toContain('pax-duplicate-record');
    expect(
      one(
        pax([
          ['path', 'a'],
          ['path', ''],
        ]),
        file(),
      ).name,
    ).toBe('f');
  });

  it('of a second header replace those of the first, as in Go', () => {
    const reading = readTar(
      archive(
        pax([
          ['path', 'a'],
          ['uid', '5'],
        ]),
        pax([['gid', '6']]),
        file(),
      ),
    );
    expect(reading.members[0]).toMatchObject({ name: 'f', uid: 0, gid: 6 });
    expect(reading.codes).toContain('tar-header-unused');
  });

  it('hold for one member only', () => {
    const parts = [
      pax([
        ['path', 'a'],
        ['uid', '5'],
        ['SCHILY.xattr.user.x', '1'],
      ]),
      file(),
      after,
    ];
    expect(readTar(archive(...parts)).members[1]).toMatchObject({ name: 'after', uid: 0, xattrs: {} });
  });

  it('with another charset are bytes all the same, and said', () => {
    expect(readTar(archive(pax([['hdrcharset', 'BINARY']]), file())).codes.size).toBe(0);
    expect(readTar(archive(pax([['hdrcharset', 'KOI8-R']]), file())).codes).toContain('pax-charset');
  });

  it('beyond the limit are E_LIMIT before anything is kept', () => {
    expect(codeOf(block({ type: 'x', size: 2 ** 33 - 1 }))).toBe('E_LIMIT');
    expect(codeOf(block({ type: 'L', size: 2 ** 20 + 1 }))).toBe('E_LIMIT');
    expect(readTar(archive(pax([['path', 'abc']]), file()), { limits: { paxHeader: 10 } }).error?.code).toBe(
      'E_LIMIT',
    );
  });

  it('at the very end are said to be unused', () => {
    expect(readTar(archive(pax([['path', 'a']]))).codes).toContain('tar-header-unused');
    expect(readTar(pax([['path', 'a']])).codes).toContain('tar-header-unused');
  });
});

describe('global PAX headers', () => {
  const global = (records: readonly (readonly [string, string])[]): Buffer => pax(records, 'g');
  const posix = (...parts: Buffer[]): readonly Listed[] => {
    const reading = readTar(archive(...parts), { dialect: 'posix' });
    expect(reading.error).toBeUndefined();
    return reading.members;
  };

  it('change nothing for engines: Docker, containerd, podman and umoci ignore them (Go)', () => {
    const reading = readTar(
      archive(
        global([
          ['uid', '5'],
          ['path', 'g'],
          ['mtime', '9'],
        ]),
        file(),
      ),
    );
    expect(reading.members[0]).toMatchObject({ name: 'f', uid: 0, seconds: 1_500_000_000 });
    expect([...reading.codes]).toEqual(['pax-global-header', 'pax-global-path']);
  });

  it('hold for all members after them; later ones and local ones win, empty ones take back (POSIX)', () => {
    const members = posix(
      file({ name: 'before' }),
      global([
        ['uid', '5'],
        ['gid', '6'],
        ['mtime', '9.5'],
        ['SCHILY.xattr.user.a', '1'],
        ['SCHILY.xattr.user.b', '2'],
      ]),
      file({ name: 'plain' }),
      pax([
        ['uid', '7'],
        ['gid', ''],
        ['SCHILY.xattr.user.a', ''],
      ]),
      file({ name: 'local' }),
      global([
        ['uid', '8'],
        ['mtime', ''],
        ['SCHILY.xattr.user.b', ''],
      ]),
      file({ name: 'later' }),
    );
    expect(
      members.map(({ uid, gid, seconds, nanoseconds, xattrs }) => [uid, gid, seconds, nanoseconds, xattrs]),
    ).toEqual([
      [0, 0, 1_500_000_000, 0, {}],
      [5, 6, 9, 500_000_000, { 'user.a': '1', 'user.b': '2' }],
      [7, 0, 9, 500_000_000, { 'user.b': '2' }],
      [8, 6, 1_500_000_000, 0, { 'user.a': '1' }],
    ]);
  });

  it('never lay out a body: size and GNU.sparse.* in them are said and ignored', () => {
    const tar = archive(
      global([
        ['size', '512'],
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
      ]),
      file({}, 'content'),
    );
    for (const dialect of ['engine', 'posix'] as const) {
      const reading = readTar(tar, { dialect });
      expect(reading.members[0]?.data.toString()).toBe('content');
      expect(reading.codes).toContain('pax-global-path');
    }
  });

  it('are bounded together, not only each', () => {
    const parts = Array.from({ length: 5 }, (_, at) =>
      global([[`SCHILY.xattr.user.${at}`, 'x'.repeat(200)]]),
    );
    expect(readTar(archive(...parts, file()), { limits: { paxHeader: 1000 } }).error?.code).toBe('E_LIMIT');
  });

  it('belong to no member: the member begins at its own header', () => {
    const members = readTar(archive(global([['comment', 'x']]), pax([['uid', '1']]), file())).members;
    expect(members[0]?.headerOffset).toBe(1024);
  });
});

describe('sparse files', () => {
  const pair = (offset: number, length: number): string => octal(offset, 12) + octal(length, 12);
  const old = (map: string, realSize: number, stored: string, extended = ''): Buffer =>
    Buffer.concat([
      block({
        type: 'S',
        magic: GNU,
        size: stored.length,
        extra: [
          [386, map],
          [483, octal(realSize, 12)],
          [482, extended],
        ],
      }),
    ]);

  it('of the old GNU format have their map in the header', () => {
    const member = one(old(pair(512, 3) + pair(1024, 2) + pair(2000, 0), 2000, 'abcde'), padded('abcde'));
    expect(member).toMatchObject({
      kind: 'file',
      size: 2000,
      stored: 5,
      sparse: [512, 3, 1024, 2],
      dataOffset: 512,
    });
    expect(member.data.toString()).toBe('abcde');
  });

  it('of the old GNU format go on in blocks of 21 slots', () => {
    const first = old(pair(0, 1) + pair(10, 1) + pair(20, 1) + pair(30, 1), 1000, 'x'.repeat(27), '\x01');
    const slots = (from: number, count: number): string =>
      Array.from({ length: count }, (_, at) => pair(40 + 10 * (from + at), 1)).join('');
    const second = Buffer.alloc(512);
    second.write(slots(0, 21), 'latin1');
    second[504] = 1;
    const third = Buffer.alloc(512);
    third.write(slots(21, 2), 'latin1');
    const member = one(first, second, third, padded('x'.repeat(27)));
    expect([member.sparse?.length, member.stored, member.dataOffset]).toEqual([54, 27, 1536]);
  });

  it.each([
    [
      '0.0',
      [
        ['GNU.sparse.size', '2000'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.offset', '512'],
        ['GNU.sparse.numbytes', '3'],
        ['GNU.sparse.offset', '1024'],
        ['GNU.sparse.numbytes', '2'],
      ],
    ],
    [
      '0.1',
      [
        ['GNU.sparse.size', '2000'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.map', '512,3,1024,2'],
        ['GNU.sparse.name', 'real'],
      ],
    ],
  ] as const)('of PAX %s have their map in the records', (version, records) => {
    const member = one(pax(records), file({ name: 'GNUSparseFile.1/f' }, 'abcde'));
    expect(member).toMatchObject({ size: 2000, stored: 5, sparse: [512, 3, 1024, 2] });
    expect(member.name).toBe(version === '0.1' ? 'real' : 'GNUSparseFile.1/f');
    expect(member.data.toString()).toBe('abcde');
  });

  const major = [
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.realsize', '2000'],
    ['GNU.sparse.name', 'real'],
  ] as const;

  it('of PAX 1.0 have their map in the data', () => {
    const body = Buffer.concat([padded('2\n512\n3\n1024\n2\n'), Buffer.from('abcde')]);
    const member = one(pax(major), file({ name: 'GNUSparseFile.1/f' }, body));
    expect(member).toMatchObject({
      name: 'real',
      size: 2000,
      stored: 5,
      sparse: [512, 3, 1024, 2],
      dataOffset: 2048,
    });
    expect(member.data.toString()).toBe('abcde');
  });

  it('of PAX 1.0 may be one hole, and a map may fill its blocks exactly', () => {
    expect(one(pax(major), file({}, padded('0\n')))).toMatchObject({ size: 2000, stored: 0, sparse: [] });
    const map = `1\n${'0'.repeat(17)}12\n${'0'.repeat(19)}3\n`;
    const filler = '0\n0\n'.repeat(116);
    const exact = `117\n${filler}${map.slice(2)}`;
    expect(exact.length).toBeLessThanOrEqual(512);
    const body = Buffer.concat([
      Buffer.from(exact.replace('117', '0'.repeat(512 - exact.length) + '117')),
      Buffer.from('abc'),
    ]);
    expect(one(pax(major), file({}, body))).toMatchObject({ stored: 3, sparse: [12, 3] });
  });

  it.each([
    ['overlap', '2\n0\n3\n2\n3\n', 'abcdef'],
    ['run backwards', '2\n9\n3\n0\n3\n', 'abcdef'],
    ['lie beyond the size', '1\n1999\n2\n', 'ab'],
    ['hold more than there is', '1\n0\n9\n', 'abc'],
    ['have a negative offset', '1\n-1\n3\n', 'abc'],
    ['are words', '1\nx\n3\n', 'abc'],
    ['are too few', '3\n0\n1\n', 'a'],
    ['have a number of 21 digits', `1\n${'0'.repeat(21)}\n1\n`, 'a'],
    ['are an empty line', '1\n\n1\n', 'a'],
    ['have a negative count', '-1\n', 'a'],
  ])('whose fragments %s are E_TAR', (_what, map, content) => {
    expect(codeOf(pax(major), file({}, Buffer.concat([padded(map), Buffer.from(content)])), END)).toBe(
      'E_TAR',
    );
  });

  it('with data that the map does not use are read without it (GNU tar; Go refuses them)', () => {
    const body = Buffer.concat([padded('1\n0\n3\n'), Buffer.from('abcdef')]);
    const reading = readTar(archive(pax(major), file({}, body), after));
    expect(reading.members.map(({ name, stored, data }) => [name, stored, data.toString()])).toEqual([
      ['real', 3, 'abc'],
      ['after', 5, 'after'],
    ]);
    expect(reading.codes).toContain('sparse-data-unused');
  });

  it('with too many fragments are E_LIMIT in every format', () => {
    const limits = { sparseFragments: 3 };
    const code = (...parts: Buffer[]): unknown => readTar(archive(...parts), { limits }).error?.code;
    expect(code(old(pair(0, 1) + pair(10, 1) + pair(20, 1) + pair(30, 1), 100, 'xxxx'), padded('xxxx'))).toBe(
      'E_LIMIT',
    );
    expect(code(pax(major), file({}, padded('4\n0\n1\n2\n1\n4\n1\n6\n1\n')))).toBe('E_LIMIT');
    const map = [
      ['GNU.sparse.numblocks', '4'],
      ['GNU.sparse.map', '0,1,2,1,4,1,6,1'],
    ] as const;
    expect(code(pax(map), file({}, 'xxxx'))).toBe('E_LIMIT');
    const pairs = Array.from(
      { length: 8 },
      (_, at) => [at % 2 ? 'GNU.sparse.numbytes' : 'GNU.sparse.offset', '1'] as const,
    );
    expect(code(pax(pairs), file({}, 'xxxx'))).toBe('E_LIMIT');
  });

  it('are files: a map on a directory, star’s S, or an unknown version', () => {
    expect(codeOf(pax(major), file({ type: '5' }), END)).toBe('E_TAR');
    expect(codeOf(block({ type: 'S' }), END)).toBe('E_TAR');
    const reading = readTar(
      archive(
        pax([
          ['GNU.sparse.major', '2'],
          ['GNU.sparse.minor', '0'],
        ]),
        file({}, 'abc'),
      ),
    );
    expect(reading.members[0]?.data.toString()).toBe('abc');
    expect(reading.codes).toContain('pax-record-invalid');
  });

  it('of 0.0 must give offset and length in turn', () => {
    expect(codeOf(pax([['GNU.sparse.numbytes', '1']]), file())).toBe('E_TAR');
    expect(
      codeOf(
        pax([
          ['GNU.sparse.offset', '1'],
          ['GNU.sparse.offset', '1'],
        ]),
        file(),
      ),
    ).toBe('E_TAR');
  });
});

describe('the end', () => {
  it('is two zero blocks, whose place is told', () => {
    const reading = readTar(archive(after));
    expect(reading.end).toEqual({ bytes: 2048, endMarkerAt: 1024 });
    expect(reading.codes.size).toBe(0);
  });

  it.each([
    ['nothing at all', Buffer.alloc(0), undefined],
    ['no marker', after, undefined],
    ['one zero block only', Buffer.concat([after, Buffer.alloc(512)]), 1024],
    ['a piece of a zero block', Buffer.concat([after, Buffer.alloc(100)]), undefined],
  ])('with %s is a note', (_what, tar, endMarkerAt) => {
    const reading = readTar(tar);
    expect(reading.end).toEqual({ bytes: tar.length, endMarkerAt });
    expect([...reading.codes]).toEqual(['tar-no-end-marker']);
  });

  it('hides what follows, and it is said whether that is data or members', () => {
    const hidden = readTar(
      archive(after, END, Buffer.alloc(70_000 - (70_000 % 512)), file({ name: 'hidden' }, 'x')),
    );
    expect(hidden.members.map(({ name }) => name)).toEqual(['after']);
    expect([...hidden.codes]).toEqual(['tar-members-after-end']);
    expect(hidden.anomalies[0]).toContain('hidden');
    expect([...readTar(Buffer.concat([archive(after), Buffer.alloc(600, 'x')])).codes]).toEqual([
      'tar-data-after-end',
    ]);
    expect([...readTar(Buffer.concat([archive(after), Buffer.from('x')])).codes]).toEqual([
      'tar-data-after-end',
    ]);
    expect(readTar(Buffer.concat([archive(after), Buffer.alloc(1_000_000)])).codes.size).toBe(0);
  });

  it('may be a lone zero block, as for GNU tar; Go refuses that', () => {
    const reading = readTar(Buffer.concat([after, Buffer.alloc(512), file({ name: 'hidden' }), END]));
    expect(reading.members.map(({ name }) => name)).toEqual(['after']);
    expect(reading.end?.endMarkerAt).toBe(1024);
    expect([...reading.codes]).toEqual(['tar-lone-zero-block', 'tar-members-after-end']);
  });

  it.each([
    ['a header', block({}).subarray(0, 100)],
    ['a content', file({}, 'x'.repeat(600)).subarray(0, 1000)],
    ['a PAX header', pax([['path', 'x']]).subarray(0, 515)],
    [
      'a sparse map',
      Buffer.concat([
        pax([
          ['GNU.sparse.major', '1'],
          ['GNU.sparse.minor', '0'],
        ]),
        file({}, padded('1\n0\n')).subarray(0, 514),
      ]),
    ],
    ['sparse blocks', block({ type: 'S', magic: GNU, extra: [[482, '\x01']] })],
  ])('inside %s is E_TRUNCATED with the offset', (_what, tar) => {
    const reading = readTar(tar);
    expect(reading.error?.code).toBe('E_TRUNCATED');
    expect(reading.error?.message).toMatch(/at byte \d+/);
  });

  it('inside a block of a sparse map names the byte where the input ends, as inside a content', () => {
    const sparse = block({ type: 'S', magic: GNU, extra: [[482, '\x01']] });
    const reading = readTar(Buffer.concat([sparse, Buffer.alloc(100)]));
    expect(reading.error?.message).toContain("reading 'f' at byte 612:");
  });

  it('inside the last padding is a note', () => {
    expect([...readTar(file({}, 'abc').subarray(0, 600)).codes]).toEqual([
      'tar-truncated-padding',
      'tar-no-end-marker',
    ]);
  });

  it('of more members than allowed is E_LIMIT', () => {
    expect(readTar(archive(after, after, after), { limits: { entries: 2 } }).error?.code).toBe('E_LIMIT');
  });

  it('of what is no tar is E_TAR', () => {
    expect(codeOf(Buffer.from('not a tar at all, only text. '.repeat(40)))).toBe('E_TAR');
    expect(codeOf(after, Buffer.alloc(512, 'g'), after, END)).toBe('E_TAR');
  });
});

describe('a reader that is told to skip', () => {
  it('calls the same, and need not read on behind what is hidden', () => {
    const tar = archive(
      file({}, 'x'.repeat(5000)),
      pax([['path', 'p']]),
      file({}, 'abc'),
      END,
      file({ name: 'hidden' }),
      Buffer.alloc(9000, 'y'),
    );
    const cuts = function* (length: number): Iterable<number> {
      for (let at = 512; at < length; at += 512) yield at;
    };
    const whole = readTar(tar, { keep: false });
    const skipped = readTar(tar, { keep: false, skip: true, cuts });
    expect(skipped.members).toEqual(whole.members);
    expect(skipped.anomalies).toEqual(whole.anomalies);
    expect(skipped.end).toEqual(whole.end);
  });
});
