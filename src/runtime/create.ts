import { chown, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { IndexedLayer } from '../layers/index-image.js';
import { resolvePath } from '../layers/resolve.js';
import type { Union } from '../layers/union.js';
import { StrataError } from '../model/error.js';
import type { Image } from '../model/image.js';
import type { Store } from '../store/store.js';
import { createFolder, keepContainer, removeFolder } from './container/containers.js';
import type { ContainerFolder, RunFolder } from './container/folder.js';
import { generateId } from './container/names.js';
import { pinImage } from './container/pinned-image.js';
import type { ContainerRecord } from './container/record.js';
import { keepEtcFiles } from './container/etc-files.js';
import { exitProgram } from './container/on-exit.js';
import { deleteContainer, type EngineHandle } from './engine/engine.js';
import { type IdMap, idOutside } from './id-map.js';
import { createMonitored } from './monitor/conmon.js';
import { monitorGone } from './monitor/monitor-process.js';
import { copyMetadata } from './rootfs/copy-metadata.js';
import { makeInitLayer, type MountTarget } from './rootfs/init-layer.js';
import { mountContainer } from './rootfs/mount-rootfs.js';
import { type PlacedVolumes, placeVolumes } from './rootfs/place-volumes.js';
import { type MadeConfig, makeRuntimeConfig } from './spec/config.js';
import { formatHostname, formatHosts, type HostAddress } from './spec/hosts.js';
import { chooseResolver, formatResolver, type ResolverConfig } from './spec/resolver.js';
import type { HostFacts } from './spec/host-facts.js';
import type { RunRequest } from './spec/request.js';
import { formatRuntimeConfig } from './spec/runtime-config.js';
import { followPath, readSnapshotFiles } from './spec/snapshot-files.js';
import { prepareSnapshot, type SnapshotChoice } from './snapshot/prepare.js';
import { type PreparedSnapshot, snapshotRecord } from './snapshot/prepared.js';
import type { PlainLayersOptions } from './snapshot/plain-layers.js';

/** The snapshot that a container is to have for its file system. */
export interface ContainerSource {
  /** As the user named it. */
  readonly asked: string;
  readonly image: Image;
  readonly layers: readonly IndexedLayer[];
  readonly union: Union;
  readonly n: number;
}

/** What is asked for beside what the runtime's configuration says. */
export interface CreateOptions {
  readonly store: Store;
  readonly run: RunFolder;
  /** Of the container that is to be, if somebody must know it before; see generateId. */
  readonly id?: string | undefined;
  readonly engine: EngineHandle;
  /** Path of conmon. */
  readonly monitor: string;
  readonly host: HostFacts;
  readonly request: Omit<RunRequest, 'rootfs' | 'cgroupsPath' | 'etcFiles' | 'hostname' | 'namespaces'> & {
    readonly namespaces: Omit<RunRequest['namespaces'], 'user'>;
    /** Undefined: the beginning of the id. */
    readonly hostname: string | undefined;
  };
  readonly name: string | undefined;
  readonly remove: boolean;
  readonly stdin: boolean;
  /** Standard input does not end with that of who is attached first. */
  readonly keepStdin?: boolean | undefined;
  readonly stopSignal: number;
  readonly idMap: IdMap;
  readonly addHosts: readonly HostAddress[];
  readonly resolver: ResolverConfig;
  /** Of the host, whose resolver is the container's when nothing is said. */
  readonly hostResolver: ResolverConfig;
  readonly plain: PlainLayersOptions;
  /** `auto` unless given. */
  readonly snapshot?: SnapshotChoice | undefined;
}

/** A container whose first process waits to be started. */
export interface CreatedContainer {
  readonly record: ContainerRecord;
  readonly folder: ContainerFolder;
  /** As the host knows it. */
  readonly pid: number;
  /** What could not be as asked for, in words for the user. */
  readonly notes: readonly string[];
}

/**
 * Makes a container of a snapshot: its folder in the store, its file system in a mount namespace of its own (this process
 * is in that from then on), and its first process, which waits. Leaves nothing behind when it fails.
 */
export async function createContainer(
  source: ContainerSource,
  options: CreateOptions,
): Promise<CreatedContainer> {
  const { store, run, engine } = options;
  const folder = await createFolder(store, run, options.id ?? generateId());
  try {
    const snapshot = await prepareSnapshot(store, source, source.n, folder.layers, {
      ...options.plain,
      choice: options.snapshot ?? 'auto',
      memory: `${run.root}.erofs`,
    });
    await pinImage(store, source, folder, { ...options.plain, layers: !options.remove });
    const volumes = volumesOf(options, folder);
    const made = await writeBundle(source, options, folder, volumes);
    await keepEtcFiles(folder);
    const record = await keepContainer(
      store,
      folder,
      recordOf(source, options, folder, { snapshot, made, volumes }),
      options.name,
    );
    const notes = await mountContainer(store, folder, record);
    const pid = await createMonitored({
      monitor: options.monitor,
      engine,
      folder,
      run,
      terminal: options.request.tty,
      stdin: options.stdin,
      keepStdin: options.keepStdin === true || options.request.tty,
      onExit: exitProgram(engine, folder, options.remove),
    });
    // From now on signals are for the container.
    options.plain.signal?.throwIfAborted();
    return { record, folder, pid, notes: [...made.notes, ...notes] };
  } catch (thrown) {
    await deleteContainer(engine, folder.id).catch(() => undefined);
    // It may remove the same folder.
    await monitorGone(folder);
    await removeFolder(store, folder).catch(() => undefined);
    throw thrown;
  }
}

/** The sources of the user's mounts have the host's ids where there is no map. */
function volumesOf({ request, host, idMap }: CreateOptions, folder: ContainerFolder): PlacedVolumes {
  const { mounts } = request;
  if (idMap.length === 0) return { mounts, volumes: [], kindOf: host.kindOf };
  return placeVolumes(mounts, folder.volumes, host.kindOf);
}

/** Writes what the runtime reads, and the init layer with the mount points that this needs. */
async function writeBundle(
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
      etcFiles: await writeEtcFiles(options, folder, hostname),
      namespaces: {
        ...request.namespaces,
        user: idMap.length === 0 ? undefined : { uids: idMap, gids: idMap },
      },
    },
    image: image.config,
    host: { ...host, kindOf },
    files: await readSnapshotFiles(union, n, image.layers, { limits: plain.limits, signal: plain.signal }),
  });
  await writeFile(path.join(folder.bundle, 'config.json'), formatRuntimeConfig(made.config), { mode: 0o600 });
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

async function writeEtcFiles(
  { request, addHosts, resolver, hostResolver, idMap }: CreateOptions,
  folder: ContainerFolder,
  hostname: string,
): Promise<RunRequest['etcFiles']> {
  const { domainname } = request;
  const texts = {
    hosts: formatHosts({ hostname, domainname, addresses: [], extra: addHosts }),
    hostname: formatHostname(hostname),
    resolv: formatResolver(chooseResolver(resolver, hostResolver, request.namespaces.network === 'host')),
  };
  const owner = idOutside(idMap, 0) ?? 0;
  const files: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    // Beside the mount points: the store's folders are closed to the container's root.
    files[name] = path.join(folder.run, name);
    await writeFile(files[name], text, { mode: 0o644 });
    await chown(files[name], owner, owner);
  }
  return files;
}

function recordOf(
  { asked, image, layers, n }: ContainerSource,
  options: CreateOptions,
  { id }: ContainerFolder,
  {
    snapshot,
    made,
    volumes: { volumes },
  }: {
    readonly snapshot: PreparedSnapshot;
    readonly made: MadeConfig;
    readonly volumes: PlacedVolumes;
  },
): Omit<ContainerRecord, 'name'> {
  const { engine, idMap, request, remove, stdin, stopSignal } = options;
  return {
    schemaVersion: 1,
    id,
    created: new Date().toISOString(),
    image: {
      asked,
      name: image.name,
      layer: n,
      layers: image.layers.length,
      diffIDs: layers.slice(0, n).map(({ index }) => index.diffID),
    },
    command: made.command,
    terminal: request.tty,
    stdin,
    remove,
    engine: { kind: engine.kind, program: engine.program, cgroups: engine.cgroups },
    idMap,
    stopSignal,
    snapshot: snapshotRecord(snapshot),
    ...(request.addGroups.length === 0 ? {} : { addGroups: request.addGroups }),
    ...(volumes.length === 0 ? {} : { volumes }),
  };
}
