import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type LimitRequest,
  makeResources,
  parseCpuPeriod,
  parseCpuQuota,
  parseCpus,
  parseCpuset,
  parseCpuShares,
  parseMemory,
  parseMemorySwap,
  parsePidsLimit,
} from '../../../src/runtime/spec/limits.js';
import { parseSize } from '../../../src/runtime/spec/sizes.js';
import { clampUlimits, parseOwnLimits, parseUlimit, UNLIMITED } from '../../../src/runtime/spec/ulimits.js';

const KIB = 1024;
const MIB = KIB * KIB;

describe('sizes are those of docker/go-units', () => {
  test.each([
    ['32', 32],
    ['32b', 32],
    ['32B', 32],
    ['32k', 32 * KIB],
    ['32Kb', 32 * KIB],
    ['32KIB', 32 * KIB],
    ['32Mb', 32 * MIB],
    ['32gb', 32 * KIB * MIB],
    ['2T', 2 * MIB * MIB],
    ['2Pb', 2 * KIB * MIB * MIB],
    ['32.3', 32],
    ['32.3 mb', Math.trunc(32.3 * MIB)],
    ['0.3MB', Math.trunc(0.3 * MIB)],
  ])('%s', (text, bytes) => {
    expect(parseSize(text, '--memory')).toBe(bytes);
  });
  test.each(['', 'hello', '-32', '.3kB', ' 32 ', '32m b', '32bm', '1.2.3m', '99999p', '1e3', '0x10', '５m'])(
    '%j is none',
    (text) => {
      expect(() => parseSize(text, '--memory')).toThrow(/reading --memory .*: not a size/);
    },
  );
  test('any whole number of any unit', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom('b', 'k', 'm', 'g'), (count, unit) => {
        expect(parseSize(`${String(count)}${unit}`, 'x')).toBe(count * KIB ** 'bkmg'.indexOf(unit));
      }),
    );
  });
});

describe('each flag', () => {
  test('memory is at least 6 MiB, and 0 is no limit', () => {
    expect(parseMemory('6m')).toBe(6 * MIB);
    expect(parseMemory('0')).toBeUndefined();
    expect(() => parseMemory('4m')).toThrow(/less than 6m/);
    expect(parseMemorySwap('-1')).toBe(-1);
    expect(parseMemorySwap('1g')).toBe(KIB * MIB);
  });
  test('processors', () => {
    expect(parseCpus('1.5')).toBe(1_500_000_000);
    expect(parseCpus('.5')).toBe(500_000_000);
    expect(parseCpus('0')).toBeUndefined();
    for (const bad of ['', '.', '-1', '1.0000000001', '1e3', '1/2', 'two'])
      expect(() => parseCpus(bad)).toThrow(/not a number of processors/);
    expect(parseCpuset('0-2,7')).toBe('0-2,7');
    for (const bad of ['', '2-1', '0,', '-1', '0-', 'a', '99999', '0-8192'])
      expect(() => parseCpuset(bad)).toThrow(/not a list/);
    expect(parseCpuShares('512')).toBe(512);
    expect(parseCpuShares('0')).toBeUndefined();
    expect(() => parseCpuShares('1')).toThrow(/from 2 to 262144/);
    expect(() => parseCpuPeriod('999')).toThrow(/from 1000 to 1000000/);
    expect(() => parseCpuQuota('999')).toThrow(/from 1000/);
    expect(parseCpuQuota('-1')).toBeUndefined();
  });
  test('processes', () => {
    expect(parsePidsLimit('100')).toBe(100);
    expect(parsePidsLimit('-1')).toBeUndefined();
    expect(() => parsePidsLimit('-2')).toThrow(/--pids-limit/);
  });
});

describe('resources', () => {
  const host = { cgroup: 'v1', hasSwapLimit: true, cpus: 2 } as const;
  const of = (request: LimitRequest, change: Partial<Parameters<typeof makeResources>[1]> = {}) =>
    makeResources(request, { ...host, ...change });

  test('nothing asked for is nothing set, even where nothing could be', () => {
    expect(of({ memory: undefined }, { cgroup: 'none' })).toEqual({ resources: {}, notes: [] });
  });
  test('memory and swap together are twice the memory, unless said, and only where swap is counted', () => {
    const memory = 64 * MIB;
    expect(of({ memory }).resources).toEqual({ memory: { limit: memory, swap: 2 * memory } });
    expect(of({ memory, memorySwap: memory }).resources).toEqual({ memory: { limit: memory, swap: memory } });
    expect(of({ memory, memorySwap: -1 }).resources).toEqual({ memory: { limit: memory } });
    const without = of({ memory, memorySwap: memory }, { hasSwapLimit: false });
    expect(without.resources).toEqual({ memory: { limit: memory } });
    expect(without.notes).toHaveLength(1);
    expect(() => of({ memory, memorySwap: memory - 1 })).toThrow(/less than --memory/);
    expect(() => of({ memorySwap: memory })).toThrow(/needs --memory/);
    expect(() => of({ memory, memoryReservation: memory + 1 })).toThrow(/more than --memory/);
  });
  test('--cpus is a share of each tenth of a second', () => {
    expect(of({ nanoCpus: 500_000_000 }).resources).toEqual({ cpu: { quota: 50_000, period: 100_000 } });
    expect(of({ nanoCpus: 10_000_000 }).resources.cpu).toEqual({ quota: 1000, period: 100_000 });
    expect(of({ cpuQuota: 2000, cpuPeriod: 4000 }).resources.cpu).toEqual({ quota: 2000, period: 4000 });
    expect(() => of({ nanoCpus: 2_000_000_001 })).toThrow(/from 0.01 to 2/);
    expect(() => of({ nanoCpus: 9_999_999 })).toThrow(/from 0.01 to 2/);
    expect(() => of({ nanoCpus: 500_000_000, cpuQuota: 1000 })).toThrow(/cannot stand beside/);
  });
  test('processors are named that are there', () => {
    expect(of({ cpusetCpus: '0-1,3' }, { onlineProcessors: () => '0-3' }).resources).toEqual({
      cpu: { cpus: '0-1,3' },
    });
    expect(of({ cpusetCpus: '99' }).resources).toEqual({ cpu: { cpus: '99' } });
    expect(() => of({ cpusetCpus: '0-4' }, { onlineProcessors: () => '0-1,3-4' })).toThrow(/not there/);
    expect(() => of({ cpusetCpus: '99' }, { onlineProcessors: () => '0-3' })).toThrow(/not there/);
  });
  test('a limit that cannot be kept is refused, never left out', () => {
    expect(() => of({ pidsLimit: 5 }, { cgroup: 'none' })).toThrow(/no control group can be written/);
  });
});

describe('ulimits', () => {
  test.each([
    ['nofile=512:1024', 512n, 1024n],
    ['nofile=1024', 1024n, 1024n],
    ['nofile=1024:-1', 1024n, UNLIMITED],
    ['memlock=infinity:infinity', UNLIMITED, UNLIMITED],
    ['core=0', 0n, 0n],
  ])('%s', (text, soft, hard) => {
    expect(parseUlimit(text)).toEqual({ name: text.slice(0, text.indexOf('=')), soft, hard });
  });
  test.each([
    'notarealtype=1024:1024',
    'as=1',
    'nofile:1024:1024',
    'nofile',
    'nofile=',
    'nofile=:',
    'nofile=:1024',
    'nofile=1024:',
    'nofile=1024:1',
    'nofile=-1:1024',
    'nofile=asdf',
    'nofile=1024:asdf',
    'nofile=1024:1:50',
    'nofile=-2',
  ])('%s is refused', (text) => {
    expect(() => parseUlimit(text)).toThrow(/reading --ulimit/);
  });
  test('a misspelt name has a hint', () => {
    expect(() => parseUlimit('nofiles=1')).toThrow(expect.objectContaining({ hint: 'did you mean nofile?' }));
  });

  const own = parseOwnLimits(
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max open files            1024                 20000                files     \n' +
      'Max processes             unlimited            unlimited            processes \n' +
      'Max realtime priority     0                    0                    \n',
  );
  test('own limits are read', () => {
    expect([...own]).toEqual([
      ['nofile', 20_000n],
      ['rtprio', 0n],
    ]);
  });
  test('come down to our own, say so, and do not where they may be raised', () => {
    const wanted = ['nproc=-1', 'nofile=30000:-1', 'nofile=1000:30000'].map(parseUlimit);
    const { rlimits, notes } = clampUlimits(wanted, own, false);
    expect(rlimits).toEqual([
      { type: 'RLIMIT_NOFILE', soft: 1000n, hard: 20_000n },
      { type: 'RLIMIT_NPROC', soft: UNLIMITED, hard: UNLIMITED },
    ]);
    expect(notes).toEqual([expect.stringContaining('nofile: brought down to 20000')]);
    expect(clampUlimits(wanted, own, true).rlimits[0].hard).toBe(30_000n);
    expect(clampUlimits([parseUlimit('nofile=50000')], own, false).rlimits[0].soft).toBe(20_000n);
  });
});
