import { fail } from '../../model/error.js';
import type { IdMap } from '../id-map.js';
import type { NamespaceConfig, NamespaceType } from './runtime-config.js';

/** A namespace of its own, the host's, or that of somebody else by the path of its file. */
export type NamespaceChoice = 'private' | 'host' | { readonly path: string };

/** What is shared and what not. The mount namespace is always the container's own. */
export interface NamespaceRequest {
  readonly network: NamespaceChoice;
  readonly pid: NamespaceChoice;
  readonly ipc: NamespaceChoice;
  readonly uts: NamespaceChoice;
  readonly cgroup: 'private' | 'host';
  /** Maps of a user namespace of its own; undefined without one. */
  readonly user: IdMaps | undefined;
}

export interface IdMaps {
  readonly uids: IdMap;
  readonly gids: IdMap;
}

export const PRIVATE_NAMESPACES: NamespaceRequest = {
  network: 'private',
  pid: 'private',
  ipc: 'private',
  uts: 'private',
  cgroup: 'private',
  user: undefined,
};

/** Returns what `--pid`, `--ipc`, `--uts` or `--cgroupns` says of those that need no other container. Throws E_USAGE. */
export function parseNamespace(text: string, flag: string): 'private' | 'host' {
  if (text === 'private' || text === 'host') return text;
  return fail('E_USAGE', `reading ${flag} '${text}': neither private nor host`);
}

/** Returns the namespaces in the order in which they are to be made. */
export function makeNamespaces(request: NamespaceRequest): readonly NamespaceConfig[] {
  const one = (type: NamespaceType, choice: NamespaceChoice): NamespaceConfig[] => {
    if (choice === 'host') return [];
    return [choice === 'private' ? { type } : { type, path: choice.path }];
  };
  return [
    ...one('user', request.user === undefined ? 'host' : 'private'),
    ...one('pid', request.pid),
    ...one('network', request.network),
    ...one('ipc', request.ipc),
    ...one('uts', request.uts),
    ...one('mount', 'private'),
    ...one('cgroup', request.cgroup),
  ];
}
