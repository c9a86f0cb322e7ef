import { describe, expect, test } from 'vitest';
import {
  formatPlatform,
  hostPlatform,
  normalizePlatform,
  parsePlatform,
  platformDistance,
} from '../../src/model/platform.js';

const distance = (have: string, want: string): number | undefined =>
  platformDistance(parsePlatform(have), parsePlatform(want));

// containerd/platforms, normalizeArch and its tests.
test.each([
  ['linux/x86_64', 'linux/amd64'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/7', 'linux/arm/v7'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/i386', 'linux/386'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['macOS/arm64', 'darwin/arm64'],
  ['Linux/AMD64', 'linux/amd64'],
  ['arm64', 'linux/arm64'],
  ['windows/amd64', 'windows/amd64'],
])('%s is %s', (text, normal) => {
  expect(formatPlatform(parsePlatform(text))).toBe(normal);
  expect(normalizePlatform(parsePlatform(text))).toEqual(parsePlatform(text));
});

test.each(['', 'linux/', '/amd64', 'linux/arm/v7/x', 'linux', 'linux/am d64', 'linux/amd64\u001b'])(
  '%j is E_USAGE',
  (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }) as Error);
  },
);

describe('a machine also runs older levels of its architecture, the nearest first', () => {
  test('arm', () => {
    expect(['v8', 'v7', 'v6', 'v5'].map((v) => distance(`linux/arm/${v}`, 'linux/arm/v7'))).toEqual([
      undefined,
      0,
      1,
      2,
    ]);
  });
  test('amd64', () => {
    expect(['', '/v2', '/v3', '/v4'].map((v) => distance(`linux/amd64${v}`, 'linux/amd64/v3'))).toEqual([
      2,
      1,
      0,
      undefined,
    ]);
    expect(distance('linux/amd64/v2', 'linux/amd64')).toBeUndefined();
  });
  test('and nothing else', () => {
    expect(distance('linux/arm64', 'linux/arm/v7')).toBeUndefined();
    expect(distance('windows/amd64', 'linux/amd64')).toBeUndefined();
    expect(distance('linux/386', 'linux/amd64')).toBeUndefined();
  });
});

test.each([
  ['x64', 'linux/amd64'],
  ['arm64', 'linux/arm64'],
  ['ia32', 'linux/386'],
  ['arm', 'linux/arm/v7'],
  ['ppc64', 'linux/ppc64le'],
  ['riscv64', 'linux/riscv64'],
])("node's %s is %s", (arch, platform) => {
  expect(formatPlatform(hostPlatform(arch))).toBe(platform);
});
