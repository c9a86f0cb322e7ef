import { fail } from '../../model/error.js';
import { whyReserved } from './mount-target.js';
import type { HostFacts } from './host-facts.js';
import type { EtcFiles } from './request.js';
import type { MountConfig } from './runtime-config.js';
import type { UserMount } from './user-mounts.js';

/** Something that must be in the root file system before mounts can go on it. */
export interface MountTarget {
  /** Where links of the snapshot lead to, clean and absolute. */
  readonly path: string;
  readonly kind: 'directory' | 'file';
}

export interface PlacedMounts {
  readonly mounts: readonly MountConfig[];
  readonly targets: readonly MountTarget[];
  /** Whether the root must let mounts of the host through. */
  readonly needsSlave: boolean;
}

export interface PlaceMountsInput {
  readonly standard: readonly MountConfig[];
  readonly etcFiles: EtcFiles;
  readonly wanted: readonly UserMount[];
  readonly host: Pick<HostFacts, 'kindOf'>;
  /** Where a path of the snapshot leads to. */
  readonly follow: (path: string) => string;
}

interface Placed {
  readonly mount: UserMount;
  readonly at: string;
}

/** Everything the runtime mounts on must be in the init layer, or it would be made in the container's own. */
const STANDARD_TARGETS: readonly MountTarget[] = [
  { path: '/dev', kind: 'directory' },
  { path: '/proc', kind: 'directory' },
  { path: '/sys', kind: 'directory' },
];

/**
 * Returns all mounts in the order of the depth of their targets, a user's in place of a standard one or of one of
 * /etc/hosts and the like, and what must be there for them. Throws E_NOT_FOUND for a source that is not there,
 * E_USAGE for two on the same target, and E_UNSAFE_PATH when links of the image lead a target to a reserved place.
 */
export function placeMounts(input: PlaceMountsInput): PlacedMounts {
  const { standard, wanted, host, follow } = input;
  const place = (mount: UserMount): Placed => {
    const at = follow(mount.target);
    const why = whyReserved(at);
    if (why !== undefined) fail('E_UNSAFE_PATH', `mounting on ${mount.target}, which leads to ${at}: ${why}`);
    return { mount, at };
  };
  const own = wanted.map(place);
  const taken = new Set<string>();
  for (const { at, mount } of own) {
    if (taken.has(at))
      fail('E_USAGE', `mounting on ${mount.target}: something else is mounted there already`);
    taken.add(at);
  }
  const placed = [
    ...etcMounts(input.etcFiles)
      .map(place)
      .filter(({ at }) => !taken.has(at)),
    ...own,
  ];
  const sorted = placed
    .map((one, i) => ({ ...one, i, depth: one.at.split('/').length }))
    .sort((a, b) => a.depth - b.depth || a.i - b.i);
  return {
    mounts: [
      ...standard.filter(({ destination }) => !taken.has(destination)),
      ...sorted.map(({ mount, at }) => configOf(mount, at, host)),
    ],
    targets: [...STANDARD_TARGETS, ...sorted.flatMap((one) => targetOf(one.mount, one.at, placed, host))],
    needsSlave: wanted.some((mount) => mount.kind === 'bind' && mount.propagation.endsWith('slave')),
  };
}

function etcMounts({ hosts, hostname, resolv }: EtcFiles): UserMount[] {
  const one = (source: string | undefined, target: string): UserMount[] =>
    source === undefined
      ? []
      : [
          {
            kind: 'bind',
            source,
            target,
            readonly: false,
            propagation: 'rprivate',
            recursive: false,
            noexec: true,
          },
        ];
  return [...one(resolv, '/etc/resolv.conf'), ...one(hostname, '/etc/hostname'), ...one(hosts, '/etc/hosts')];
}

function configOf(mount: UserMount, at: string, host: PlaceMountsInput['host']): MountConfig {
  if (mount.kind === 'tmpfs')
    return { destination: at, type: 'tmpfs', source: 'tmpfs', options: mount.options };
  if (host.kindOf(mount.source) === undefined)
    fail(
      'E_NOT_FOUND',
      `mounting ${mount.source} on ${mount.target}: the host has no such file or directory`,
      {
        hint: `mkdir -p ${mount.source}`,
      },
    );
  return {
    destination: at,
    type: 'bind',
    source: mount.source,
    options: [
      mount.recursive ? 'rbind' : 'bind',
      mount.propagation,
      'nosuid',
      'nodev',
      ...(mount.noexec ? ['noexec'] : []),
      ...(mount.readonly === false ? [] : [mount.readonly === 'top' ? 'ro' : 'rro']),
    ],
  };
}

/** What lies below /dev or below another mount is not in the root file system: the runtime makes it there. */
function targetOf(
  mount: UserMount,
  at: string,
  all: readonly Placed[],
  host: PlaceMountsInput['host'],
): MountTarget[] {
  const covered = at.startsWith('/dev/') || all.some((other) => at.startsWith(`${other.at}/`));
  if (covered) return [];
  const kind = mount.kind === 'tmpfs' ? 'directory' : (host.kindOf(mount.source) ?? 'directory');
  return [{ path: at, kind }];
}
