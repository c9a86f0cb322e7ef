import { describe, expect, test } from 'vitest';
import { parseMount } from '../../../src/runtime/spec/mount-flag.js';
import { parseTmpfs, parseVolume } from '../../../src/runtime/spec/user-mounts.js';

describe('-v is read as docker reads it', () => {
  test.each([
    ['/home:/home', '/home', '/home', false],
    ['/home:/something/else', '/home', '/something/else', false],
    ['/home:/with space', '/home', '/with space', false],
    ['/rw:/ro', '/rw', '/ro', false],
    ['/a:/b:ro', '/a', '/b', 'top'],
    ['/a:/b:rw', '/a', '/b', false],
    ['/a:/b:ro,z,slave', '/a', '/b', 'top'],
    ['/a:/b:Z,slave,ro', '/a', '/b', 'top'],
    ['.:/b', '/cwd', '/b', false],
    ['./x/../y:/b', '/cwd/y', '/b', false],
    ['../x:/b/./c//d/', '/x', '/b/c/d', false],
    ['/a/../../b:/c', '/b', '/c', false],
  ])('%s', (text, source, target, readonly) => {
    expect(parseVolume(text, '/cwd')).toMatchObject({
      kind: 'bind',
      source,
      target,
      readonly,
      recursive: true,
    });
  });

  test.each([
    '',
    './',
    '/:../',
    '/:path',
    ':',
    '/tmp:',
    ':test',
    ':/test',
    '::',
    ':::',
    '/tmp:::',
    '/path:rw',
    '/path:ro',
    'path:ro',
    '/path:/path:sw',
    '/path:/path:rwz',
    '/path:/path:ro,rw',
    '/path:/path:ro,rslave,rprivate',
    '/path:shared',
    '/path:/path:rshared',
    '/path:/',
    '/path:/a/..',
    '/path:/proc',
    '/path:/proc/self',
    '/path:/a/../proc/sys/kernel',
    '/path:/sys/fs/cgroup',
    '/path:/dev',
    '/path:/dev/',
    '/path:/dev/pts',
    '/a\0:/b',
    '/a:/b\0',
    '/a:/b:ro:x',
  ])('%j is refused', (text) => {
    expect(() => parseVolume(text, '/cwd')).toThrow(/reading -v/);
  });

  test('volumes are refused with what to do instead', () => {
    expect(() => parseVolume('data:/data', '/')).toThrow(
      expect.objectContaining({ code: 'E_USAGE', hint: expect.stringContaining('./data') as string }),
    );
    expect(() => parseVolume('/data', '/')).toThrow(/volumes without a name do not exist yet/);
  });
});

describe('--mount is read as docker reads it', () => {
  const bind = { kind: 'bind', source: '/source', target: '/target', readonly: false };
  test.each([
    'type=bind,target=/target,source=/source',
    'type=bind,src=/source,dst=/target',
    'TYPE=BIND,source=/source,destination=/target,readonly=0',
    'type=bind,source=/source,target=/target,consistency=cached,bind-propagation=rprivate',
    'type=bind,source=/source,target=/target,relabel=shared',
    '"type=bind","source=/source",target=/target',
  ])('%s', (text) => {
    expect(parseMount(text, '/')).toMatchObject(bind);
  });
  test.each([
    ['readonly', { readonly: 'top' }],
    ['ro=true', { readonly: 'top' }],
    ['bind-nonrecursive', { recursive: false }],
    ['bind-recursive=disabled', { recursive: false }],
    ['ro,bind-recursive=readonly', { readonly: 'recursive' }],
    ['ro,bind-recursive=writable', { readonly: 'top' }],
    ['bind-propagation=rslave', { propagation: 'rslave' }],
  ])('with %s', (option, expected) => {
    expect(parseMount(`type=bind,src=/source,dst=/target,${option}`, '/')).toMatchObject(expected);
  });
  test('a source with a comma stands in quotes, a relative one is of the working directory', () => {
    expect(parseMount('type=bind,"src=/a,b ""c""",dst=/target', '/')).toMatchObject({ source: '/a,b "c"' });
    expect(parseMount('type=bind,source=./,target=/target', '/cwd')).toMatchObject({ source: '/cwd' });
  });
  test('a tmpfs', () => {
    for (const text of [
      'type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=0700',
      'type=tmpfs,dst=/t,tmpfs-size=1MB,tmpfs-mode=700',
    ])
      expect(parseMount(text, '/')).toEqual({
        kind: 'tmpfs',
        target: '/t',
        options: ['noexec', 'nosuid', 'nodev', 'mode=700', 'size=1048576'],
      });
  });
  test.each([
    ['type=bind,source=/foo', 'no target'],
    ['type=bind,target=/foo', 'no source'],
    ['target=/target,source=/foo', 'volume'],
    ['type=volume,target=/foo', 'volume'],
    ['type=image,source=a,target=/foo', 'image'],
    ['type=bind,bogus=foo', "no option 'bogus'"],
    ['type=bind,bogus', "no option 'bogus'"],
    ['type=bind,readonly=no', 'neither true nor false'],
    ['type=bind,source', 'needs a value'],
    ['type=bind,target=/foo,source=/foo,volume-nocopy=true', 'volume mounts stands with type=bind'],
    ['type=bind,target=/foo,source=/foo,tmpfs-size=1m', 'tmpfs mounts stands with type=bind'],
    ['type=tmpfs,target=/foo,source=/foo', 'has no source'],
    ['type=tmpfs,target=/foo,tmpfs-size=foo', 'not a size'],
    ['type=tmpfs,target=/foo,tmpfs-mode=foo', 'not octal'],
    ['type=bind,source=/a,target=/b,bind-recursive=readonly', 'needs readonly'],
    ['type=bind,source=/a,target=/b,bind-recursive=some', 'bind-recursive'],
    ['type=bind,source=/a,target=/b,bind-propagation=rshared', 'reach the host'],
    ['type=bind,source=/a,target=/proc/x', 'in /proc'],
    ['type=bind,"source=/a', 'not closed'],
    ['type=bind,"source=/a"x', 'behind a closing quote'],
    ['type=bind,so"urce=/a', 'inside a field'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parseMount(text, '/')).toThrow(why);
  });
});

test('--tmpfs is noexec, nosuid and nodev unless said otherwise', () => {
  expect(parseTmpfs('/run')).toEqual({
    kind: 'tmpfs',
    target: '/run',
    options: ['noexec', 'nosuid', 'nodev'],
  });
  expect(parseTmpfs('/run:rw,exec,size=65536k,mode=1777').options).toEqual([
    'nosuid',
    'nodev',
    'rw',
    'exec',
    'size=65536k',
    'mode=1777',
  ]);
  for (const bad of [
    'run',
    '/',
    '/proc',
    '/run:bogus',
    '/run:size=x',
    '/run:mode=9',
    '/run:upperdir=/x',
    '/run:size',
  ])
    expect(() => parseTmpfs(bad)).toThrow(/reading --tmpfs/);
});
