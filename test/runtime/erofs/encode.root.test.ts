import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { unite } from '../../../src/layers/union/unite.js';
import { encodeErofs } from '../../../src/runtime/erofs/encode.js';
import { mountNew, unmount } from '../../../src/runtime/sys/mount.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { readXattrs } from '../../../src/runtime/sys/xattr.js';
import {
  differencesWhenMounted,
  type Stack,
  stackOf,
  stackOfTars,
  withMounted,
} from '../../helpers/erofs.js';
import { layerOf } from '../../helpers/layers.js';
import { useFolder } from '../../helpers/look.js';
import { sparseTar } from '../../helpers/sparse.js';
import type { TarMemberSpec } from '../../helpers/tar-layer.js';

/* The law: what is mounted is the union at n, entry by entry, or the image says what it left out. */

const base = useFolder();
const fresh = (): string => mkdtempSync(path.join(base(), 'erofs-'));

beforeAll(() => {
  enterPrivateMounts();
});

const dir = (name: string, more: Partial<TarMemberSpec> = {}): TarMemberSpec => ({
  name,
  type: 'dir',
  ...more,
});
const file = (name: string, content = name, more: Partial<TarMemberSpec> = {}): TarMemberSpec => ({
  name,
  content,
  ...more,
});
const symlink = (name: string, link: string, more: Partial<TarMemberSpec> = {}): TarMemberSpec => ({
  name,
  type: 'symlink',
  link,
  ...more,
});
const hardlink = (name: string, link: string): TarMemberSpec => ({ name, type: 'hardlink', link });

async function agrees(layers: readonly (readonly TarMemberSpec[])[]): Promise<void> {
  const folder = fresh();
  const stack = await stackOf(folder, layers);
  for (let n = 1; n <= layers.length; n++) {
    expect([...encodeErofs(stack.union, n).left]).toEqual([]);
    expect([n, await differencesWhenMounted(folder, stack, n)]).toEqual([n, []]);
  }
}

describe('what is mounted is the union', () => {
  test('after each layer: whiteouts, opaque directories, replaced and implied ones', async () => {
    await agrees([
      [
        dir('./', { mode: 0o1711, uid: 7, gid: 8, mtime: 5, xattrs: { 'user.root': 'x' } }),
        dir('etc'),
        file('etc/a'),
        file('etc/b'),
        dir('opt', { mode: 0o700 }),
        file('opt/old'),
        file('implied/deep/file'),
      ],
      [file('etc/.wh.a', ''), file('opt/.wh..wh..opq', ''), file('opt/new', 'new')],
      [],
      [file('opt', 'now a file'), dir('etc/b', { mode: 0o2750 }), file('etc/b/c')],
      [file('.wh.opt', ''), file('.wh.implied', '')],
      [file('.wh..wh..opq', '')],
    ]);
  });

  test('hard links, of files and symlinks, within a layer, to a lower one, and after their first name went', async () => {
    await agrees([
      [file('a', 'content'), hardlink('b', 'a'), symlink('s', 'a'), hardlink('t', 's'), file('lone')],
      [hardlink('d/c', 'a'), hardlink('lone2', 'lone')],
      [file('.wh.a', ''), file('b', 'another')],
    ]);
  });

  test('every kind, with all twelve mode bits, large numbers, early and late times', async () => {
    await agrees([
      [
        { name: 'null', type: 'char', device: [1, 3], mode: 0o666 },
        { name: 'big', type: 'char', device: [4095, 1_048_575] },
        { name: 'zero-block', type: 'block', device: [0, 0] },
        { name: 'disk', type: 'block', device: [259, 70_000], uid: 4_294_967_294, gid: 3_000_000_000 },
        { name: 'fifo', type: 'fifo', mode: 0o600, nanoseconds: 1 },
        file('setuid', 'x', { mode: 0o7777, mtime: 0, nanoseconds: 999_999_999 }),
        file('early', 'x', { mtime: -1, nanoseconds: 250_000_000 }),
        file('ancient', 'x', { mtime: -20_000_000_000 }),
        file('late', 'x', { mtime: 100_000_000_000, nanoseconds: 123_456_789 }),
        file('empty', ''),
        ...[1, 511, 512, 513, 4095, 4096, 4097, 200_000].map((size) =>
          file(`of-${String(size)}`, Buffer.alloc(size, `${String(size)} `).toString()),
        ),
      ],
    ]);
  });

  test('symlinks of every length that Linux has, beside inodes of every size', async () => {
    const lengths = [
      1, 2, 31, 32, 33, 63, 64, 100, 383, 384, 385, 446, 447, 448, 449, 511, 512, 513, 4094, 4095,
    ];
    await agrees([
      lengths.flatMap((length) => [
        symlink(`l${String(length)}`, 'x'.repeat(length)),
        symlink(`with-xattr-${String(length)}`, 'y'.repeat(length), { xattrs: { 'trusted.a': 'b' } }),
        file(`f${String(length)}`, 'z', { xattrs: { 'user.a': 'b', 'user.c': 'd' } }),
      ]),
    ]);
  });

  test('names of 255 bytes, names that are not UTF-8, names around the dots', async () => {
    await agrees([
      [
        file('n'.repeat(255)),
        dir('ü'.repeat(127)),
        file(`${'ü'.repeat(127)}/below`),
        { name: Buffer.from([0x62, 0xff, 0xfe]), content: 'bytes' },
        ...['!', '-', '.!', '.-', '.a', '..a', '...', 'a b', 'new\nline', '\u{1f600}', 'A', 'a'].map((name) =>
          file(name),
        ),
      ],
    ]);
  });

  test('directories of very many names, each found by its name', async () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `name-${String((i * 7919) % 100_000)}`);
    const folder = fresh();
    const stack = await stackOf(folder, [
      [dir('many'), ...names.map((name) => file(`many/${name}`, ''))],
      [file('many/.wh.name-5', ''), file('many/extra')],
    ]);
    await withMounted(folder, stack, 2, (root) => {
      const listed = readdirSync(path.join(root, 'many'));
      const wanted = [...names.filter((name) => name !== 'name-5'), 'extra'];
      expect(listed.sort()).toEqual(wanted.sort());
      for (let i = 0; i < 100_000; i += 97)
        expect(existsSync(path.join(root, 'many', `name-${String(i)}`))).toBe(i !== 5);
      expect(existsSync(path.join(root, 'many/name-5'))).toBe(false);
    });
  });

  test('each entry of a directory has an inode number, the root too', async () => {
    const folder = fresh();
    const stack = await stackOf(folder, [[file('a')]]);
    await withMounted(folder, stack, 1, (root) => {
      expect(lstatSync(root).ino).toBeGreaterThan(0);
      expect(execFileSync('ls', ['-a', root], { encoding: 'utf8' })).toBe('.\n..\na\n');
    });
  });

  test('directories count their subdirectories', async () => {
    const folder = fresh();
    const stack = await stackOf(folder, [[dir('a'), dir('a/b'), dir('a/c'), file('a/d')]]);
    await withMounted(folder, stack, 1, (root) => {
      expect([root, `${root}/a`, `${root}/a/b`].map((at) => lstatSync(at).nlink)).toEqual([3, 4, 2]);
    });
  });

  test('extended attributes: binary, empty, long, shared by many files, and lists for access', async () => {
    const acl = (
      ...entries: readonly (readonly [tag: number, permissions: number, id: number])[]
    ): Buffer => {
      const value = Buffer.alloc(4 + 8 * entries.length);
      value.writeUInt32LE(2);
      for (const [i, [tag, permissions, id]] of entries.entries()) {
        value.writeUInt16LE(tag, 4 + 8 * i);
        value.writeUInt16LE(permissions, 6 + 8 * i);
        value.writeUInt32LE(id, 8 + 8 * i);
      }
      return value;
    };
    const nobody = 0xffffffff;
    const list = acl(
      [0x1, 7, nobody],
      [0x2, 5, 1000],
      [0x4, 5, nobody],
      [0x8, 1, 50],
      [0x10, 7, nobody],
      [0x20, 4, nobody],
    );
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    await agrees([
      [
        dir('d', { xattrs: { 'system.posix_acl_default': list, 'system.posix_acl_access': list } }),
        file('f', 'x', {
          xattrs: {
            'user.binary': Buffer.from([0, 255, 10, 61, 0]),
            'user.long': Buffer.alloc(65_535, 'v'),
            [`user.${'n'.repeat(250)}`]: 'longest name',
            'trusted.t': 't',
            'security.capability': capability,
            'security.other': 'label',
            'system.posix_acl_access': list,
          },
        }),
        file('minimal', 'x', {
          xattrs: { 'system.posix_acl_access': acl([0x1, 6, nobody], [0x4, 4, nobody], [0x20, 4, nobody]) },
        }),
        symlink('l', 'f', { xattrs: { 'trusted.on-link': 'x', 'security.label': 'y' } }),
        file('most', 'x', {
          xattrs: Object.fromEntries(
            Array.from({ length: 255 }, (_, i) => [`user.number-${String(i)}`, String(i)]),
          ),
        }),
        ...Array.from({ length: 50 }, (_, i) =>
          file(`labelled-${String(i)}`, 'x', { xattrs: { 'security.label': 'the same' } }),
        ),
      ],
      [file('again', 'x', { xattrs: { 'security.label': 'the same', 'user.more': 'm' } })],
    ]);
  });

  test('an extended attribute without a value', async () => {
    const union = unite([layerOf([{ name: 'd', type: 'dir', xattrs: { 'user.empty': '' } }])]);
    await withMounted(fresh(), { union, tars: [] }, 1, (root) => {
      expect([...readXattrs(path.join(root, 'd'))]).toEqual([['user.empty', Buffer.alloc(0)]]);
    });
  });

  test('a stack of 500 layers in one mount', async () => {
    await agreesAtTop(
      Array.from({ length: 500 }, (_, i) => [
        file(`file-${String(i)}`, `content ${String(i)}`),
        file('again', String(i)),
      ]),
    );
  });

  test('no layer, and layers without a file', async () => {
    const image = encodeErofs(unite([]), 0);
    expect(image.devices).toEqual([]);
    const folder = fresh();
    await withMounted(folder, { union: unite([]), tars: [] }, 0, (root) => {
      expect(readdirSync(root)).toEqual([]);
      expect(lstatSync(root)).toMatchObject({ mode: 0o040755, uid: 0, mtimeMs: 0, nlink: 2 });
    });
    await agrees([[], [dir('a')], []]);
  });
});

async function agreesAtTop(layers: readonly (readonly TarMemberSpec[])[]): Promise<void> {
  const folder = fresh();
  const stack = await stackOf(folder, layers);
  expect(await differencesWhenMounted(folder, stack, layers.length)).toEqual([]);
}

describe('devices', () => {
  test('are only the layers that a live file has its content in', async () => {
    const stack = await stackOf(fresh(), [
      [file('a'), file('gone')],
      [file('.wh.gone', ''), dir('d'), file('empty', '')],
      [file('b')],
      [file('.wh.b', '')],
    ]);
    const layersOf = (n: number): number[] =>
      encodeErofs(stack.union, n).devices.map((device) => (device.kind === 'layer' ? device.layer : 0));
    expect([1, 2, 3, 4].map(layersOf)).toEqual([[1], [1], [1, 3], [1]]);
  });

  test('may be the same file twice, as of an image with the same layer twice', async () => {
    const folder = fresh();
    const stack = await stackOf(folder, [[file('a', 'same')], [hardlink('b', 'a')], [file('a', 'same')]]);
    expect(encodeErofs(stack.union, 3).devices).toHaveLength(2);
    const [first, second] = stack.tars;
    expect(await differencesWhenMounted(folder, { ...stack, tars: [first, second, first] }, 3)).toEqual([]);
  });

  test('beyond what 32 bits of blocks can address are refused', () => {
    const huge = { ...layerOf([{ name: 'a', content: 'a' }]), plainBytes: 3 * 2 ** 40 };
    expect(() => encodeErofs(unite([huge]), 1)).toThrow(
      expect.objectContaining({ code: 'E_LIMIT', message: expect.stringContaining('blocks') as string }),
    );
  });

  test('of many GiB are read at their far end', async () => {
    const folder = fresh();
    const stack = await stackOf(folder, [[file('a', 'near')]]);
    const far = 30 * 2 ** 30;
    const [index] = stack.union.layers;
    // The same file at the end of a tar of 30 GiB, most of it a hole.
    truncateSync(stack.tars[0], far + 1024);
    const descriptor = openSync(stack.tars[0], 'r+');
    writeSync(descriptor, 'far!', far);
    closeSync(descriptor);
    const columns = { ...index.columns, dataBlock: Uint32Array.of(far / 512) };
    const union = unite([{ ...index, columns, plainBytes: far + 1024 }]);
    await withMounted(folder, { ...stack, union }, 1, (root) => {
      expect(readFileSync(path.join(root, 'a'), 'utf8')).toBe('far!');
    });
  });
});

test('the same layers give the same bytes, however often they are asked for', async () => {
  const members = [
    dir('a'),
    file('a/b'),
    symlink('s', 'x'.repeat(600)),
    file('x', 'x', { xattrs: { 'user.a': 'b' } }),
  ];
  const bytes = async (): Promise<Buffer[]> => {
    const image = encodeErofs((await stackOf(fresh(), [members, [file('c')]])).union, 2);
    return [Buffer.concat([...image.parts]), Buffer.concat([...image.parts])];
  };
  const [[one, again], [two]] = [await bytes(), await bytes()];
  expect(again.equals(one)).toBe(true);
  expect(two.equals(one)).toBe(true);
});

describe('sparse files', () => {
  const tarred = (format: string): { readonly tar: Buffer; readonly plain: string } => {
    const plain = fresh();
    const write = (name: string, size: number, parts: readonly (readonly [number, string])[]): void => {
      const at = path.join(plain, name);
      writeFileSync(at, '');
      truncateSync(at, size);
      const descriptor = openSync(at, 'r+');
      for (const [position, text] of parts) writeSync(descriptor, text, position);
      closeSync(descriptor);
    };
    write('only-hole', 1_000_000, []);
    write('begin', 5_000_000, [[0, 'begin']]);
    write('end', 5_000_123, [[5_000_118, 'end!!']]);
    write('middle', 9_000_000, [[4_194_304, 'm'.repeat(70_000)]]);
    write('several', 3_000_001, [
      [0, 'a'],
      [65_536, 'b'.repeat(5000)],
      [1_048_576, 'c'],
      [2_999_990, 'to the end!'],
    ]);
    write('plain', 3000, [[0, 'p'.repeat(3000)]]);
    const tar = path.join(fresh(), 'sparse.tar');
    execFileSync('tar', [
      '--create',
      '--sparse',
      ...format.split(' '),
      '--file',
      tar,
      '--directory',
      plain,
      '.',
    ]);
    return { tar: readFileSync(tar), plain };
  };

  test.each([
    '--format=gnu',
    '--format=posix --sparse-version=0.0',
    '--format=posix --sparse-version=0.1',
    '--format=posix --sparse-version=1.0',
  ])('of GNU tar %s are read from the tar, holes as holes', async (format) => {
    const folder = fresh();
    const { tar, plain } = tarred(format);
    const stack = await stackOfTars(folder, [tar]);
    expect(stack.union.layers[0].sparse.size).toBe(5);
    expect(encodeErofs(stack.union, 1).devices.map(({ kind }) => kind)).toEqual(['layer']);
    expect(await differencesWhenMounted(folder, stack, 1)).toEqual([]);
    await withMounted(folder, stack, 1, (root) => {
      for (const name of readdirSync(plain))
        expect(readFileSync(path.join(root, name)).equals(readFileSync(path.join(plain, name)))).toBe(true);
    });
  });

  test('stay sparse when a container changes them', async () => {
    const folder = fresh();
    const stack = await stackOfTars(folder, [tarred('--format=gnu').tar]);
    await withMounted(folder, stack, 1, (root) => {
      const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => path.join(folder, name));
      for (const made of [upper, work, merged]) mkdirSync(made);
      mountNew('overlay', merged, [
        ['lowerdir+', root],
        ['upperdir', upper],
        ['workdir', work],
      ]);
      chmodSync(path.join(merged, 'middle'), 0o600);
      unmount(merged);
      const copied = lstatSync(path.join(upper, 'middle'));
      expect(copied.size).toBe(9_000_000);
      expect(copied.blocks * 512).toBeLessThan(2_000_000);
    });
  });

  test('whose fragments are not of whole blocks are expanded into a device with holes', async () => {
    const folder = fresh();
    const stack = await unalignedStack(folder);
    const { devices } = encodeErofs(stack.union, 1);
    expect(devices.map(({ kind }) => kind)).toEqual(['layer', 'sparse']);
    await withMounted(folder, stack, 1, (root) => {
      const expected = Buffer.alloc(10_000_000);
      expected.write('abc', 100);
      expected.write('defgh', 9_000_001);
      expect(readFileSync(path.join(root, 'odd')).equals(expected)).toBe(true);
      expect(readFileSync(path.join(root, 'odd2')).equals(expected)).toBe(true);
      expect(readFileSync(path.join(root, 'plain'), 'utf8')).toBe('plain');
      expect(lstatSync(path.join(folder, 'sparse')).blocks * 512).toBeLessThan(200_000);
    });
  });

  test('of a terabyte each do not make the image large', async () => {
    const folder = fresh();
    const stack = await stackOfTars(folder, [sparseTar([['huge', 2 ** 40]])]);
    const image = encodeErofs(stack.union, 1);
    expect(image.bytes).toBeLessThan(100_000);
    await withMounted(folder, stack, 1, (root) => {
      expect(lstatSync(path.join(root, 'huge')).size).toBe(2 ** 40);
      const start = execFileSync('head', ['-c', '1024', path.join(root, 'huge')]);
      expect(start.equals(Buffer.concat([Buffer.alloc(512, 'x'), Buffer.alloc(512)]))).toBe(true);
    });
    const three = await stackOfTars(fresh(), [sparseTar(['a', 'b', 'c'].map((name) => [name, 2 ** 40]))]);
    expect(() => encodeErofs(three.union, 1)).toThrow(expect.objectContaining({ code: 'E_LIMIT' }));
  });
});

/** Two sparse files whose fragments begin at bytes 100 and 9,000,001 and follow on each other in the tar. */
async function unalignedStack(folder: string): Promise<Stack> {
  const stack = await stackOf(folder, [[file('odd', 'abcdefgh'), file('odd2', 'abcdefgh'), file('plain')]]);
  const [index] = stack.union.layers;
  const fragments = [100, 3, 9_000_001, 5];
  const sparse = new Map([0, 1].map((row) => [row, { row, storedSize: 8, fragments, dataDigest: '' }]));
  const size = Float64Array.from(index.columns.size);
  size[0] = size[1] = 10_000_000;
  return { ...stack, union: unite([{ ...index, sparse, columns: { ...index.columns, size } }]) };
}

describe('what no file system can hold is told and not there', () => {
  const reported = async (
    members: readonly TarMemberSpec[],
    look: (root: string) => void = () => undefined,
  ): Promise<Record<string, string[]>> => {
    const folder = fresh();
    const stack = await stackOf(folder, [[dir('./'), file('beside'), ...members]]);
    return withMounted(folder, stack, 1, (root, image) => {
      expect(readFileSync(path.join(root, 'beside'), 'utf8')).toBe('beside');
      look(root);
      return Object.fromEntries(
        [...image.left].map(([reason, { count, first }]) => {
          expect(count).toBeGreaterThanOrEqual(first.length);
          return [reason, first.map((thing) => `${thing.path} ${thing.what}`)];
        }),
      );
    });
  };

  test('a character device 0:0, which overlayfs takes for a whiteout', async () => {
    const left = await reported([{ name: 'white', type: 'char', device: [0, 0] }], (root) => {
      expect(readdirSync(root)).toEqual(['beside']);
    });
    expect(left).toEqual({ 'whiteout-device': ['/white '] });
  });

  test('device numbers of more bits', async () => {
    expect(
      await reported([
        { name: 'a', type: 'char', device: [4096, 0] },
        { name: 'b', type: 'block', device: [1, 1_048_576] },
      ]),
    ).toEqual({ 'device-number': ['/a 4096:0', '/b 1:1048576'] });
  });

  test('symlinks to nothing or to more than 4095 bytes', async () => {
    const union = unite([
      layerOf([
        { name: 'long', type: 'symlink', link: 'x'.repeat(4096) },
        { name: 'none', type: 'symlink' },
      ]),
    ]);
    await withMounted(fresh(), { union, tars: [] }, 1, (root, { left }) => {
      expect(readdirSync(root)).toEqual([]);
      expect(left.get('link-target')?.first).toEqual([
        { path: '/long', what: '4096 bytes' },
        { path: '/none', what: '0 bytes' },
      ]);
    });
  });

  test('the attributes that overlayfs obeys', async () => {
    const attributes = {
      'trusted.overlay.opaque': 'y',
      'user.overlay.redirect': '/x',
      'trusted.overlay.overlay.opaque': 'y',
      'user.kept': 'x',
    };
    const left = await reported([dir('d', { xattrs: attributes })], (root) => {
      expect([...readXattrs(path.join(root, 'd')).keys()]).toEqual(['user.kept']);
    });
    expect(left['overlay-xattr'].sort()).toEqual([
      '/d trusted.overlay.opaque',
      '/d trusted.overlay.overlay.opaque',
      '/d user.overlay.redirect',
    ]);
  });

  test('attributes that Linux refuses on such a file, or that could not be read back', async () => {
    const list = Buffer.from('020000000100070000000000', 'hex');
    const left = await reported(
      [
        file('f', 'x', {
          xattrs: {
            'user.': 'no name',
            'system.nfs4_acl': 'x',
            'com.apple.quarantine': 'x',
            'system.posix_acl_access': 'no list',
            'system.posix_acl_default': list,
            'security.capability': 'no capability',
            [`user.${'n'.repeat(251)}`]: 'x',
            'user.too-long': Buffer.alloc(65_536),
            'user.kept': 'x',
          },
        }),
        dir('d', { xattrs: { 'system.posix_acl_default': list } }),
        symlink('l', 'f', { xattrs: { 'user.on-link': 'x', 'trusted.kept': 'x' } }),
        file('many', 'x', {
          xattrs: Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`user.n${String(i)}`, 'x'])),
        }),
      ],
      (root) => {
        expect([...readXattrs(path.join(root, 'f')).keys()]).toEqual(['user.kept']);
        expect([...readXattrs(path.join(root, 'd')).keys()]).toEqual([]);
        expect([...readXattrs(path.join(root, 'l')).keys()]).toEqual(['trusted.kept']);
        expect(readXattrs(path.join(root, 'many')).size).toBe(255);
        expect(readFileSync(path.join(root, 'f'), 'utf8')).toBe('x');
        expect(readlinkSync(path.join(root, 'l'))).toBe('f');
      },
    );
    expect(Object.keys(left)).toEqual(['xattr']);
    expect(left.xattr).toHaveLength(11);
  });

  test('the owner 4294967295', async () => {
    const left = await reported([file('f', 'x', { uid: 0xffffffff, gid: 0xffffffff })], (root) => {
      expect(lstatSync(path.join(root, 'f'))).toMatchObject({ uid: 65_534, gid: 65_534 });
    });
    expect(left).toEqual({ owner: ['/f user', '/f group'] });
  });

  test('names of more than 255 bytes, with all below', () => {
    const long = layerOf([
      { name: 'n'.repeat(256), type: 'dir' },
      { name: `${'n'.repeat(256)}/below` },
      { name: 'short' },
    ]);
    const { left } = encodeErofs(unite([long]), 1);
    expect([...left].map(([reason, { count }]) => [reason, count])).toEqual([['name', 1]]);
  });

  test('is counted in full and kept in part', async () => {
    const members = Array.from({ length: 100 }, (_, i): TarMemberSpec => ({
      name: `white-${String(i)}`,
      type: 'char',
    }));
    const stack = await stackOf(fresh(), [members]);
    const left = encodeErofs(stack.union, 1).left.get('whiteout-device');
    expect([left?.count, left?.first.length]).toEqual([100, 20]);
  });
});
