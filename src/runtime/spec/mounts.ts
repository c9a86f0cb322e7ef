import { idOutside } from '../id-map.js';
import type { NamespaceRequest } from './namespaces.js';
import type { HostFacts } from './host-facts.js';
import type { MountConfig } from './runtime-config.js';

const SHM_SIZE = 64 * 1024 * 1024;
const TTY_GROUP = 5;

export interface StandardMountsInput {
  readonly host: Pick<HostFacts, 'rootless' | 'cgroup' | 'idMaps'>;
  readonly namespaces: NamespaceRequest;
  /** Bytes of /dev/shm; undefined for docker's 64 MiB. */
  readonly shmSize: number | undefined;
}

/**
 * Returns the mounts every container has. /dev is always a fresh tmpfs: some runtimes follow an image's link at /dev
 * where it is not (CVE-2026-41579, CVE-2026-88264). What only the owner of a namespace may mount is bound from the host
 * where that namespace is the host's.
 */
export function standardMounts({ host, namespaces, shmSize }: StandardMountsInput): readonly MountConfig[] {
  const unprivileged = host.rootless || namespaces.user !== undefined;
  const groups = namespaces.user?.gids ?? host.idMaps.gids;
  const ttyGroup = idOutside(groups, TTY_GROUP) === undefined ? [] : [`gid=${String(TTY_GROUP)}`];
  const foreign = (choice: NamespaceRequest['network']): boolean => unprivileged && choice !== 'private';
  return [
    foreign(namespaces.pid)
      ? bind('/proc', ['nosuid', 'noexec', 'nodev'])
      : mount('/proc', 'proc', 'proc', ['nosuid', 'noexec', 'nodev']),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      ...ttyGroup,
    ]),
    namespaces.ipc === 'host'
      ? bind('/dev/shm', ['nosuid', 'noexec', 'nodev'])
      : mount('/dev/shm', 'tmpfs', 'shm', [
          'nosuid',
          'noexec',
          'nodev',
          'mode=1777',
          `size=${String(shmSize ?? SHM_SIZE)}`,
        ]),
    foreign(namespaces.ipc)
      ? bind('/dev/mqueue', ['nosuid', 'noexec', 'nodev'])
      : mount('/dev/mqueue', 'mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
    foreign(namespaces.network)
      ? bind('/sys', ['nosuid', 'noexec', 'nodev', 'ro'])
      : mount('/sys', 'sysfs', 'sysfs', ['nosuid', 'noexec', 'nodev', 'ro']),
    ...(host.cgroup === 'none' || (host.rootless && host.cgroup !== 'v2')
      ? []
      : [mount('/sys/fs/cgroup', 'cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'])]),
  ];
}

function mount(destination: string, type: string, source: string, options: readonly string[]): MountConfig {
  return { destination, type, source, options };
}

function bind(path: string, options: readonly string[]): MountConfig {
  return { destination: path, type: 'bind', source: path, options: ['rbind', 'rprivate', ...options] };
}
