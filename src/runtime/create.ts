import { createFolder, keepContainer, removeFolder, sweepExits } from './container/containers.js';
import { keepEtcFiles } from './container/etc-files.js';
import type { ContainerFolder } from './container/folder.js';
import { moveNowhere } from './container/move-nowhere.js';
import { generateId } from './container/names.js';
import { doomedPlace, exitProgram } from './container/on-exit.js';
import { pinImage } from './container/pinned-image.js';
import type { ContainerRecord } from './container/record.js';
import type { ContainerSource, CreateOptions } from './create-options.js';
import { deleteContainer } from './engine/engine.js';
import { mountReadOnly } from './engine/read-only-program.js';
import type { LeftOut } from './erofs/left-out.js';
import { missingProgram } from './missing-program.js';
import { beginMonitor, type WaitingMonitor } from './monitor/conmon.js';
import { monitorGone } from './monitor/monitor-process.js';
import { enterContainerMounts, mountContainer, userNamespaceOf } from './rootfs/mount-rootfs.js';
import { type PlacedVolumes, placeVolumes } from './rootfs/place-volumes.js';
import type { UserNamespace } from './rootfs/user-namespace.js';
import { prepareSnapshot } from './snapshot/prepare.js';
import { type PreparedSnapshot, snapshotRecord } from './snapshot/prepared.js';
import type { MadeConfig } from './spec/config.js';
import { writeBundle } from './write-bundle.js';

/** A container whose first process waits to be started. */
export interface CreatedContainer {
  readonly record: ContainerRecord;
  readonly folder: ContainerFolder;
  /** Where its folder is moved to when conmon removes it. */
  readonly doomed: string;
  /** As the host knows it. */
  readonly pid: number;
  /** What could not be as asked for, in words for the user. */
  readonly notes: readonly string[];
  /** What of the image cannot be seen in it. */
  readonly left: LeftOut;
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
  const doomed = doomedPlace(folder);
  // One that is removed at its end is never made a commit of before it runs, and holds no tars.
  const keepsLayers = !options.remove;
  let userNamespace: UserNamespace | undefined;
  let monitor: WaitingMonitor | undefined;
  try {
    const snapshot = await prepareSnapshot(store, source, source.n, folder.layers, {
      ...options.plain,
      choice: options.snapshot ?? 'auto',
      plain: keepsLayers,
      memory: run.erofs,
    });
    moveNowhere();
    enterContainerMounts();
    mountReadOnly(engine.program);
    // While the rest is made.
    monitor = beginMonitor({
      monitor: options.monitor,
      engine,
      folder,
      run,
      terminal: options.request.tty,
      stdin: options.stdin,
      volatile: options.remove,
      keepStdin: options.keepStdin === true || options.request.tty,
      onExit: exitProgram(engine, folder, options.remove, doomed),
    });
    userNamespace = userNamespaceOf(options);
    const volumes = volumesOf(options, folder);
    // Before it is listed: of one that is, this tells which blobs it needs.
    const pinning = pinImage(store, source, folder, {
      ...options.plain,
      layers: keepsLayers,
    });
    const pinned = Promise.allSettled([pinning]);
    // Nothing is removed while something is still being written.
    const made = await writeBundle(source, options, folder, volumes).finally(() => pinned);
    await pinning;
    if (!options.remove) await keepEtcFiles(folder);
    const record = await keepContainer(
      store,
      folder,
      recordOf(source, options, folder, { snapshot, made, volumes }),
      options.name,
    );
    const notes = await mountContainer(store, folder, record, userNamespace);
    moveNowhere();
    const creating = monitor.create();
    // While conmon and the runtime do their part.
    sweepExits({ store, run });
    const pid = await creating.catch((thrown: unknown) => {
      throw missingProgram(thrown, source.image.config.execution, options.request);
    });
    // From now on signals are for the container.
    options.plain.signal?.throwIfAborted();
    return { record, folder, doomed, pid, notes: [...made.notes, ...notes], left: snapshot.left };
  } catch (thrown) {
    monitor?.dismiss();
    await userNamespace?.close();
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
