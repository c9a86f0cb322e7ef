import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  linkSync,
  utimesSync,
  writeFileSync,
  chmodSync,
  openSync,
  ftruncateSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TarDialect } from '../../../src/io/tar/extensions.js';
import { archive, file, GNU, logicalSha256, pax, readTar, type Listed } from './support.js';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-differential-'));
const tree = path.join(folder, 'tree');
afterAll(() => rmSync(folder, { recursive: true }));

/** A tree with what the formats say differently: long names, long links, holes, times below the second, xattrs. */
beforeAll(() => {
  const deep = path.join(tree, ...Array.from({ length: 6 }, (_, at) => `directory-${at}-${'d'.repeat(30)}`));
  mkdirSync(deep, { recursive: true });
  writeFileSync(path.join(deep, 'long'), 'long name');
  writeFileSync(path.join(tree, 'n'.repeat(130)), 'long component');
  writeFileSync(path.join(tree, 'größe'), 'not ASCII');
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/not-utf8-`), Buffer.from([0xff, 0xfe])]), 'not UTF-8');
  writeFileSync(path.join(tree, 'empty'), '');
  writeFileSync(path.join(tree, 'block'), 'b'.repeat(512));
  chmodSync(path.join(tree, 'block'), 0o4755);
  symlinkSync('t'.repeat(180), path.join(tree, 'long-link'));
  symlinkSync('empty', path.join(tree, 'short-link'));
  linkSync(path.join(tree, 'block'), path.join(tree, 'hard-link'));
  utimesSync(path.join(tree, 'empty'), -5.25, -5.25);
  for (const [name, fragments] of [
    ['holes', 3],
    ['many-holes', 60],
  ] as const) {
    const fd = openSync(path.join(tree, name), 'w');
    for (let at = 0; at < fragments; at++) writeSync(fd, `data ${at}`, 65_536 * (2 * at + 1));
    ftruncateSync(fd, 65_536 * (2 * fragments + 2));
    closeSync(fd);
  }
  const script = 'import os,sys; os.setxattr(sys.argv[1], "user.binary", bytes([0,255,10,61]))';
  execFileSync('python3', ['-c', script, path.join(tree, 'block')]);
});

/** Every member as Python's tarfile has it; names as latin-1 text, contents as digests. */
function python(tar: string): Record<string, unknown>[] {
  const script = `
import hashlib, json, os, sys, tarfile
raw = lambda text: os.fsencode(text).decode("latin-1")
with tarfile.open(sys.argv[1]) as tar:
    for m in tar:
        kind = "file" if m.isreg() else "directory" if m.isdir() else "symlink" if m.issym() else "hardlink" if m.islnk() else "other"
        data = tar.extractfile(m).read() if m.isreg() else b""
        print(json.dumps({"kind": kind, "name": raw(m.name), "mode": m.mode, "uid": m.uid, "gid": m.gid, "size": m.size if m.isreg() else 0,
            "link": raw(m.linkname), "sha256": hashlib.sha256(data).hexdigest() if m.isreg() else "", "time": m.mtime}))
`;
  const env = { ...process.env, PYTHONUTF8: '1', LC_ALL: 'C.UTF-8' };
  const text = execFileSync('python3', ['-c', script, tar], { encoding: 'utf8', env, maxBuffer: 2 ** 28 });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function asPython(member: Listed): Record<string, unknown> {
  const { kind, mode, uid, gid, size, link } = member;
  const name = member.name.replace(/(?<=.)\/+$/, '');
  const time = expect.closeTo(member.seconds + member.nanoseconds / 1e9, 3) as unknown;
  return {
    kind,
    name,
    mode,
    uid,
    gid,
    size,
    link,
    sha256: kind === 'file' ? logicalSha256(member) : '',
    time,
  };
}

const read = (tar: string, dialect: TarDialect = 'engine'): readonly Listed[] => {
  const reading = readTar(readFileSync(tar), { dialect });
  expect(reading.error).toBeUndefined();
  return reading.members;
};

describe('GNU tar writes, Python and we read the same', () => {
  it.each([
    ['v7', ['--format=v7']],
    ['oldgnu', ['--format=oldgnu', '--sparse']],
    ['gnu', ['--format=gnu', '--sparse']],
    ['ustar', ['--format=ustar']],
    ['posix', ['--format=posix', '--xattrs']],
    ['posix-sparse-0.0', ['--format=posix', '--sparse', '--sparse-version=0.0']],
    ['posix-sparse-0.1', ['--format=posix', '--sparse', '--sparse-version=0.1']],
    ['posix-sparse-1.0', ['--format=posix', '--sparse', '--sparse-version=1.0', '--xattrs']],
    ['incremental', ['--format=gnu', '--listed-incremental=/dev/null']],
  ])('%s', (name, args) => {
    const tar = path.join(folder, `${name}.tar`);
    // v7 and ustar cannot say all names; tar leaves those out and ends with 2.
    const made = spawnSync('tar', [...args, '-cf', tar, '-C', tree, '.']);
    expect([0, 2]).toContain(made.status);
    const ours = read(tar);
    expect(ours.length).toBeGreaterThan(10);
    if (name === 'incremental') {
      // Python takes the times in GNU headers for a prefix, and dump directories for files.
      const listed = execFileSync('tar', ['-tf', tar, '--quoting-style=literal'], { encoding: 'latin1' });
      expect(ours.map((member) => member.name)).toEqual(listed.trimEnd().split('\n'));
      expect(ours.filter(({ type }) => type === 'D').map(({ kind }) => kind)).toContain('directory');
      return;
    }
    const theirs = python(tar);
    expect(ours.map(asPython)).toEqual(theirs);
    if (args.includes('--sparse')) expect(ours.filter(({ sparse }) => sparse !== undefined)).toHaveLength(2);
    if (args.includes('--xattrs'))
      expect(ours.map(({ xattrs }) => xattrs).filter((xattrs) => 'user.binary' in xattrs)).toEqual([
        { 'user.binary': '\x00\xff\n=' },
      ]);
  });

  it('tar-stream agrees on names, types, sizes and times of ustar', async () => {
    const tar = path.join(folder, 'ustar.tar');
    const theirs: unknown[] = [];
    const stream = extract({ filenameEncoding: 'latin1' } as never);
    stream.on('entry', (header, content, next) => {
      theirs.push([header.name.replace(/\/$/, ''), header.size, Number(header.mtime)]);
      content.on('end', next).resume();
    });
    const ended = new Promise<void>((resolve, reject) => stream.on('finish', resolve).on('error', reject));
    stream.end(readFileSync(tar));
    await ended;
    expect(
      read(tar).map(({ name, size, seconds }) => [name.replace(/\/$/, ''), size, seconds * 1000]),
    ).toEqual(theirs);
  });
});

describe('Python writes, we read the same', () => {
  it.each(['USTAR_FORMAT', 'GNU_FORMAT', 'PAX_FORMAT'])('%s', (format) => {
    const tar = path.join(folder, `${format}.tar`);
    const script = `
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w", format=getattr(tarfile, sys.argv[2])) as tar:
    big = sys.argv[2] != "USTAR_FORMAT"
    for name, fields in [("a", {}), ("p" * 90 + "/" + "n" * 90, {}), ("d", {"type": tarfile.DIRTYPE, "mode": 0o1777}),
        ("s", {"type": tarfile.SYMTYPE, "linkname": "t" * (150 if big else 90)}), ("h", {"type": tarfile.LNKTYPE, "linkname": "a"}),
        ("u" * (300 if big else 99), {"uid": 3000000 if big else 5, "gid": 2**31 if big else 6}), ("m", {"mtime": -7 if big else 7})]:
        m = tarfile.TarInfo(name)
        for key, value in fields.items(): setattr(m, key, value)
        m.size = 5 if m.isreg() else 0
        tar.addfile(m, io.BytesIO(b"hello") if m.isreg() else None)
`;
    execFileSync('python3', ['-c', script, tar, format]);
    const readable = readTar(readFileSync(tar), { limits: { name: 300 } });
    expect(readable.error).toBeUndefined();
    expect(readable.members.map(asPython)).toEqual(python(tar));
  });
});

describe('the posix dialect is what GNU tar and Python make of it', () => {
  it('global records apply, a PAX path beats a GNU long name', () => {
    const tar = path.join(folder, 'global.tar');
    const long = file({ name: '././@LongLink', type: 'L', magic: GNU }, 'from-gnu\0');
    writeFileSync(
      tar,
      archive(
        pax(
          [
            ['uid', '5'],
            ['mtime', '9.5'],
          ],
          'g',
        ),
        file({ name: 'one' }),
        pax([
          ['gid', '6'],
          ['path', 'from-pax'],
        ]),
        long,
        file({ name: 'two' }),
      ),
    );
    const args = ['-tvf', tar, '--numeric-owner', '--full-time'];
    const gnu = execFileSync('tar', args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC0' } });
    const lines = gnu
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(1).join(' '));
    const stamp = '1970-01-01 00:00:09.5';
    expect(
      read(tar, 'posix').map(({ name, uid, gid, size }) => `${uid}/${gid} ${size} ${stamp} ${name}`),
    ).toEqual(lines);
    expect(read(tar, 'engine').map(({ name, uid, gid }) => [name, uid, gid])).toEqual([
      ['one', 0, 0],
      ['from-gnu', 0, 6],
    ]);
  });
});
