import path from 'node:path';
import type { Store } from '../../store/store.js';
import { unpackedPlace, unpackedRoot } from '../../store/unpacked-layers.js';
import type { ContainerFolder } from '../container/folder.js';
import type { SnapshotRecord } from '../container/record.js';
import type { LeftOut } from '../erofs/left-out.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';

/** A snapshot as it can be mounted. */
export type MountableSnapshot = ErofsSnapshot | UnpackedSnapshot;

/** One EROFS image over the plain tars of the layers, all in the container's own folder. */
export interface ErofsSnapshot {
  readonly kind: 'erofs';
  readonly image: string;
  /** Paths of the image's devices, in their order. */
  readonly devices: readonly string[];
}

/** A directory for each layer, base first. */
export interface UnpackedSnapshot {
  readonly kind: 'unpacked';
  /** In which all of them are. */
  readonly root: string;
  /** Their names in the store. */
  readonly layers: readonly string[];
  readonly marks: OverlayXattrs;
  /** A directory of this machine that is the lowest layer, absolute. */
  readonly directory: string | undefined;
}

/** A snapshot that can be mounted, and what of it cannot be seen there. */
export type PreparedSnapshot = MountableSnapshot & { readonly left: LeftOut };

/** Returns the directories of the layers below {@link UnpackedSnapshot.root}, base first. */
export function layerPlaces({ layers }: UnpackedSnapshot): readonly string[] {
  return layers.map(unpackedPlace);
}

/** Returns what a container's record says of its snapshot. */
export function snapshotRecord(snapshot: MountableSnapshot): SnapshotRecord {
  if (snapshot.kind === 'erofs')
    return {
      kind: 'erofs',
      image: path.basename(snapshot.image),
      devices: snapshot.devices.map((device) => path.basename(device)),
    };
  const { kind, layers, marks, directory } = snapshot;
  return { kind, layers, marks, ...(directory === undefined ? {} : { directory }) };
}

/** Returns the snapshot that a container's record names. */
export function recordedSnapshot(
  store: Store,
  folder: ContainerFolder,
  record: SnapshotRecord,
): MountableSnapshot {
  if (record.kind === 'unpacked')
    return {
      kind: 'unpacked',
      root: unpackedRoot(store),
      layers: record.layers,
      marks: record.marks,
      directory: record.directory,
    };
  const inLayers = (name: string): string => path.join(folder.layers, name);
  return { kind: 'erofs', image: inLayers(record.image), devices: record.devices.map(inLayers) };
}
