import { describe, expect, test } from 'vitest';
import { changeLimits, withoutUnlimited } from '../../../src/runtime/spec/change-limits.js';
import type { LimitRequest } from '../../../src/runtime/spec/limits.js';
import type { ResourcesConfig } from '../../../src/runtime/spec/runtime-config.js';

const HOST = { cgroup: 'v1', hasSwapLimit: true, cpus: 4 } as const;
const M = 1024 * 1024;

const change = (current: ResourcesConfig, request: LimitRequest): ResourcesConfig =>
  changeLimits(current, request, HOST);

describe('what is named changes, all else stays', () => {
  const current: ResourcesConfig = {
    memory: { limit: 64 * M, swap: 128 * M },
    cpu: { shares: 512, cpus: '0' },
    pids: { limit: 10 },
  };

  test.each<[LimitRequest, ResourcesConfig]>([
    [{}, current],
    [{ pidsLimit: 20 }, { ...current, pids: { limit: 20 } }],
    [{ memory: 32 * M }, { ...current, memory: { limit: 32 * M, swap: 128 * M } }],
    [{ memorySwap: 70 * M }, { ...current, memory: { limit: 64 * M, swap: 70 * M } }],
    [
      { memory: 256 * M, memorySwap: -1 },
      { ...current, memory: { limit: 256 * M, swap: -1 } },
    ],
    [{ nanoCpus: 5e8 }, { ...current, cpu: { ...current.cpu, quota: 50_000, period: 100_000 } }],
    [
      { cpuShares: 2, cpusetCpus: '1' },
      { ...current, cpu: { shares: 2, cpus: '1' } },
    ],
    // Undefined takes a limit away.
    [{ memory: undefined }, { ...current, memory: { limit: -1, swap: -1 } }],
    [
      { pidsLimit: undefined, cpuShares: undefined },
      { ...current, pids: { limit: -1 }, cpu: { shares: 1024, cpus: '0' } },
    ],
    [{ nanoCpus: undefined }, { ...current, cpu: { ...current.cpu, quota: -1 } }],
  ])('%j', (request, expected) => {
    expect(change(current, request)).toEqual(expected);
  });

  test('a first limit of memory is twice with swap, where the kernel counts that', () => {
    expect(change({}, { memory: 8 * M })).toEqual({ memory: { limit: 8 * M, swap: 16 * M } });
    expect(changeLimits({}, { memory: 8 * M }, { ...HOST, hasSwapLimit: false })).toEqual({
      memory: { limit: 8 * M },
    });
  });

  test.each<[ResourcesConfig, LimitRequest]>([
    [current, { memory: 200 * M }],
    [current, { memory: 100 * M, memorySwap: 99 * M }],
    [{}, { memorySwap: 99 * M }],
    [current, { memory: undefined, memorySwap: 99 * M }],
    [current, { nanoCpus: 5e8, cpuQuota: 1000 }],
    [current, { nanoCpus: 5e9 }],
  ])('%j with %j is refused', (from, request) => {
    expect(() => change(from, request)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

test('no limit is kept as none', () => {
  expect(
    withoutUnlimited({ memory: { limit: -1, swap: -1 }, cpu: { quota: -1, shares: 3 }, pids: { limit: -1 } }),
  ).toEqual({ cpu: { shares: 3 } });
  expect(withoutUnlimited({ memory: { limit: 5, swap: -1 } })).toEqual({ memory: { limit: 5 } });
});
