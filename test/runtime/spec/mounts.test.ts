import { describe, expect, test } from 'vitest';
import { standardMounts } from '../../../src/runtime/spec/mounts.js';
import { type NamespaceRequest, PRIVATE_NAMESPACES } from '../../../src/runtime/spec/namespaces.js';
import { placeMounts } from '../../../src/runtime/spec/place-mounts.js';
import { parseTmpfs, parseVolume } from '../../../src/runtime/spec/user-mounts.js';
import { HOST } from './bundle.js';

const follow = (path: string): string => path;

describe('standard mounts', () => {
  const of = (host: Partial<typeof HOST>, namespaces: Partial<NamespaceRequest> = {}) =>
    standardMounts({
      host: { ...HOST, ...host },
      namespaces: { ...PRIVATE_NAMESPACES, ...namespaces },
      shmSize: undefined,
    });
  const at = (mounts: ReturnType<typeof of>, place: string) =>
    mounts.find(({ destination }) => destination === place);

  test('/dev is always a fresh tmpfs, and before what is on it', () => {
    for (const host of [{}, { rootless: true }, { cgroup: 'none' as const }]) {
      const places = of(host).map(({ destination }) => destination);
      expect(at(of(host), '/dev')?.type).toBe('tmpfs');
      expect(places.indexOf('/dev')).toBeLessThan(places.indexOf('/dev/pts'));
      expect(places.indexOf('/sys')).toBeLessThan(places.concat('/sys/fs/cgroup').indexOf('/sys/fs/cgroup'));
    }
  });
  test('without privileges what belongs to the host is bound, and control groups of version 1 are left out', () => {
    expect(at(of({ rootless: true }, { network: 'host' }), '/sys')).toMatchObject({
      type: 'bind',
      source: '/sys',
    });
    expect(at(of({}, { network: 'host' }), '/sys')?.type).toBe('sysfs');
    expect(at(of({ rootless: true }), '/sys')?.type).toBe('sysfs');
    expect(at(of({ rootless: true }), '/sys/fs/cgroup')).toBeUndefined();
    expect(at(of({ rootless: true, cgroup: 'v2' }), '/sys/fs/cgroup')?.type).toBe('cgroup');
    expect(at(of({ cgroup: 'none' }), '/sys/fs/cgroup')).toBeUndefined();
  });
  test('terminals belong to group 5 where there is one', () => {
    expect(at(of({}), '/dev/pts')?.options).toContain('gid=5');
    const one = [{ containerID: 0, hostID: 1000, size: 1 }];
    expect(at(of({ rootless: true, idMaps: { uids: one, gids: one } }), '/dev/pts')?.options).not.toContain(
      'gid=5',
    );
  });
});

describe('mounts are placed', () => {
  const place = (texts: readonly string[], change: Partial<Parameters<typeof placeMounts>[0]> = {}) =>
    placeMounts({
      standard: standardMounts({ host: HOST, namespaces: PRIVATE_NAMESPACES, shmSize: undefined }),
      etcFiles: {},
      wanted: texts.map((text) =>
        text.startsWith('tmpfs ') ? parseTmpfs(text.slice(6)) : parseVolume(text, '/'),
      ),
      host: {
        kindOf: (path) =>
          path.includes('missing') ? undefined : path.includes('file') ? 'file' : 'directory',
      },
      follow,
      ...change,
    });
  const own = (placed: ReturnType<typeof place>) =>
    placed.mounts.slice(7).map(({ destination }) => destination);

  test('outer ones first, and only outer targets are to be made', () => {
    const placed = place(['/b:/data/deep/er', '/file:/data/f', '/a:/data', 'tmpfs /dev/shm/x', '/file:/one']);
    expect(own(placed)).toEqual(['/data', '/one', '/data/f', '/data/deep/er', '/dev/shm/x']);
    expect(placed.targets.slice(3)).toEqual([
      { path: '/data', kind: 'directory' },
      { path: '/one', kind: 'file' },
    ]);
  });
  test('binds are private, without set-user-ID and devices', () => {
    expect(place(['/a:/data:ro']).mounts[7]).toEqual({
      destination: '/data',
      type: 'bind',
      source: '/a',
      options: ['rbind', 'rprivate', 'nosuid', 'nodev', 'ro'],
    });
  });
  test('a user may replace /dev/shm and /etc/hosts', () => {
    const placed = place(['/a:/dev/shm', '/file:/etc/hosts'], { etcFiles: { hosts: '/h', resolv: '/r' } });
    expect(placed.mounts.filter(({ destination }) => destination === '/dev/shm')).toMatchObject([
      { source: '/a' },
    ]);
    expect(placed.mounts.filter(({ destination }) => destination === '/etc/hosts')).toMatchObject([
      { source: '/file' },
    ]);
    expect(placed.mounts.some(({ source }) => source === '/r')).toBe(true);
  });
  test('two on the same place are refused, also through links of the image', () => {
    expect(() => place(['/a:/x', '/b:/x/'])).toThrow(/something else is mounted/);
    const linked = (path: string): string => path.replace(/^\/var\/run/, '/run');
    expect(() => place(['/a:/run', 'tmpfs /var/run'], { follow: linked })).toThrow(/something else/);
    expect(place(['/a:/var/run/x'], { follow: linked }).targets.at(-1)?.path).toBe('/run/x');
  });
  test('links of the image lead nowhere reserved', () => {
    const evil = (): string => '/proc/self/attr';
    expect(() => place(['/a:/data'], { follow: evil })).toThrow(
      expect.objectContaining({ code: 'E_UNSAFE_PATH' }),
    );
    expect(() => place([], { follow: evil, etcFiles: { hosts: '/h' } })).toThrow(/leads to \/proc/);
  });
  test('a source must be there', () => {
    expect(() => place(['/missing:/data'])).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
  });
  test('slaves need a root that lets mounts through', () => {
    expect(place(['/a:/b:rslave']).needsSlave).toBe(true);
    expect(place(['/a:/b']).needsSlave).toBe(false);
  });
});
