import { readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { fail } from '../model/error.js';
import { countsSwap } from './counts-swap.js';
import { isRootless, ownerOutside, ownIdMap } from './own-id-map.js';
import { cgroupView, delegatedCgroup, delegationRemedy } from './rootless/delegated-cgroup.js';
import { type CgroupLayout, cgroupLayout } from './rootfs/cgroup.js';
import { ALL_CAPABILITIES } from './spec/capabilities.js';
import type { HostFacts } from './spec/host-facts.js';
import { parseOwnLimits } from './spec/ulimits.js';

/** Returns what is true of this machine and this process. Throws E_PRIVILEGE on a processor we have no filter for. */
export function readHostFacts(): HostFacts {
  const rootless = isRootless();
  const status = read('/proc/self/status');
  const capabilities = bounding(status);
  const layout = cgroupLayout();
  return {
    rootless,
    ...(rootless ? delegatedFacts(layout) : rootFacts(layout)),
    hasSwapLimit: countsSwap(layout),
    ownLimits: parseOwnLimits(read('/proc/self/limits')),
    ownOomScoreAdjustment: Number(read('/proc/self/oom_score_adj')),
    // It counts in the first user namespace only (capabilities(7)).
    capSysResource: !rootless && effective(status).includes('CAP_SYS_RESOURCE'),
    capabilities,
    kernel: release(),
    architecture: architecture(),
    cpus: availableParallelism(),
    onlineProcessors,
    idMaps: { uids: ownIdMap('uid'), gids: ownIdMap('gid') },
    kindOf,
  };
}

type CgroupFacts = Pick<HostFacts, 'cgroup' | 'cgroupParent' | 'controllers' | 'cgroupRemedy'>;

/** What root can do with control groups: in version 1 a controller is there when it is mounted (cgroups(7)). */
function rootFacts(cgroup: CgroupLayout): CgroupFacts {
  const controllers =
    cgroup === 'none'
      ? []
      : cgroup === 'v2'
        ? read('/sys/fs/cgroup/cgroup.controllers').trim().split(' ')
        : readdirSync('/sys/fs/cgroup').flatMap((name) => name.split(','));
  return { cgroup, cgroupParent: '/strata', controllers };
}

/** What an ordinary user can do with control groups. */
function delegatedFacts(layout: CgroupLayout): CgroupFacts {
  const uid = ownerOutside();
  const delegated = delegatedCgroup(cgroupView(layout, uid));
  if (delegated === undefined)
    return { cgroup: 'none', cgroupParent: '/', cgroupRemedy: delegationRemedy(layout, uid) };
  return { cgroup: layout, cgroupParent: delegated.parent, controllers: delegated.controllers };
}

function architecture(): HostFacts['architecture'] {
  if (process.arch === 'x64') return 'x86_64';
  if (process.arch === 'arm64') return 'aarch64';
  return fail('E_PRIVILEGE', `running a container: not on a processor of kind ${process.arch}`);
}

function bounding(status: string): readonly string[] {
  return capabilitiesOf(/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1]);
}

function effective(status: string): readonly string[] {
  return capabilitiesOf(/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]);
}

/** capabilities(7): bit i of the mask is capability i. */
function capabilitiesOf(mask: string | undefined): readonly string[] {
  const bits = BigInt(`0x${mask ?? '0'}`);
  return ALL_CAPABILITIES.filter((_, i) => ((bits >> BigInt(i)) & 1n) === 1n);
}

/** Documentation/ABI/testing/sysfs-devices-system-cpu of the kernel. */
function onlineProcessors(): string | undefined {
  try {
    return read('/sys/devices/system/cpu/online').trim();
  } catch {
    return undefined;
  }
}

function kindOf(path: string): 'directory' | 'file' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : stats.isDirectory() ? 'directory' : 'file';
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}
