import { describe, expect, test } from 'vitest';
import { formatRuntimeConfig } from '../../../src/runtime/spec/runtime-config.js';
import { parseUlimit } from '../../../src/runtime/spec/ulimits.js';
import { parseTmpfs } from '../../../src/runtime/spec/user-mounts.js';
import { configWith } from './bundle.js';

test('the same input gives the same bytes, which are JSON with numbers in full', () => {
  const change = { request: { ulimits: [parseUlimit('memlock=-1')], hostname: 'a' } };
  const text = formatRuntimeConfig(configWith(change).config);
  expect(formatRuntimeConfig(configWith(change).config)).toBe(text);
  expect(text).toContain('"hard":18446744073709551615');
  expect(JSON.parse(text)).toMatchObject({ ociVersion: '1.0.2', hostname: 'a', root: { path: '/rootfs' } });
});

test('what the image has as volumes is said to be read-only where it is and docker would make room', () => {
  const image = { volumes: ['/data', '/var/lib/db/', '/mounted'] };
  const mounted = parseTmpfs('/mounted');
  const closed = configWith({
    image,
    request: { readonlyRoot: true, mounts: [mounted], command: ['/bin/sh'] },
  });
  expect(closed.notes).toEqual([expect.stringMatching(/\(\/data, \/var\/lib\/db\/\) .*--tmpfs \/data /)]);
  expect(configWith({ image, request: { command: ['/bin/sh'] } }).notes).toEqual([]);
  expect(
    configWith({
      image: { volumes: ['/mounted'] },
      request: { readonlyRoot: true, mounts: [mounted], command: ['/bin/sh'] },
    }).notes,
  ).toEqual([]);
});

test('by default nothing is given that docker would not give', () => {
  const { config, notes } = configWith({});
  expect(notes).toEqual([]);
  expect(config.process).toMatchObject({
    terminal: false,
    user: { uid: 0, gid: 0, additionalGids: [0] },
    noNewPrivileges: true,
    cwd: '/',
    rlimits: [],
  });
  expect(config.linux.maskedPaths).toEqual(
    expect.arrayContaining([
      '/proc/kcore',
      '/proc/keys',
      '/sys/firmware',
      '/sys/devices/system/cpu/cpu1/thermal_throttle',
    ]),
  );
  expect(config.linux.readonlyPaths).toEqual([
    '/proc/bus',
    '/proc/fs',
    '/proc/irq',
    '/proc/sys',
    '/proc/sysrq-trigger',
  ]);
  expect(config.linux.resources.devices?.[0]).toEqual({ allow: false, access: 'rwm' });
  expect(config.linux.seccomp?.architectures).toEqual(['SCMP_ARCH_X86_64']);
});

describe('what the image says', () => {
  const image = {
    user: 'app',
    env: ['A=1'],
    entrypoint: ['/entry'],
    cmd: ['x'],
    workingDir: '/srv',
    labels: new Map([['run.oci.hooks.stdout', '/bin/evil']]),
  };
  const files = { passwd: 'app:x:5:6::/home/app:', group: 'more:x:7:app' };
  test('is used where the user says nothing, and its labels never', () => {
    const { config } = configWith({ image, files });
    expect(config.process).toMatchObject({
      user: { uid: 5, gid: 6, additionalGids: [6, 7] },
      args: ['/entry', 'x'],
      cwd: '/srv',
    });
    expect(config.process.env).toEqual(expect.arrayContaining(['A=1', 'HOME=/home/app']));
    expect(JSON.stringify(config.process)).not.toContain('evil');
    expect(formatRuntimeConfig(config)).not.toContain('evil');
  });
  test('gives way to the user', () => {
    const request = { user: '0:0', entrypoint: '/other', workingDirectory: '/', command: ['y'] };
    expect(configWith({ image, files, request }).config.process).toMatchObject({
      user: { uid: 0, gid: 0, additionalGids: [0] },
      args: ['/other', 'y'],
      cwd: '/',
    });
  });
});

describe('without privileges', () => {
  const host = { rootless: true, cgroup: 'none' } as const;
  const node = {
    path: '/dev/fuse',
    source: '/dev/fuse',
    type: 'c',
    major: 10,
    minor: 229,
    fileMode: 0o666,
    uid: 0,
    gid: 0,
    access: 'rwm',
  } as const;
  test('there are no control groups, no rules on devices, and devices are bound', () => {
    const { config } = configWith({ host, request: { cgroupsPath: '/x', devices: [node] } });
    expect(config.linux.cgroupsPath).toBeUndefined();
    expect(config.linux.resources).toEqual({});
    expect(config.linux.devices).toBeUndefined();
    expect(config.mounts.at(-1)).toMatchObject({ destination: '/dev/fuse', type: 'bind' });
  });
  test('what cannot be is refused', () => {
    expect(() => configWith({ host, request: { limits: { pidsLimit: 5 } } })).toThrow(
      expect.objectContaining({ code: 'E_PRIVILEGE' }),
    );
    expect(() =>
      configWith({
        host,
        request: { deviceRules: [{ allow: true, type: 'c', major: 1, minor: 1, access: 'r' }] },
      }),
    ).toThrow(/no rule on devices/);
    expect(() =>
      configWith({
        host: { capSysResource: false, ownOomScoreAdjustment: 0 },
        request: { oomScoreAdjustment: -5 },
      }),
    ).toThrow(/may not go below its own/);
  });
  test('as root a device is a node with a rule', () => {
    const { linux } = configWith({ request: { devices: [node] } }).config;
    expect(linux.devices).toEqual([
      { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 },
    ]);
    expect(linux.resources.devices?.at(-1)).toEqual({
      allow: true,
      type: 'c',
      major: 10,
      minor: 229,
      access: 'rwm',
    });
  });
});

test('options take protections away one by one', () => {
  const of = (request: Parameters<typeof configWith>[0]['request'] & object) =>
    configWith({ request }).config;
  expect(of({ seccomp: 'unconfined' }).linux).not.toHaveProperty('seccomp');
  expect(of({ protectSystemPaths: false }).linux).toMatchObject({ maskedPaths: [], readonlyPaths: [] });
  expect(of({ noNewPrivileges: false }).process.noNewPrivileges).toBe(false);
  const capabilities = of({ addCapabilities: ['SYS_ADMIN'] });
  expect(capabilities.linux.seccomp?.syscalls[0].names).toContain('mount');
});
