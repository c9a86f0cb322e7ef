import { statfsSync } from 'node:fs';
import { release } from 'node:os';
import { textIfAny } from '../../store/if-any.js';
import { cgroupLayout } from '../rootfs/cgroup.js';
import { cgroupView, delegatedCgroup, delegationRemedy } from '../rootless/delegated-cgroup.js';
import { readOwnRanges } from '../rootless/own-ranges.js';
import { parseOwnLimits } from '../spec/ulimits.js';
import { type Check, checked } from './check.js';
import type { Answer, KernelAnswers } from './kernel-answers.js';

/** statfs(2): file systems on which the kernel can neither keep what containers write, nor read EROFS from files. */
const UNFIT: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x6969, 'nfs'],
]);

/** Controllers that limits and pausing need. */
const CONTROLLERS = ['cpu', 'cpuset', 'memory', 'pids', 'freezer'] as const;

/** Returns what the kernel's answers mean for running containers whose store is on the file system of `folder`. */
export function checkMounts(answers: KernelAnswers, folder: string, rootless: boolean): readonly Check[] {
  const kind = UNFIT.get(statfsSync(folder).type);
  const { overlay, erofs, idmap, devpts } = answers;
  return [
    kind === 'overlayfs' || kind === 'nfs'
      ? checked(
          'overlayfs',
          '',
          `the store is on ${kind}, which cannot hold what containers write`,
          'set STRATA_STORE to a directory on another file system',
        )
      : checked(
          'overlayfs',
          rootless ? 'works in a user namespace' : 'works',
          wrong(overlay),
          'it needs Linux 5.11 without root',
        ),
    rootless
      ? checked('erofs', 'for root only: layers are unpacked once')
      : checked(
          'erofs',
          'snapshots are mounted without unpacking',
          erofs === true
            ? undefined
            : `layers are unpacked once: ${kind === undefined ? erofs : `the store is on ${kind}`}`,
          kind === undefined
            ? `it needs Linux 6.12 with EROFS on files; this is ${release()}`
            : 'set STRATA_STORE to a directory on a disk',
        ),
    rootless
      ? checked('idmap', 'for root only')
      : checked(
          'idmap',
          'mounts can have shifted ids',
          wrong(idmap),
          'run containers with --userns host, or put the store on ext4, xfs or btrfs',
        ),
    checked('devpts', 'terminals can be made', wrong(devpts), 'mount -t devpts devpts /dev/pts'),
  ];
}

function wrong(answer: Answer): string | undefined {
  return answer === true ? undefined : answer;
}

/** Returns what can be limited. `uid` is the user's outside of any namespace. */
export function checkCgroups(rootless: boolean, uid: number): Check {
  const layout = cgroupLayout();
  const version = { v1: 'version 1', v2: 'version 2', hybrid: 'version 1 (hybrid)', none: 'none' }[layout];
  if (rootless) {
    const delegated = delegatedCgroup(cgroupView(layout, uid));
    return checked(
      'cgroups',
      `${version}, delegated: ${delegated?.parent ?? ''}`,
      delegated === undefined
        ? `${version}, none delegated: no limits and no pausing without root`
        : undefined,
      `as root: ${delegationRemedy(layout, uid)}`,
    );
  }
  if (layout === 'none')
    return checked(
      'cgroups',
      '',
      'none: neither limits nor pausing',
      'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
    );
  const have = new Set(
    layout === 'v2'
      ? // Every group of version 2 can be frozen.
        [...textIfAny('/sys/fs/cgroup/cgroup.controllers').trim().split(/\s+/), 'freezer']
      : textIfAny('/proc/self/cgroup')
          .split('\n')
          .flatMap((line) => (line.split(':').at(1) ?? '').split(',')),
  );
  const absent = CONTROLLERS.filter((name) => !have.has(name));
  return checked(
    'cgroups',
    `${version}: ${CONTROLLERS.filter((name) => have.has(name)).join(', ')}`,
    absent.length === 0 ? undefined : `${version}, without ${absent.join(', ')}`,
    'the kernel has them, or its command line turned them off',
  );
}

/** Returns whether the user has ids to give to containers. */
export function checkRanges(): Check {
  const { uids, gids, remedy, user } = readOwnRanges();
  const count = Math.min(...[uids, gids].map((all) => all.reduce((sum, range) => sum + range.count, 0)));
  const few = count === 0 ? 'none' : `${String(count)}, and images may use 65536`;
  return checked(
    'subordinate ids',
    `${String(count)} for ${user.name ?? String(user.uid)}, from ${String(uids.at(0)?.first)} on`,
    count < 65_535 ? few : undefined,
    `as root: ${remedy}`,
  );
}

/** Returns how far --ulimit goes. */
export function checkRlimits(rootless: boolean): Check {
  const own = parseOwnLimits(textIfAny('/proc/self/limits'));
  const effective = BigInt(
    `0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(textIfAny('/proc/self/status'))?.[1] ?? '0'}`,
  );
  // capabilities(7): 24 is CAP_SYS_RESOURCE.
  if (!rootless && ((effective >> 24n) & 1n) === 1n) return checked('ulimits', 'can be raised');
  const limits = ['nofile', 'nproc'].flatMap((name) => {
    const value = own.get(name);
    return value === undefined ? [] : [`${name} ${String(value)}`];
  });
  return checked('ulimits', `are brought down to this process's own: ${limits.join(', ') || 'none'}`);
}
