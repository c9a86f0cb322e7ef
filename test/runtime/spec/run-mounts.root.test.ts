import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { PRIVATE_NAMESPACES } from '../../../src/runtime/spec/namespaces.js';
import { parseTmpfs, parseVolume } from '../../../src/runtime/spec/user-mounts.js';
import { needTool } from '../../helpers/tool.js';
import { useContainers } from './containers.js';

/* Mounts and namespaces of containers that real runtimes make from our configuration. */

const { folder, run, shell } = useContainers();

describe.each(['crun', 'runc'])('%s', (runtime) => {
  beforeAll(() => needTool(runtime));

  test('mounts are there with their options, on a root nobody can write, where targets were made before', () => {
    const host = folder();
    const source = path.join(host, `source-${runtime}`);
    const file = path.join(host, `hosts-${runtime}`);
    mkdirSync(source);
    writeFileSync(path.join(source, 'inside'), 'seen\n');
    writeFileSync(file, '127.0.0.1 localhost\n');
    const lines = shell(
      runtime,
      `cat /data/inside /etc/hosts; echo more >/data/written && cat /data/written
       (echo x >/kept/x) 2>/dev/null || echo readonly; echo x >/scratch/deep/x && echo scratch
       (echo x >/x) 2>/dev/null || echo root
       awk '$2 ~ "^/(data|kept|scratch)" {print $2, $4}' /proc/mounts`,
      {
        readonlyRoot: true,
        etcFiles: { hosts: file },
        mounts: [
          parseVolume(`${source}:/data`, '/'),
          parseVolume(`${source}:/kept:ro`, '/'),
          parseTmpfs('/scratch/deep:size=1m,mode=700'),
        ],
      },
    );
    expect(lines.slice(0, 6)).toEqual(['seen', '127.0.0.1 localhost', 'more', 'readonly', 'scratch', 'root']);
    const options = new Map(lines.slice(6).map((line) => line.split(' ') as [string, string]));
    for (const target of ['/data', '/kept', '/scratch/deep'])
      expect(options.get(target)?.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
    expect(options.get('/kept')).toMatch(/^ro,/);
    expect(options.get('/scratch/deep')).toMatch(/noexec.*size=1024k.*mode=700/);
  });

  test('namespaces of the host are kept where asked for', () => {
    const lines = shell(
      runtime,
      'readlink /proc/self/ns/net; readlink /proc/self/ns/uts; readlink /proc/self/ns/ipc',
      {
        namespaces: { ...PRIVATE_NAMESPACES, network: 'host', uts: 'host', ipc: 'host' },
      },
    );
    expect(lines).toEqual(['net', 'uts', 'ipc'].map((name) => readlinkSync(`/proc/self/ns/${name}`)));
  });

  test('a user namespace has the ids of its maps', () => {
    const map = [{ containerID: 0, hostID: 0, size: 65_536 }];
    const lines = shell(
      runtime,
      'cat /proc/self/uid_map; readlink /proc/self/ns/user; cat /proc/sys/net/ipv4/ping_group_range',
      {
        namespaces: { ...PRIVATE_NAMESPACES, user: { uids: map, gids: map } },
      },
    );
    expect(lines[0].trim().split(/\s+/)).toEqual(['0', '0', '65536']);
    expect(lines[1]).not.toBe(readlinkSync('/proc/self/ns/user'));
    expect(lines[2].split(/\s+/)).toEqual(['0', '65535']);
  });
});

test('without privileges outside, inside a user namespace, crun takes it as well', () => {
  needTool('unshare');
  const map = [{ containerID: 0, hostID: 0, size: 1 }];
  const lines = run(
    'crun',
    [
      '/bin/sh',
      '-c',
      'id -u; cat /proc/self/uid_map; grep -E "^(CapEff|Seccomp:)" /proc/self/status; ls /sys/fs/cgroup; mount -t tmpfs x /tmp 2>/dev/null || echo refused',
    ],
    {},
    {
      host: { rootless: true, cgroup: 'none', capSysResource: false, idMaps: { uids: map, gids: map } },
      inside: ['unshare', '--user', '--map-root-user', '--mount', '--propagation', 'slave'],
    },
  );
  expect(lines.map((line) => line.trim().replace(/\s+/g, ' '))).toEqual([
    '0',
    '0 0 1',
    'CapEff: 00000000a80425fb',
    'Seccomp: 2',
    'refused',
  ]);
});
