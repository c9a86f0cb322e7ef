import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TAR_END, tarHeader, tarPadding, type TarMemberInput } from '../../../src/io/tar/write.js';
import { canonicalDigest } from './canonical.js';
import { readTar, type Listed } from './support.js';

const plain = {
  kind: 'file',
  name: Buffer.from('name'),
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeSeconds: 1_600_000_000,
  mtimeNanoseconds: 0,
} as const satisfies TarMemberInput;

const content = (member: TarMemberInput): Buffer => Buffer.alloc(member.size, 'c');

function write(members: readonly TarMemberInput[]): Buffer {
  const parts = members.flatMap((member) => [tarHeader(member), content(member), tarPadding(member.size)]);
  return Buffer.concat([...parts, TAR_END]);
}

const latin1 = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

/** What a reader must make of the input. */
function expected(member: TarMemberInput): Record<string, unknown> {
  return {
    kind: member.kind,
    name: latin1(member.name),
    mode: member.mode,
    uid: member.uid,
    gid: member.gid,
    size: member.size,
    seconds: member.mtimeSeconds,
    nanoseconds: member.mtimeNanoseconds,
    link: latin1(member.linkName),
    device: `${member.deviceMajor ?? 0}:${member.deviceMinor ?? 0}`,
    xattrs: Object.fromEntries([...(member.xattrs ?? [])].map(([name, value]) => [name, latin1(value)])),
  };
}

/** Components of any bytes but NUL and '/', of up to 255 bytes, in a path of up to 4095. */
const component = fc
  .uint8Array({ minLength: 1, maxLength: 255, min: 1 })
  .map((bytes) => bytes.map((byte) => (byte === 0x2f ? 0x2e : byte)));
const anyPath = fc
  .oneof(
    fc.array(component, { minLength: 1, maxLength: 15 }),
    fc.array(
      fc.constantFrom('usr', 'lib', 'größe', '文件', 'x'.repeat(90)).map((text) => Buffer.from(text)),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
  )
  .map((parts) => Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from('/'), part]))));
const xattrName = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter((text) => !/[=\0]/.test(text));
const xattrs = fc
  .array(fc.tuple(xattrName, fc.uint8Array({ minLength: 1, maxLength: 300 })), { maxLength: 4 })
  .map((pairs) => new Map(pairs));
const common = fc.record({
  name: anyPath,
  mode: fc.nat(0o7777),
  uid: fc.oneof(fc.nat(70_000), fc.nat(0xffffffff)),
  gid: fc.oneof(fc.nat(70_000), fc.nat(0xffffffff)),
  mtimeSeconds: fc.oneof(fc.nat(2 ** 31 - 1), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
  mtimeNanoseconds: fc.oneof(fc.constant(0), fc.nat(999_999_999)),
  xattrs,
});
const anyMember: fc.Arbitrary<TarMemberInput> = fc.oneof(
  fc.tuple(common, fc.nat(1500)).map(([base, size]) => ({ ...base, kind: 'file' as const, size })),
  fc
    .tuple(common, fc.constantFrom('directory', 'fifo'))
    .map(([base, kind]) => ({ ...base, kind, size: 0 }) as const),
  fc
    .tuple(common, anyPath, fc.constantFrom('symlink', 'hardlink'))
    .map(([base, linkName, kind]) => ({ ...base, kind, linkName, size: 0 }) as const),
  fc
    .tuple(common, fc.nat(0o7777777), fc.nat(0o7777777), fc.constantFrom('character', 'block'))
    .map(
      ([base, deviceMajor, deviceMinor, kind]) =>
        ({ ...base, kind, deviceMajor, deviceMinor, size: 0 }) as const,
    ),
);

describe('what is written', () => {
  it('is read back by our reader, all fields, without anomalies but a slash at the end of a file', () => {
    fc.assert(
      fc.property(fc.array(anyMember, { maxLength: 8 }), (members) => {
        const reading = readTar(write(members));
        expect(reading.error).toBeUndefined();
        expect(reading.codes.size).toBe(0);
        expect(reading.members).toMatchObject(members.map(expected));
        for (const [at, member] of reading.members.entries())
          expect(member.data).toEqual(content(members[at]));
      }),
      { numRuns: 150 },
    );
  });

  it('is the same bytes for the same input, whatever the order of the xattrs', () => {
    const ab = new Map([
      ['user.a', Buffer.from('1')],
      ['user.b', Buffer.from('2')],
    ]);
    const ba = new Map([...ab].reverse());
    expect(tarHeader({ ...plain, xattrs: ab })).toEqual(tarHeader({ ...plain, xattrs: ba }));
  });

  it('is one ustar block wherever ustar can say it, names of 256 bytes included', () => {
    const fits = [
      Buffer.from('x'.repeat(100)),
      Buffer.from(`${'p'.repeat(155)}/${'n'.repeat(100)}`),
      Buffer.from('a\xff', 'latin1'),
    ];
    for (const name of fits) expect(tarHeader({ ...plain, name })).toHaveLength(512);
    const prefix156 = Buffer.from(`${'p'.repeat(156)}/${'n'.repeat(50)}`);
    expect(tarHeader({ ...plain, name: prefix156 })).toHaveLength(1536);
    expect(tarHeader({ ...plain, name: Buffer.from('x'.repeat(101)) })).toHaveLength(1536);
    expect(tarHeader({ ...plain, name: Buffer.from('ü') })).toHaveLength(1536);
    expect(tarHeader({ ...plain, mtimeNanoseconds: 1 })).toHaveLength(1536);
  });

  it('needs PAX for 8 GiB and more', () => {
    expect(tarHeader({ ...plain, size: 0o77777777777 })).toHaveLength(512);
    const large = tarHeader({ ...plain, size: 0o77777777777 + 1 });
    expect(large).toHaveLength(1536);
    expect(readTar(large).members[0]?.size).toBe(8 * 2 ** 30);
  });

  it.each([
    ['an empty name', { name: Buffer.alloc(0) }],
    ['a NUL in the name', { name: Buffer.from('a\0b') }],
    ['a NUL in the target', { kind: 'symlink', linkName: Buffer.from('a\0b') }],
    ['a directory with a size', { kind: 'directory', size: 1 }],
    ['a negative size', { size: -1 }],
    ['a fraction of a byte', { size: 0.5 }],
    ['a negative owner', { uid: -1 }],
    ['2^53 seconds', { mtimeSeconds: 2 ** 53 }],
    ['a second of nanoseconds', { mtimeNanoseconds: 1_000_000_000 }],
    ['a device beyond its field', { kind: 'block', deviceMajor: 0o10000000 }],
    ['an xattr name with "="', { xattrs: new Map([['user.a=b', Buffer.from('1')]]) }],
  ] as const)('cannot hold %s: E_TAR', (_what, change) => {
    expect(() => tarHeader({ ...plain, ...change })).toThrow(expect.objectContaining({ code: 'E_TAR' }));
  });

  it('pads to blocks and ends with two of zeros', () => {
    expect([0, 1, 512, 513].map((size) => tarPadding(size).length)).toEqual([0, 511, 0, 511]);
    expect(TAR_END).toEqual(new Uint8Array(1024));
  });
});

describe('what is written is read by others as by us', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-tar-'));
  const tar = path.join(folder, 'written.tar');
  afterAll(() => rmSync(folder, { recursive: true }));

  // No two names the same, no slash at the end, nothing that the tools' listings could not tell apart.
  const members = fc
    .sample(anyMember, { seed: 7, numRuns: 150 })
    .map((member, at) => ({ ...member, name: Buffer.concat([Buffer.from(`${at}-`), member.name]) }));
  const bytes = write(members);
  beforeAll(() => writeFileSync(tar, bytes));

  it('Python tarfile: every field', () => {
    const script = `
import json, os, sys, tarfile
kinds = {b"0": "file", b"5": "directory", b"2": "symlink", b"1": "hardlink", b"3": "character", b"4": "block", b"6": "fifo"}
raw = lambda text: os.fsencode(text).decode("latin-1")
for m in tarfile.open(sys.argv[1]):
    print(json.dumps({"kind": kinds[m.type], "name": raw(m.name), "mode": m.mode, "uid": m.uid, "gid": m.gid, "size": m.size,
        "link": raw(m.linkname), "device": "%d:%d" % (m.devmajor, m.devminor), "time": m.mtime}))
`;
    const env = { ...process.env, PYTHONUTF8: '1', LC_ALL: 'C.UTF-8' };
    const lines = execFileSync('python3', ['-c', script, tar], { encoding: 'utf8', env, maxBuffer: 2 ** 28 });
    const listed = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(listed).toHaveLength(members.length);
    for (const [at, member] of members.entries()) {
      const fields = Object.entries(expected(member)).filter(([key]) => key in (listed[at] ?? {}));
      expect(fields).toHaveLength(8);
      expect(listed[at]).toMatchObject(Object.fromEntries(fields));
      // A double, to Python.
      expect(listed[at]?.time).toBeCloseTo(member.mtimeSeconds + member.mtimeNanoseconds / 1e9, 2);
    }
  });

  it('GNU tar: kinds, names, owners, modes, sizes, times to the nanosecond, targets', () => {
    const args = ['-tvf', tar, '--full-time', '--numeric-owner', '--quoting-style=escape'];
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC0' };
    const text = execFileSync('tar', args, {
      encoding: 'latin1',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28,
    });
    const lines = text.trimEnd().split('\n').map(gnuLine);
    expect(lines).toHaveLength(members.length);
    for (const [at, member] of readTar(bytes).members.entries()) expect(lines[at]).toBe(ourLine(member));
  });

  it('GNU tar gives the kernel xattrs as bytes, and times before 1970', () => {
    const value = Buffer.from('\x01\x00\x00\x02\xff\n=x\x00\x01', 'latin1');
    const one = path.join(folder, 'xattr.tar');
    const out = mkdtempSync(path.join(folder, 'x-'));
    writeFileSync(
      one,
      write([
        {
          ...plain,
          xattrs: new Map([['user.binary', value]]),
          mtimeSeconds: -2,
          mtimeNanoseconds: 750_000_000,
        },
      ]),
    );
    execFileSync('tar', ['-xf', one, '-C', out, '--xattrs', '--xattrs-include=*']);
    const script =
      'import os,sys; f=sys.argv[1]; sys.stdout.buffer.write(b"%d " % os.stat(f).st_mtime_ns + os.getxattr(f, "user.binary"))';
    const seen = execFileSync('python3', ['-c', script, path.join(out, 'name')]);
    expect(latin1(seen)).toBe(`-1250000000 ${latin1(value)}`);
  });

  const kindOf: Readonly<Record<string, string>> = {
    '-': 'file',
    d: 'directory',
    l: 'symlink',
    h: 'hardlink',
    c: 'character',
    b: 'block',
    p: 'fifo',
  };

  function gnuLine(line: string): string {
    const match = /^(.)\S+ (\d+)\/(\d+) +(\S+) (\S+) (\S+) +(.*)$/s.exec(line);
    if (match === null) throw new Error(`not a line of tar -tv: ${line}`);
    const [, kind = '', uid, gid, size = '', date = '', time = '', rest] = match;
    const device = kind === 'c' || kind === 'b';
    return [kindOf[kind], uid, gid, device ? size.replace(',', ':') : size, `${date} ${time}`, rest].join(
      ' ',
    );
  }

  function ourLine(member: ReturnType<typeof readTar>['members'][number]): string {
    const device = member.kind === 'character' || member.kind === 'block';
    const link =
      member.kind === 'symlink'
        ? ` -> ${escape(member.link)}`
        : member.kind === 'hardlink'
          ? ` link to ${escape(member.link)}`
          : '';
    // GNU tar shows fractions before 1970 counting backward, as they stand in PAX.
    const backward = member.seconds < 0 && member.nanoseconds > 0;
    const nanoseconds = backward ? 1_000_000_000 - member.nanoseconds : member.nanoseconds;
    const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
    const time = `${isoSeconds(backward ? member.seconds + 1 : member.seconds)}${fraction}`;
    return [
      member.kind,
      member.uid,
      member.gid,
      device ? member.device : member.size,
      time,
      `${escape(member.name)}${link}`,
    ].join(' ');
  }

  function isoSeconds(seconds: number): string {
    const date = new Date(seconds * 1000);
    const year = date.getUTCFullYear();
    return `${year}${date
      .toISOString()
      .replace(/^[+-]?\d+/, '')
      .replace('T', ' ')
      .replace(/\.\d+Z$/, '')}`;
  }

  /** `--quoting-style=escape` of GNU tar in the C locale. */
  function escape(name: string): string {
    const named: Readonly<Record<string, string>> = {
      '\x07': '\\a',
      '\b': '\\b',
      '\t': '\\t',
      '\n': '\\n',
      '\v': '\\v',
      '\f': '\\f',
      '\r': '\\r',
      '\\': '\\\\',
    };
    return Array.from(name)
      .map(
        (char) =>
          named[char] ??
          (char < ' ' || char > '~' ? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}` : char),
      )
      .join('');
  }

  // What is not installed everywhere is asked where it is; golden/go.tsv holds what Go says of the corpora.
  const onPath = (command: string): boolean =>
    (process.env.PATH ?? '').split(':').some((directory) => existsSync(path.join(directory, command)));

  if (onPath('go'))
    it('Go archive/tar: every field and content', () => {
      const program = path.join(import.meta.dirname, 'golden/list.go');
      const listed = execFileSync('go', ['run', program, folder], {
        input: 'written.tar\n',
        encoding: 'utf8',
      });
      const { members: ours } = readTar(bytes);
      expect(listed).toBe(`written.tar\tok\t${ours.length}\t${canonicalDigest(ours)}\n`);
    });

  if (onPath('bsdtar'))
    it('bsdtar: names, links, owners and sizes, after its own rewriting', () => {
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      const args = ['-cf', '-', '--format=pax', '--options=hdrcharset=BINARY', `@${tar}`];
      const rewritten = execFileSync('bsdtar', args, { env, maxBuffer: 2 ** 28 });
      const fields = ({ kind, name, link, uid, gid, size, mode }: Listed): unknown[] => [
        kind,
        name.replace(/\/$/, ''),
        link,
        uid,
        gid,
        size,
        mode,
      ];
      expect(readTar(rewritten).members.map(fields)).toEqual(readTar(bytes).members.map(fields));
    });
});
