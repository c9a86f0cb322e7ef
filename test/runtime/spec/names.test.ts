import { describe, expect, test } from 'vitest';
import { parseHostName } from '../../../src/runtime/spec/host-name.js';
import { formatHostname, formatHosts, parseAddHost } from '../../../src/runtime/spec/hosts.js';
import { makeNamespaces, PRIVATE_NAMESPACES } from '../../../src/runtime/spec/namespaces.js';
import {
  chooseResolver,
  formatResolver,
  parseNameServer,
  parseResolverOption,
  parseSearchDomain,
  readResolver,
} from '../../../src/runtime/spec/resolver.js';
import { makeSysctls, parseSysctl } from '../../../src/runtime/spec/sysctls.js';

describe('host names are of RFC 1123, with underscores as docker takes them', () => {
  test.each(['a', 'my_db', '_a', 'box', 'Box-1.example.org', '0a', 'x'.repeat(63)])('%s', (text) => {
    expect(parseHostName(text, '--hostname')).toBe(text);
  });
  test.each(['', '-a', 'a-', 'a..b', '.a', 'a.', 'a/b', 'a b', 'a\n127.0.0.1 b', 'ü', 'x'.repeat(64)])(
    '%j is refused',
    (text) => {
      expect(() => parseHostName(text, '--hostname')).toThrow(/reading --hostname/);
    },
  );
});

describe('--add-host', () => {
  test.each([
    ['my-host:127.0.0.1', 'my-host', '127.0.0.1'],
    ['my-host:::1', 'my-host', '::1'],
    ['my-host=::1', 'my-host', '::1'],
    ['my-host:[::1]', 'my-host', '::1'],
    ['my_host=[2001:db8::1]', 'my_host', '2001:db8::1'],
    ['gateway:host-gateway', 'gateway', '10.1.0.1'],
  ])('%s', (text, name, address) => {
    expect(parseAddHost(text, '10.1.0.1')).toEqual({ name, address });
  });
  test.each([
    'a',
    'a:',
    ':1.2.3.4',
    'a:1.2.3',
    'a:b:c',
    'a b:1.2.3.4',
    'a\n:1.2.3.4',
    'a:fe80::1%eth0',
    '=::1',
  ])('%j is refused', (text) => {
    expect(() => parseAddHost(text, undefined)).toThrow(/reading --add-host/);
  });
  test('without a gateway there is none', () => {
    expect(() => parseAddHost('a:host-gateway', undefined)).toThrow(/no gateway/);
  });
});

test('/etc/hosts has the loopback names, what was added, and the container by all its names', () => {
  const extra = [parseAddHost('db:10.0.0.7', undefined)];
  const text = formatHosts({ hostname: 'web', domainname: 'example.org', addresses: ['10.0.0.2'], extra });
  expect(text).toMatch(/^127\.0\.0\.1\tlocalhost\n/);
  expect(text).toMatch(/\n10\.0\.0\.7\tdb\n10\.0\.0\.2\tweb\.example\.org web\n$/);
  expect(formatHosts({ hostname: 'web', domainname: undefined, addresses: [], extra: [] })).toMatch(
    /\n127\.0\.0\.1\tweb\n::1\tweb\n$/,
  );
  expect(formatHostname('web')).toBe('web\n');
});

describe('resolv.conf', () => {
  const host = readResolver(
    '# made by\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nnameserver bad\nsearch old\nsearch a.org b.org\noptions edns0 trust-ad\nsortlist x\n',
  );
  const none = { servers: [], search: [], options: [] };
  test("is the host's, without servers on its loopback", () => {
    expect(formatResolver(chooseResolver({ host, user: none, sharesNetwork: false }))).toBe(
      'nameserver 10.0.0.1\nsearch a.org b.org\noptions edns0 trust-ad\n',
    );
    expect(chooseResolver({ host, user: none, sharesNetwork: true }).servers).toEqual([
      '127.0.0.53',
      '10.0.0.1',
    ]);
  });
  test('is what the user says of each kind', () => {
    const user = { servers: ['127.0.0.1'], search: ['.'], options: ['ndots:2'] };
    expect(formatResolver(chooseResolver({ host, user, sharesNetwork: false }))).toBe(
      'nameserver 127.0.0.1\noptions ndots:2\n',
    );
  });
  test('flags are checked', () => {
    expect(parseNameServer(' 10.0.0.1 ')).toBe('10.0.0.1');
    expect(parseSearchDomain('example.org.')).toBe('example.org.');
    expect(parseSearchDomain('.')).toBe('.');
    expect(parseResolverOption('ndots:2')).toBe('ndots:2');
    for (const bad of ['', 'host', '1.2.3', '1.1.1.1\nsearch x'])
      expect(() => parseNameServer(bad)).toThrow(/--dns/);
    for (const bad of ['', '123', '-a.org', 'a b', 'a\nb', 'a..b'])
      expect(() => parseSearchDomain(bad)).toThrow(/--dns-search/);
    for (const bad of ['', 'a b', 'A\nB', 'ndots:x'])
      expect(() => parseResolverOption(bad)).toThrow(/--dns-option/);
  });
});

describe('sysctls', () => {
  test.each([
    'net.core.somaxconn=1024',
    'kernel.shmmax=1',
    'kernel.sem=1 2 3 4',
    'fs.mqueue.msg_max=10',
    'net.a.b=',
  ])('%s', (text) => {
    expect(parseSysctl(text).join('=')).toBe(text);
  });
  test.each([
    'kernel.core_pattern=|/x',
    'vm.swappiness=1',
    'kernel.shm=1',
    'kernel.domainname=x',
    'net/core/somaxconn=1',
    'net..x=1',
    'net./../kernel/core_pattern=x',
    'net.=1',
    'net=1',
    'net.a',
    '=1',
    '',
    'net.a=1\n2',
    'net.a\0=1',
  ])('%j is refused', (text) => {
    expect(() => parseSysctl(text)).toThrow(/reading --sysctl/);
  });

  const of = (change: Partial<Parameters<typeof makeSysctls>[0]>) =>
    makeSysctls({
      wanted: [],
      namespaces: PRIVATE_NAMESPACES,
      idMaps: { uids: [], gids: [] },
      domainname: undefined,
      ...change,
    });
  const gids = (...extents: [number, number, number][]) =>
    extents.map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
  test.each([
    [gids(), '0 2147483647'],
    [gids([0, 200_000, 65_536]), '0 65535'],
    [gids([0, 1000, 1], [1, 100_000, 65_535]), '0 65535'],
    [gids([1, 100_000, 65_535], [0, 1000, 1]), '0 65535'],
    [gids([0, 1000, 1]), '0 0'],
    [gids([0, 1000, 1], [5, 100_000, 10]), '0 0'],
    [gids([5, 1000, 1]), '0 0'],
    [gids([0, 0, 2 ** 32 - 1]), '0 2147483647'],
  ])('groups that may ping are those with a place outside: %j', (map, expected) => {
    expect(of({ idMaps: { uids: map, gids: map } })['net.ipv4.ping_group_range']).toBe(expected);
  });
  test('are of namespaces of its own only', () => {
    const shared = { ...PRIVATE_NAMESPACES, network: 'host', ipc: { path: '/proc/1/ns/ipc' } } as const;
    expect(of({ namespaces: shared })).toEqual({});
    for (const name of ['net.core.somaxconn=1', 'kernel.sem=1'])
      expect(() => of({ namespaces: shared, wanted: [parseSysctl(name)] })).toThrow(/namespace of its own/);
    expect(
      of({ wanted: [parseSysctl('net.ipv4.ip_unprivileged_port_start=80')], domainname: 'x.org' }),
    ).toMatchObject({
      'net.ipv4.ip_unprivileged_port_start': '80',
      'kernel.domainname': 'x.org',
    });
  });
});

test('namespaces are new, the host’s, or entered', () => {
  expect(makeNamespaces(PRIVATE_NAMESPACES).map(({ type }) => type)).toEqual([
    'pid',
    'network',
    'ipc',
    'uts',
    'mount',
    'cgroup',
  ]);
  const map = [{ containerID: 0, hostID: 1, size: 1 }];
  expect(
    makeNamespaces({
      network: { path: '/run/netns/a' },
      pid: 'host',
      ipc: 'host',
      uts: 'host',
      cgroup: 'host',
      user: { uids: map, gids: map },
    }),
  ).toEqual([{ type: 'user' }, { type: 'network', path: '/run/netns/a' }, { type: 'mount' }]);
});
