import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { unite } from '../../../src/layers/union/unite.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { followPath, readSnapshotFiles } from '../../../src/runtime/spec/snapshot-files.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { useFolder } from '../../helpers/look.js';
import { withImage } from '../../helpers/our-tree.js';
import { tool } from '../../helpers/tool.js';

/* Where paths lead in a snapshot, without any kernel: the host's files never count. */

const link = (name: string, target: string): MemberSpec => ({ name, type: 'symlink', link: target });

test.each([
  ['/var/run/x', '/run/x'],
  ['/absolute/y', '/run/y'],
  ['/up/passwd', '/etc/passwd'],
  ['/etc/missing/a/../b', '/etc/missing/b'],
  ['/chain', '/run'],
  ['/etc/passwd', '/etc/passwd'],
  ['/../../etc', '/etc'],
  ['/cwd', '/proc/self/fd/7'],
  ['/dev/shm', '/dev/shm'],
  ['/devlink/shm', '/dev/shm'],
  ['/proc/self', '/proc/self'],
  ['/', '/'],
])('%s leads to %s', (path, expected) => {
  const union = unite([
    layerOf([
      { name: 'run', type: 'dir' },
      { name: 'etc/passwd', content: 'x' },
      link('var/run', '../run'),
      link('absolute', '/run'),
      link('up', '../../../etc'),
      link('chain', 'chain2'),
      link('chain2', 'var/run'),
      link('cwd', '/proc/self/fd/7'),
      link('dev/shm', '/etc'),
      link('devlink', 'dev'),
      link('proc', '/etc'),
    ]),
  ]);
  expect(followPath(union, 1, path)).toBe(expected);
});

test('links that lead round are refused', () => {
  const union = unite([layerOf([link('a', 'b'), link('b', 'a')])]);
  expect(() => followPath(union, 1, '/a/x')).toThrow(expect.objectContaining({ code: 'E_UNSAFE_PATH' }));
});

describe('user files that are none are not read', () => {
  test.each<[string, MemberSpec]>([
    ['a link to the host', link('etc/passwd', '../../../../../../etc/passwd.host')],
    ['a link to itself', link('etc/passwd', 'passwd')],
    ['a directory', { name: 'etc/passwd', type: 'dir' }],
    ['a FIFO', { name: 'etc/passwd', type: 'fifo' }],
    ['a device', { name: 'etc/passwd', type: 'char', device: [1, 5] }],
  ])('%s', async (_, member) => {
    const files = await readSnapshotFiles(unite([layerOf([member])]), 1, [], { limits: DEFAULT_LIMITS });
    expect(files.passwd).toBeUndefined();
    expect(files.group).toBeUndefined();
  });
});

describe('user files of a real image', () => {
  const folder = useFolder();
  const read = async (name: string, passwd: string | Buffer) => {
    const root = path.join(folder(), name);
    mkdirSync(path.join(root, 'private/etc'), { recursive: true });
    // The host has these paths, too: what is read must be the image's.
    symlinkSync('/private/etc', path.join(root, 'etc'));
    symlinkSync('../../../etc/users', path.join(root, 'private/etc/passwd'));
    writeFileSync(path.join(root, 'private/etc/users'), passwd);
    writeFileSync(path.join(root, 'private/etc/group'), 'g:x:1:');
    await tool('tar', ['-C', root, '-cf', `${root}.tar`, '.']);
    return withImage(`rootfs:${root}.tar`, ({ union, image }) =>
      readSnapshotFiles(union, 1, image.layers, { limits: DEFAULT_LIMITS }),
    );
  };
  test('are read through its links, odd bytes as odd as they are', async () => {
    const files = await read('small', Buffer.from([0x61, 0x3a, 0xff, 0x3a, 0x0a]));
    expect(files).toMatchObject({ passwd: 'a:\udcff:\n', group: 'g:x:1:' });
    expect(files.follow('/etc/passwd')).toBe('/private/etc/users');
  });
  test('of a megabyte are read, larger ones are refused', async () => {
    expect((await read('most', 'x'.repeat(1024 * 1024))).passwd).toHaveLength(1024 * 1024);
    await expect(read('more', 'x'.repeat(1024 * 1024 + 1))).rejects.toMatchObject({ code: 'E_LIMIT' });
  });
});
