import { chownSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolvePath } from '../layers/union/resolve.js';
import type { Union } from '../layers/union/union.js';
import { StrataError } from '../model/error.js';
import type { ContainerFolder } from './container/folder.js';
import type { ContainerSource, CreateOptions } from './create-options.js';
import { idOutside } from './id-map.js';
import { copyMetadata } from './rootfs/copy-metadata.js';
import { makeInitLayer, type MountTarget } from './rootfs/init-layer.js';
import type { PlacedVolumes } from './rootfs/place-volumes.js';
import { type MadeConfig, makeRuntimeConfig } from './spec/config.js';
import { formatHostname, formatHosts } from './spec/hosts.js';
import type { RunRequest } from './spec/request.js';
import { chooseResolver, formatResolver } from './spec/resolver.js';
import { formatRuntimeConfig } from './spec/runtime-config.js';
import { followPath, readSnapshotFiles } from './spec/snapshot-files.js';

/** Writes what the runtime reads, and the init layer with the mount points that this needs. */
export async function writeBundle(
  { image, union, n }: ContainerSource,
  options: CreateOptions,
  folder: ContainerFolder,
  { mounts, kindOf }: PlacedVolumes,
): Promise<MadeConfig> {
  const { request, host, idMap, plain } = options;
  const hostname = request.hostname ?? folder.id.slice(0, 12);
  const made = makeRuntimeConfig({
    request: {
      ...request,
      mounts,
      hostname,
      rootfs: folder.rootfs,
      cgroupsPath: path.join(host.cgroupParent, folder.id),
      etcFiles: writeEtcFiles(options, folder, hostname),
      namespaces: {
        ...request.namespaces,
        user: idMap.length === 0 ? undefined : { uids: idMap, gids: idMap },
      },
    },
    image: image.config,
    host: { ...host, kindOf },
    files: await readSnapshotFiles(union, n, image.layers, { limits: plain.limits, signal: plain.signal }),
  });
  writeFileSync(path.join(folder.bundle, 'config.json'), formatRuntimeConfig(made.config), { mode: 0o600 });
  makeInitLayer(union, n, [...made.targets, ...missingDirectory(union, n, made)], folder.init, idMap);
  // The root directory that the container sees is the upper one.
  copyMetadata(resolvePath(union, n, '/'), folder.upper, idMap);
  return made;
}

/**
 * The runtime would make it in what is committed. As docker has it, a link to nowhere is one to a directory that is made
 * inside.
 */
function missingDirectory(union: Union, n: number, { config }: MadeConfig): readonly MountTarget[] {
  const { cwd } = config.process;
  try {
    resolvePath(union, n, cwd);
    return [];
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND')
      return [{ path: followPath(union, n, cwd), kind: 'directory' }];
    throw thrown;
  }
}

function writeEtcFiles(
  { request, addHosts, resolver, hostResolver, idMap }: CreateOptions,
  folder: ContainerFolder,
  hostname: string,
): RunRequest['etcFiles'] {
  const { domainname } = request;
  const sharesNetwork = request.namespaces.network === 'host';
  const texts = {
    hosts: formatHosts({ hostname, domainname, addresses: [], extra: addHosts }),
    hostname: formatHostname(hostname),
    resolv: formatResolver(chooseResolver({ user: resolver, host: hostResolver, sharesNetwork })),
  };
  const owner = idOutside(idMap, 0) ?? 0;
  const files: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    // Beside the mount points: the store's folders are closed to the container's root.
    files[name] = path.join(folder.run, name);
    writeFileSync(files[name], text, { mode: 0o644 });
    chownSync(files[name], owner, owner);
  }
  return files;
}
