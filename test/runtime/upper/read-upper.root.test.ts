import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeName } from '../../../src/model/name.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { makeNode } from '../../../src/runtime/sys/node.js';
import { setXattr } from '../../../src/runtime/sys/xattr.js';
import { readUpper, type UpperOptions } from '../../../src/runtime/upper/read-upper.js';
import type { UpperEntry } from '../../../src/runtime/upper/upper-entry.js';
import { upperContent } from '../../../src/runtime/upper/upper-content.js';
import { useFolder } from '../../helpers/look.js';
import { needRoot } from '../../helpers/tool.js';

/* What overlayfs left in an upper directory is read as the container saw it. */

const folder = useFolder();
let upper = '';
let count = 0;
beforeAll(() => {
  needRoot();
  enterPrivateMounts();
});
beforeEach(() => {
  upper = path.join(folder(), String(count++));
  mkdirSync(upper);
});

const linkOf = (place: string): string => {
  try {
    return readlinkSync(place);
  } catch {
    return '';
  }
};
const at = (name: string): string => path.join(upper, name);
const read = (options: Partial<UpperOptions> = {}): Map<string, UpperEntry> =>
  new Map(
    [...readUpper(upper, { overlayXattrs: 'trusted', ...options })].map((entry) => [entry.path, entry]),
  );

describe('the walk', () => {
  test('goes by the bytes of names, directories before what is in them, and follows no link', () => {
    for (const name of ['a', 'a.b', 'B', 'ü']) mkdirSync(at(name));
    for (const name of ['a/x', 'a.b/x', 'B/x']) writeFileSync(at(name), '');
    writeFileSync(Buffer.concat([Buffer.from(`${upper}/`), Buffer.from([0xff])]), '');
    symlinkSync('/etc', at('zlink'));
    const found = read();
    expect([...found.keys()]).toEqual([
      '/',
      '/B',
      '/B/x',
      '/a',
      '/a/x',
      '/a.b',
      '/a.b/x',
      '/zlink',
      '/ü',
      `/${decodeName(Buffer.from([0xff]))}`,
    ]);
    expect(found.get('/zlink')).toMatchObject({ kind: 'symlink', link: '/etc', mode: 0o777 });
  });

  test('goes deeper than one path of the kernel, and refuses what no reader of layers takes', () => {
    execFileSync(
      'bash',
      ['-c', 'for i in {1..18}; do mkdir $(printf "d%.0s" {1..200}) && cd d*; done; touch end'],
      { cwd: upper },
    );
    expect([...read().keys()].at(-1)).toMatch(/\/end$/);
    execFileSync('bash', ['-c', 'for i in {1..25}; do mkdir -p $(printf "d%.0s" {1..200}) && cd d*; done'], {
      cwd: upper,
    });
    expect(() => read()).toThrow(/a path of 4\d+ bytes is too long/);
    execFileSync('bash', ['-c', 'rm -r d*'], { cwd: upper });
  });

  test('can be made again, and closes what it opened when it is left', () => {
    mkdirSync(at('a/b/c'), { recursive: true });
    const entries = readUpper(upper, { overlayXattrs: 'trusted' });
    const held = (): string[] =>
      readdirSync('/proc/self/fd').filter((one) => linkOf(`/proc/self/fd/${one}`).startsWith(upper));
    for (const entry of entries)
      if (entry.path === '/a/b/c') {
        expect(held()).toHaveLength(3);
        break;
      }
    expect(held()).toEqual([]);
    expect([...entries].length).toBe(4);
  });

  test('tells of sockets and leaves them out', () => {
    execFileSync('python3', ['-c', "import socket; socket.socket(socket.AF_UNIX).bind('s')"], { cwd: upper });
    const skipped: string[] = [];
    expect([...read({ onSkipped: (name) => skipped.push(name) }).keys()]).toEqual(['/']);
    expect(skipped).toEqual(['/s']);
  });

  test('reads each content whole, and only that of the very file', () => {
    writeFileSync(at('file'), 'x'.repeat(700_000));
    for (const entry of readUpper(upper, { overlayXattrs: 'trusted' }))
      if (entry.kind === 'file') {
        expect(Buffer.concat([...upperContent(entry)]).length).toBe(700_000);
        execFileSync('bash', ['-c', 'rm file; ln -s /etc/passwd file'], { cwd: upper });
        expect(() => entry.open()).toThrow(/cannot be opened any more/);
        execFileSync('bash', ['-c', 'rm file; mkfifo file'], { cwd: upper });
        expect(() => entry.open()).toThrow(/changed meanwhile/);
      }
  });
});

describe('marks of overlayfs', () => {
  test('whiteouts are no hard links of each other', () => {
    makeNode(at('a'), 0o020000);
    linkSync(at('a'), at('b'));
    writeFileSync(at('x'), '');
    linkSync(at('x'), at('y'));
    const found = read();
    expect([found.get('/a')?.kind, found.get('/b')?.kind]).toEqual(['whiteout', 'whiteout']);
    expect([found.get('/x')?.hardLink, found.get('/y')?.hardLink]).toEqual([undefined, '/x']);
  });

  test.each(['trusted', 'user'] as const)(
    'as attributes of %s. are read and taken out; escaped ones are the container’s',
    (marks) => {
      const other = marks === 'user' ? 'trusted' : 'user';
      mkdirSync(at('opaque'));
      mkdirSync(at('hides'));
      writeFileSync(at('hides/gone'), '');
      writeFileSync(at('hides/stays'), 'x');
      writeFileSync(at('not'), '');
      setXattr(at('opaque'), `${marks}.overlay.opaque`, Buffer.from('y'));
      setXattr(at('opaque'), `${marks}.overlay.overlay.opaque`, Buffer.from('mine'));
      setXattr(at('opaque'), `${other}.overlay.impure`, Buffer.from('other'));
      for (const mark of ['origin', 'impure', 'nlink', 'uuid', 'redirect'])
        setXattr(at('opaque'), `${marks}.overlay.${mark}`, Buffer.from('y'));
      setXattr(at('hides'), `${marks}.overlay.opaque`, Buffer.from('x'));
      for (const name of ['hides/gone', 'hides/stays', 'not'])
        setXattr(at(name), `${marks}.overlay.whiteout`, Buffer.from('y'));
      const found = read({ overlayXattrs: marks });
      expect(found.get('/opaque')?.opaque).toBe(true);
      expect([...(found.get('/opaque')?.xattrs ?? [])].sort()).toEqual(
        [
          [`${marks}.overlay.opaque`, Buffer.from('mine')],
          [`${other}.overlay.impure`, Buffer.from('other')],
        ].sort(),
      );
      expect(found.get('/hides')?.opaque).toBe(false);
      expect(['/hides/gone', '/hides/stays', '/not'].map((name) => found.get(name)?.kind)).toEqual([
        'whiteout',
        'file',
        'file',
      ]);
    },
  );

  test('content left in a layer below is refused', () => {
    writeFileSync(at('file'), '');
    setXattr(at('file'), 'trusted.overlay.metacopy', Buffer.alloc(0));
    expect(() => read()).toThrow(/\/file: its content is in a layer below/);
  });
});

describe('a user namespace', () => {
  const idMaps = {
    uid: [{ containerID: 0, hostID: 200_000, size: 65_536 }],
    gid: [{ containerID: 0, hostID: 300_000, size: 1000 }],
  };
  const own = (script: string): void => {
    execFileSync('bash', ['-euc', `chown 200000:300000 .; ${script}`], { cwd: upper });
  };

  test('is taken out of owners, of capabilities and of access control lists', () => {
    own('echo > a; echo > b; echo > c; chown -h 201000:300100 a; chown 200000:300000 b c; mknod gone c 0 0');
    // Revision 3, effective, cap_net_raw, for the namespace whose root is 200000.
    const capability = Buffer.alloc(24);
    capability.writeUInt32LE(0x03000001, 0);
    capability.writeUInt32LE(1 << 13, 4);
    capability.writeUInt32LE(200_000, 20);
    setXattr(at('b'), 'security.capability', capability);
    // Version 2; user::rw, user 201000:r, group::r, group 300007:r, mask, other.
    const acl = Buffer.alloc(4 + 6 * 8);
    acl.writeUInt32LE(2, 0);
    [
      [1, 6, -1],
      [2, 4, 201_000],
      [4, 4, -1],
      [8, 4, 300_007],
      [16, 4, -1],
      [32, 4, -1],
    ].forEach(([tag, bits, id], i) => {
      acl.writeUInt16LE(tag, 4 + i * 8);
      acl.writeUInt16LE(bits, 6 + i * 8);
      acl.writeInt32LE(id > 0x7fffffff ? -1 : id, 8 + i * 8);
    });
    setXattr(at('c'), 'system.posix_acl_access', acl);
    const found = read({ idMaps });
    expect(found.get('/')).toMatchObject({ uid: 0, gid: 0 });
    expect(found.get('/a')).toMatchObject({ uid: 1000, gid: 100 });
    expect(found.get('/gone')?.kind).toBe('whiteout');
    const plain = Buffer.alloc(20);
    plain.writeUInt32LE(0x02000001, 0);
    plain.writeUInt32LE(1 << 13, 4);
    expect(found.get('/b')?.xattrs.get('security.capability')).toEqual(plain);
    const list = Buffer.from(found.get('/c')?.xattrs.get('system.posix_acl_access') ?? []);
    expect([list.readUInt32LE(4 + 8 + 4), list.readUInt32LE(4 + 3 * 8 + 4), list.readInt32LE(8)]).toEqual([
      1000, 7, -1,
    ]);
  });

  test.each([
    ['chown 265536:300000 a', /\/a: the user 265536 is not/],
    ['chown 200000:301000 a', /\/a: the group 301000 is not/],
  ])('refuses owners outside: %s', (script, expected) => {
    own(`echo > a; ${script}`);
    expect(() => read({ idMaps })).toThrow(expected);
  });
});
