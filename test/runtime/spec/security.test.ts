import { describe, expect, test } from 'vitest';
import {
  ALL_CAPABILITIES,
  capabilitySets,
  chooseCapabilities,
  DEFAULT_CAPABILITIES,
} from '../../../src/runtime/spec/capabilities.js';
import { parseDevice, parseDeviceRule } from '../../../src/runtime/spec/devices.js';
import { DEFAULT_SECURITY, parseSecurityOptions } from '../../../src/runtime/spec/security-options.js';

describe('capabilities are chosen as docker chooses them', () => {
  const without = (...names: string[]) => DEFAULT_CAPABILITIES.filter((name) => !names.includes(name));
  test.each([
    [[], [], DEFAULT_CAPABILITIES],
    [['sys_admin'], [], [...DEFAULT_CAPABILITIES, 'CAP_SYS_ADMIN']],
    [['CAP_Sys_Admin', 'SYS_ADMIN'], [], [...DEFAULT_CAPABILITIES, 'CAP_SYS_ADMIN']],
    [[], ['cap_chown', 'MKNOD'], without('CAP_CHOWN', 'CAP_MKNOD')],
    [[], ['all'], []],
    [['chown'], ['ALL'], ['CAP_CHOWN']],
    [['chown'], ['chown'], DEFAULT_CAPABILITIES],
    [['ALL'], [], ALL_CAPABILITIES],
    [['ALL'], ['chown'], ALL_CAPABILITIES.filter((name) => name !== 'CAP_CHOWN')],
    [['ALL'], ['ALL'], ALL_CAPABILITIES],
  ])('add %j, drop %j', (add, drop, expected) => {
    const made = chooseCapabilities(add, drop);
    expect([...made].sort()).toEqual([...expected].sort());
    // In the order of their numbers, whatever the order of the flags.
    expect(made).toEqual(ALL_CAPABILITIES.filter((name) => made.includes(name)));
  });
  test('the defaults are the mask that docker containers show', () => {
    const mask = DEFAULT_CAPABILITIES.reduce(
      (bits, name) => bits | (1n << BigInt(ALL_CAPABILITIES.indexOf(name))),
      0n,
    );
    expect(mask.toString(16)).toBe('a80425fb');
  });
  test('ALL is what can be had, and what cannot is refused', () => {
    const available = ['CAP_CHOWN', 'CAP_NET_ADMIN'];
    expect(chooseCapabilities(['ALL'], [], available)).toEqual(available);
    expect(chooseCapabilities([], [], available)).toEqual(['CAP_CHOWN']);
    expect(() => chooseCapabilities(['SYS_ADMIN'], [], available)).toThrow(
      expect.objectContaining({ code: 'E_PRIVILEGE' }),
    );
  });
  test('an unknown name has a hint of the nearest', () => {
    expect(() => chooseCapabilities(['NET_ADMN'], [])).toThrow(
      expect.objectContaining({ code: 'E_USAGE', hint: 'did you mean NET_ADMIN?' }),
    );
    expect(() => chooseCapabilities([], ['whatever-this-is'])).toThrow(/Linux has none/);
  });
  test('nothing is inherited or ambient, and others than root begin with nothing', () => {
    expect(capabilitySets(['CAP_CHOWN'], 0)).toEqual({
      bounding: ['CAP_CHOWN'],
      effective: ['CAP_CHOWN'],
      permitted: ['CAP_CHOWN'],
      inheritable: [],
      ambient: [],
    });
    expect(capabilitySets(['CAP_CHOWN'], 5)).toMatchObject({
      bounding: ['CAP_CHOWN'],
      effective: [],
      permitted: [],
    });
  });
});

describe('--security-opt', () => {
  test.each([
    [[], {}],
    [['no-new-privileges'], { noNewPrivileges: true }],
    [['no-new-privileges=false'], { noNewPrivileges: false }],
    [['no-new-privileges:true'], { noNewPrivileges: true }],
    [['seccomp=unconfined'], { seccomp: { kind: 'unconfined' } }],
    [['seccomp:unconfined', 'seccomp=builtin'], { seccomp: { kind: 'default' } }],
    [['seccomp=a=b:c.json'], { seccomp: { kind: 'file', path: 'a=b:c.json' } }],
    [['systempaths=unconfined'], { protectSystemPaths: false }],
    [['apparmor=unconfined', 'label=disable', 'label:disable'], {}],
  ])('%j', (texts, expected) => {
    expect(parseSecurityOptions(texts)).toEqual({ ...DEFAULT_SECURITY, ...expected });
  });
  test.each([
    'apparmor=docker-default',
    'label=type:svirt',
    'seccomp',
    'seccomp=',
    'no-new-privileges=maybe',
    'systempaths=/proc/acpi',
    'writable-cgroups=true',
    'unknown',
    '',
    '=',
  ])('%j is refused', (text) => {
    expect(() => parseSecurityOptions([text])).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

test('devices are read as docker reads them', () => {
  expect(parseDevice('/dev/sda')).toEqual({ source: '/dev/sda', target: '/dev/sda', access: 'rwm' });
  expect(parseDevice('/dev/sda:r')).toEqual({ source: '/dev/sda', target: '/dev/sda', access: 'r' });
  expect(parseDevice('/dev/sda:/dev/xvda:rw')).toEqual({
    source: '/dev/sda',
    target: '/dev/xvda',
    access: 'rw',
  });
  for (const bad of [
    '',
    'sda',
    '/dev/sda:',
    '/dev/sda:/dev/x:rx',
    '/dev/sda:/dev/x:rr',
    '/dev/a:/etc/x',
    '/dev/a:/dev/../x',
  ])
    expect(() => parseDevice(bad)).toThrow(/reading --device/);
  expect(parseDeviceRule('c 42:* rmw')).toEqual({
    allow: true,
    type: 'c',
    major: 42,
    minor: -1,
    access: 'rmw',
  });
  for (const bad of ['', 'x 1:1 r', 'c 1 r', 'c 1:1', 'c 1:1 rr', 'c 1:1 x'])
    expect(() => parseDeviceRule(bad)).toThrow(/rule/);
});
