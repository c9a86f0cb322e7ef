import { fail } from '../../model/error.js';
import { idOutside } from '../id-map.js';
import type { IdMaps, NamespaceRequest } from './namespaces.js';

export type Sysctl = readonly [name: string, value: string];

/** Those of the IPC namespace (ipc_namespaces(7)). */
const IPC: readonly string[] = [
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
];

/**
 * Returns what `--sysctl NAME=VALUE` says. Throws E_USAGE for one that is not of a namespace, for it would change the
 * host, and for a name that could lead elsewhere in /proc/sys.
 */
export function parseSysctl(text: string): Sysctl {
  const at = text.indexOf('=');
  const bad = (why: string, hint?: string): never =>
    fail('E_USAGE', `reading --sysctl ${text}: ${why}`, hint === undefined ? {} : { hint });
  if (at < 1) bad('it is not NAME=VALUE');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (!/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/.test(name)) bad('its name is not words with dots between');
  if (/[\0\n]/.test(value)) bad('its value has a NUL or a line break');
  if (namespaceOf(name) === undefined)
    bad(
      'it is not of a namespace, so that it would change the host',
      'net.*, fs.mqueue.* and kernel.{msg,sem,shm}* are',
    );
  return [name, value];
}

function namespaceOf(name: string): 'network' | 'ipc' | undefined {
  if (name.startsWith('net.')) return 'network';
  return name.startsWith('fs.mqueue.') || IPC.includes(name) ? 'ipc' : undefined;
}

const PING_GROUPS_MAX = 2 ** 31 - 1;

export interface SysctlInput {
  readonly wanted: readonly Sysctl[];
  readonly namespaces: NamespaceRequest;
  readonly idMaps: IdMaps;
  readonly domainname: string | undefined;
}

/**
 * Returns the kernel parameters: docker's two of a network of the container's own (low ports and ping without
 * privileges), the domain name, and what was asked for. Throws E_USAGE for one of a namespace that is not its own.
 */
export function makeSysctls({
  wanted,
  namespaces,
  idMaps,
  domainname,
}: SysctlInput): Readonly<Record<string, string>> {
  const all = new Map<string, string>();
  if (namespaces.network === 'private') {
    all.set('net.ipv4.ip_unprivileged_port_start', '0');
    all.set('net.ipv4.ping_group_range', `0 ${String(lastGroup(namespaces.user ?? idMaps))}`);
  }
  if (domainname !== undefined && namespaces.uts === 'private') all.set('kernel.domainname', domainname);
  for (const [name, value] of wanted) {
    const namespace = namespaceOf(name);
    if (namespace !== undefined && namespaces[namespace] !== 'private')
      fail('E_USAGE', `setting the sysctl ${name}: the container has no ${namespace} namespace of its own`);
    all.set(name, value);
  }
  return Object.fromEntries(all);
}

/** The kernel refuses a range that ends in a group without a place outside. */
function lastGroup({ gids }: IdMaps): number {
  if (gids.length === 0) return PING_GROUPS_MAX;
  let end = 0;
  for (;;) {
    const extent = gids.find((one) => one.containerID <= end && end < one.containerID + one.size);
    if (extent === undefined || end >= PING_GROUPS_MAX) break;
    end = extent.containerID + extent.size;
  }
  return idOutside(gids, 0) === undefined ? 0 : Math.min(end - 1, PING_GROUPS_MAX);
}
