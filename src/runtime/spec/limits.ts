import { fail } from '../../model/error.js';
import type { HostFacts } from './host-facts.js';
import type { ResourcesConfig } from './runtime-config.js';
import { parseSize, parseWhole } from './sizes.js';

/** What the flags on memory, processors and processes say; undefined where a flag is absent. */
export interface LimitRequest {
  /** Bytes. */
  readonly memory?: number | undefined;
  readonly memoryReservation?: number | undefined;
  /** Bytes of memory and swap together, or -1 for as much as there is. */
  readonly memorySwap?: number | undefined;
  /** Billionths of a processor. */
  readonly nanoCpus?: number | undefined;
  readonly cpuShares?: number | undefined;
  /** Microseconds in each period. */
  readonly cpuQuota?: number | undefined;
  /** Microseconds. */
  readonly cpuPeriod?: number | undefined;
  readonly cpusetCpus?: string | undefined;
  readonly pidsLimit?: number | undefined;
}

const MEMORY_MIN = 6 * 1024 * 1024;
const PERIOD = 100_000;
const NANO = 1_000_000_000;
const CPU_MAX = 8191;

/** Returns the bytes of `--memory` or `--memory-reservation`; 0 is no limit. Throws E_USAGE below 6 MiB, as docker. */
export function parseMemory(text: string, flag = '--memory'): number | undefined {
  const bytes = parseSize(text, flag);
  if (bytes === 0) return undefined;
  if (bytes < MEMORY_MIN) fail('E_USAGE', `reading ${flag} '${text}': less than 6m, in which nothing runs`);
  return bytes;
}

/** Returns the bytes of `--memory-swap`, -1 for as much as there is, undefined for 0. Throws E_USAGE. */
export function parseMemorySwap(text: string): number | undefined {
  if (text === '-1') return -1;
  const bytes = parseSize(text, '--memory-swap');
  return bytes === 0 ? undefined : bytes;
}

/** Returns billionths of a processor of `--cpus 1.5`; undefined for 0. Throws E_USAGE. */
export function parseCpus(text: string): number | undefined {
  const match = /^(\d{0,6})(?:\.(\d{0,9}))?$/.exec(text);
  if (match === null || !/\d/.test(text))
    return fail('E_USAGE', `reading --cpus '${text}': not a number of processors`, {
      hint: 'write 0.5 or 2',
    });
  const fraction = ((match[2] as string | undefined) ?? '').padEnd(9, '0');
  const nano = Number(match[1]) * NANO + Number(fraction);
  return nano === 0 ? undefined : nano;
}

/** Returns `--cpuset-cpus` such as `0-2,7`, numbers up to 8191. Throws E_USAGE. */
export function parseCpuset(text: string): string {
  return processors(text) === undefined
    ? fail('E_USAGE', `reading --cpuset-cpus '${text}': not a list such as 0-2,7`)
    : text;
}

/** Returns the numbers of a list such as `0-2,7`; undefined when it is none. */
function processors(list: string): ReadonlySet<number> | undefined {
  const numbers = new Set<number>();
  for (const part of list.split(',')) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    if (match === null) return undefined;
    const [first, last] = [Number(match[1]), Number((match[2] as string | undefined) ?? match[1])];
    if (first > last || last > CPU_MAX) return undefined;
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  return numbers;
}

function needProcessors(wanted: string, online: string | undefined): void {
  const there = online === undefined ? undefined : processors(online);
  if (there === undefined) return;
  if ([...(processors(wanted) ?? [])].some((number) => !there.has(number)))
    fail('E_USAGE', `limiting processors: --cpuset-cpus ${wanted} names some that are not there`, {
      hint: `there are ${String(online)}`,
    });
}

/** Returns `--cpu-shares`, 2 to 262144 (the kernel's range); undefined for 0. Throws E_USAGE. */
export function parseCpuShares(text: string): number | undefined {
  return ranged(text, '--cpu-shares', 2, 262_144);
}

/** Returns `--cpu-period` in microseconds, 1000 to 1000000; undefined for 0. Throws E_USAGE. */
export function parseCpuPeriod(text: string): number | undefined {
  return ranged(text, '--cpu-period', 1000, 1_000_000);
}

/** Returns `--cpu-quota` in microseconds, from 1000; undefined for 0 and -1, which is no limit. Throws E_USAGE. */
export function parseCpuQuota(text: string): number | undefined {
  return text === '-1' ? undefined : ranged(text, '--cpu-quota', 1000, Number.MAX_SAFE_INTEGER);
}

/** Returns `--pids-limit`; undefined for 0 and -1, which are no limit. Throws E_USAGE. */
export function parsePidsLimit(text: string): number | undefined {
  return text === '-1' ? undefined : ranged(text, '--pids-limit', 1, 2 ** 31 - 1);
}

function ranged(text: string, flag: string, least: number, most: number): number | undefined {
  const value = parseWhole(text, flag);
  if (value === 0) return undefined;
  if (value < least || value > most)
    fail('E_USAGE', `reading ${flag} '${text}': not from ${String(least)} to ${String(most)}`);
  return value;
}

/**
 * Returns the resources of the control group. Memory and swap together are twice the memory unless said otherwise, as
 * docker has it, where the kernel counts swap; else `notes` says that swap has no limit. Throws E_USAGE for flags that
 * contradict each other, E_PRIVILEGE where no control group can be written: a limit is never left out silently.
 */
export function makeResources(
  request: LimitRequest,
  host: Pick<
    HostFacts,
    'cgroup' | 'controllers' | 'cgroupRemedy' | 'hasSwapLimit' | 'cpus' | 'onlineProcessors'
  >,
): { readonly resources: Omit<ResourcesConfig, 'devices'>; readonly notes: readonly string[] } {
  const wanted = Object.values(request).some((value) => value !== undefined);
  if (!wanted) return { resources: {}, notes: [] };
  if (host.cgroup === 'none')
    fail('E_PRIVILEGE', 'limiting memory, processors or processes: no control group can be written', {
      hint:
        host.cgroupRemedy === undefined
          ? 'run as root, or let an administrator delegate a control group'
          : `without root it takes a delegated control group; as root: ${host.cgroupRemedy}`,
    });
  needControllers(request, host.controllers);
  const { notes, ...counted } = memoryOf(request, host.hasSwapLimit);
  const memory = defined({ ...counted, reservation: request.memoryReservation });
  const { cpuShares: shares, cpusetCpus: cpus, pidsLimit } = request;
  if (cpus !== undefined) needProcessors(cpus, host.onlineProcessors?.());
  const cpu = defined({ shares, ...bandwidthOf(request, host.cpus), cpus });
  return {
    resources: {
      ...(Object.keys(memory).length === 0 ? {} : { memory }),
      ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
      ...(pidsLimit === undefined ? {} : { pids: { limit: pidsLimit } }),
    },
    notes,
  };
}

const CONTROLLERS: Readonly<Record<keyof LimitRequest, string>> = {
  memory: 'memory',
  memoryReservation: 'memory',
  memorySwap: 'memory',
  nanoCpus: 'cpu',
  cpuShares: 'cpu',
  cpuQuota: 'cpu',
  cpuPeriod: 'cpu',
  cpusetCpus: 'cpuset',
  pidsLimit: 'pids',
};

function needControllers(request: LimitRequest, available: readonly string[] | undefined): void {
  for (const [key, name] of Object.entries(CONTROLLERS) as [keyof LimitRequest, string][])
    if (request[key] !== undefined && available?.includes(name) === false)
      fail('E_PRIVILEGE', `limiting by control groups: there is no controller '${name}'`, {
        hint: 'strata doctor says which there are: the kernel has them, and an administrator delegates them to users',
      });
}

function memoryOf(
  { memory, memorySwap, memoryReservation }: LimitRequest,
  hasSwapLimit: boolean,
): { readonly limit?: number; readonly swap?: number; readonly notes: readonly string[] } {
  const bad = (why: string): never => fail('E_USAGE', `limiting memory: ${why}`);
  if (memory === undefined) {
    if (memorySwap !== undefined && memorySwap !== -1) bad('--memory-swap needs --memory');
    return { notes: [] };
  }
  if (memorySwap !== undefined && memorySwap !== -1 && memorySwap < memory)
    bad('--memory-swap is memory and swap together, and less than --memory');
  if (memoryReservation !== undefined && memoryReservation > memory)
    bad('--memory-reservation is more than --memory');
  if (memorySwap === -1) return { limit: memory, notes: [] };
  if (!hasSwapLimit)
    return { limit: memory, notes: ['the kernel does not limit swap: the memory limit does not count it'] };
  return { limit: memory, swap: memorySwap ?? Math.min(memory * 2, Number.MAX_SAFE_INTEGER), notes: [] };
}

function bandwidthOf(
  { nanoCpus, cpuQuota, cpuPeriod }: LimitRequest,
  available: number,
): { readonly quota?: number | undefined; readonly period?: number | undefined } {
  if (nanoCpus === undefined) return { quota: cpuQuota, period: cpuPeriod };
  const bad = (why: string): never => fail('E_USAGE', `limiting processors: ${why}`);
  if (cpuQuota !== undefined || cpuPeriod !== undefined)
    bad('--cpus says what --cpu-quota and --cpu-period say, so that it cannot stand beside them');
  if (nanoCpus < NANO / 100 || nanoCpus > available * NANO)
    bad(`--cpus is from 0.01 to ${String(available)}, as many as there are`);
  return { quota: Math.trunc((nanoCpus * PERIOD) / NANO), period: PERIOD };
}

/** Returns the fields that are set. */
function defined<T extends object>(fields: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
