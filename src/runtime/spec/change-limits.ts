import { fail } from '../../model/error.js';
import type { HostFacts } from './host-facts.js';
import { type LimitRequest, makeResources } from './limits.js';
import type { ResourcesConfig } from './runtime-config.js';

type Memory = NonNullable<ResourcesConfig['memory']>;

/** What no limit is to a runtime that changes one. */
const UNLIMITED = -1;
const SHARES = 1024;
const PERIOD = 100_000;

/**
 * Returns the resources that a container with `current` ones gets. `request` has a key for each limit that is to change;
 * undefined there takes it away, which is -1 in the result. Throws E_USAGE for what contradicts itself or what stays, and
 * what makeResources throws.
 */
export function changeLimits(
  current: ResourcesConfig,
  request: LimitRequest,
  host: Pick<HostFacts, 'cgroup' | 'hasSwapLimit' | 'cpus' | 'onlineProcessors'>,
): ResourcesConfig {
  const { nanoCpus, cpuShares, cpuQuota, cpuPeriod, cpusetCpus, pidsLimit } = request;
  const { resources: made } = makeResources(
    { nanoCpus, cpuShares, cpuQuota, cpuPeriod, cpusetCpus, pidsLimit },
    host,
  );
  const taken = (name: keyof LimitRequest): boolean => name in request && request[name] === undefined;
  const cpu = {
    ...current.cpu,
    ...(taken('nanoCpus') || taken('cpuQuota') ? { quota: UNLIMITED } : {}),
    ...(taken('cpuPeriod') ? { period: PERIOD } : {}),
    ...(taken('cpuShares') ? { shares: SHARES } : {}),
    ...made.cpu,
  };
  const memory = memoryOf(current.memory ?? {}, request, host.hasSwapLimit);
  const pids = taken('pidsLimit') ? { limit: UNLIMITED } : (made.pids ?? current.pids);
  return {
    ...current,
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids }),
  };
}

function memoryOf(current: Memory, request: LimitRequest, hasSwapLimit: boolean): Memory {
  if (!('memory' in request) && !('memorySwap' in request)) return current;
  const bad = (why: string, hint?: string): never =>
    fail('E_USAGE', `limiting memory: ${why}`, hint === undefined ? {} : { hint });
  const limit = 'memory' in request ? (request.memory ?? UNLIMITED) : current.limit;
  if (limit === undefined) return bad('--memory-swap needs --memory');
  if (!hasSwapLimit) return { ...current, limit };
  if (limit === UNLIMITED) {
    if (request.memorySwap !== undefined && request.memorySwap !== UNLIMITED)
      bad('--memory-swap needs --memory');
    return { ...current, limit, swap: UNLIMITED };
  }
  const twice = Math.min(limit * 2, Number.MAX_SAFE_INTEGER);
  const kept = current.limit === undefined ? twice : current.swap;
  const swap = 'memorySwap' in request ? (request.memorySwap ?? twice) : kept;
  if (swap !== undefined && swap !== UNLIMITED && swap < limit)
    bad(
      `memory and swap together would be ${String(swap)} bytes, less than the memory alone`,
      'say --memory-swap too',
    );
  return { ...current, limit, ...(swap === undefined ? {} : { swap }) };
}

/** Returns resources without those that say that there is no limit, as a container that is to be started needs them. */
export function withoutUnlimited({ memory, cpu, pids, ...rest }: ResourcesConfig): ResourcesConfig {
  const kept = {
    memory: memory === undefined ? undefined : limited(memory),
    cpu: cpu === undefined ? undefined : limited(cpu),
    pids: pids?.limit === UNLIMITED ? undefined : pids,
  };
  return { ...rest, ...(limited(kept) as Omit<ResourcesConfig, 'devices'>) };
}

/** Returns the fields that limit something; undefined when there is none. */
function limited<T extends object>(fields: T): T | undefined {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== UNLIMITED);
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as T);
}
