import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALL_CAPABILITIES, DEFAULT_CAPABILITIES } from '../../../src/runtime/spec/capabilities.js';
import { makeSeccomp } from '../../../src/runtime/spec/seccomp.js';
import { readSeccompFile } from '../../../src/runtime/spec/seccomp-file.js';
import { ALLOWED, ALLOWED_BY_CAPABILITY, REFUSED } from '../../../src/runtime/spec/syscalls.js';
import { needTool } from '../../helpers/tool.js';

describe('the filter', () => {
  const options = { architecture: 'x86_64', capabilities: DEFAULT_CAPABILITIES } as const;
  const allowed = (capabilities: readonly string[]) =>
    makeSeccomp({ ...options, capabilities }).syscalls.flatMap(({ action, names }) =>
      action === 'SCMP_ACT_ALLOW' ? names : [],
    );

  test('no call is in two lists, and none twice in one', () => {
    const all = Object.values(ALLOWED).flat();
    expect(new Set(all).size).toBe(all.length);
    const gated = Object.values(ALLOWED_BY_CAPABILITY).flat();
    expect(all.filter((name) => gated.includes(name) || REFUSED.includes(name))).toEqual([]);
    expect(gated.filter((name) => REFUSED.includes(name))).toEqual([]);
  });

  test('a call is allowed or refused as a whole, or by its arguments, never both', () => {
    for (const capabilities of [[], DEFAULT_CAPABILITIES, ALL_CAPABILITIES]) {
      const { syscalls } = makeSeccomp({ ...options, capabilities });
      const whole = syscalls.filter(({ args }) => args === undefined).flatMap(({ names }) => names);
      expect(new Set(whole).size).toBe(whole.length);
      const partly = syscalls.filter(({ args }) => args !== undefined).flatMap(({ names }) => names);
      expect(partly.filter((name) => whole.includes(name))).toEqual([]);
    }
  });

  test('each capability brings its calls and no others', () => {
    const none = allowed([]);
    for (const [name, calls] of Object.entries(ALLOWED_BY_CAPABILITY)) {
      const more = allowed([name]).filter((call) => !none.includes(call));
      expect([...more].sort()).toEqual([...calls].filter((call) => call !== 'clone').sort());
    }
  });

  test('never allowed: keys, rings, page faults and new kernels, with whatever capabilities', () => {
    const all = allowed(ALL_CAPABILITIES);
    for (const name of [
      'keyctl',
      'add_key',
      'request_key',
      'io_uring_setup',
      'userfaultfd',
      'kexec_load',
      'pivot_root',
    ])
      expect(all).not.toContain(name);
  });

  test('allows no more than the profile of containers-common, but for calls newer than that', () => {
    needTool('podman');
    const file = ['/usr/share/containers/seccomp.json', '/etc/containers/seccomp.json'].find(existsSync);
    const theirs = readSeccompFile(readFileSync(file ?? ''), 'seccomp.json', {
      ...options,
      kernel: '6.12.0',
    });
    const known = new Set(theirs.syscalls.flatMap(({ names }) => names));
    const theirAllowed = new Set(
      theirs.syscalls.flatMap(({ action, names }) => (action === 'SCMP_ACT_ALLOW' ? names : [])),
    );
    const more = allowed(DEFAULT_CAPABILITIES).filter((name) => known.has(name) && !theirAllowed.has(name));
    expect(more).toEqual(
      ['io_pgetevents', 'vmsplice'].filter((name) => known.has(name) && !theirAllowed.has(name)),
    );
  });

  test('32-bit programs run where asked for', () => {
    expect(makeSeccomp(options).architectures).toEqual(['SCMP_ARCH_X86_64']);
    expect(makeSeccomp({ ...options, thirtyTwoBit: true }).architectures).toEqual([
      'SCMP_ARCH_X86_64',
      'SCMP_ARCH_X86',
    ]);
    expect(makeSeccomp({ ...options, architecture: 'aarch64', thirtyTwoBit: true }).architectures).toEqual([
      'SCMP_ARCH_AARCH64',
      'SCMP_ARCH_ARM',
    ]);
  });
});

describe('a profile of the user', () => {
  const options = {
    architecture: 'x86_64',
    capabilities: ['CAP_SYS_ADMIN'],
    kernel: '6.1.0-9-amd64',
  } as const;
  const rule = (more: object) => ({ names: ['mount'], action: 'SCMP_ACT_ALLOW', ...more });
  const read = (...rules: object[]) =>
    readSeccompFile(
      Buffer.from(JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1, syscalls: rules })),
      'profile.json',
      options,
    );

  test.each([
    [{}, 1],
    [{ args: null, includes: {}, excludes: {} }, 1],
    [{ includes: { caps: ['CAP_SYS_ADMIN'] } }, 1],
    [{ includes: { caps: ['CAP_SYS_ADMIN', 'CAP_BPF'] } }, 0],
    [{ excludes: { caps: ['CAP_SYS_ADMIN'] } }, 0],
    [{ includes: { arches: ['amd64', 'x32'] } }, 1],
    [{ includes: { arches: ['arm64'] } }, 0],
    [{ excludes: { arches: ['amd64'] } }, 0],
    [{ includes: { minKernel: '4.8' } }, 1],
    [{ includes: { minKernel: '6.1' } }, 1],
    [{ includes: { minKernel: '6.2' } }, 0],
    [{ includes: { minKernel: '10.0' } }, 0],
  ])('%j', (more, count) => {
    expect(read(rule(more)).syscalls).toHaveLength(count);
  });
  test('keeps arguments and errno, and takes the architecture from the host', () => {
    const args = [{ index: 0, value: 2114060288, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }];
    expect(read(rule({ args, errnoRet: 38 }))).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [{ names: ['mount'], action: 'SCMP_ACT_ALLOW', errnoRet: 38, args }],
    });
  });
  test.each([
    '',
    '[]',
    '{}',
    '{"defaultAction":"allow"}',
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}}',
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ALLOW"}]}',
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW","args":[{"index":9,"value":1,"op":"SCMP_CMP_EQ"}]}]}',
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"new"}}]}',
    '{"defaultAction":"SCMP_ACT_ALLOW","defaultAction":"SCMP_ACT_ERRNO"}',
  ])('%s is refused', (text) => {
    expect(() => readSeccompFile(Buffer.from(text), 'profile.json', options)).toThrow(
      /profile\.json|kernel version/,
    );
  });
});
