import type { Digest } from '../../model/digest.js';
import type { Engine } from '../engine/find-engine.js';
import type { IdMap } from '../id-map.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';

/** What is known of a container from its making on; whether it runs is asked of the machine. Kept as JSON. */
export interface ContainerRecord {
  readonly schemaVersion: 1;
  /** 64 hex digits, as docker's. */
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly image: ContainerImage;
  /** What was run, argument by argument. */
  readonly command: readonly string[];
  readonly terminal: boolean;
  /** Whether standard input stays open. */
  readonly stdin: boolean;
  /** Whether the container is removed when it ends. */
  readonly remove: boolean;
  readonly engine: Engine;
  /** Empty: ids are the host's. */
  readonly idMap: IdMap;
  /** Number of the signal that asks it to stop. */
  readonly stopSignal: number;
  readonly snapshot: SnapshotRecord;
  /** Groups of every process by name or number, of `--group-add`; absent where there are none. */
  readonly addGroups?: readonly string[];
  /** Sources of the user's mounts whose ids are shifted; absent where none is. */
  readonly volumes?: readonly VolumeRecord[];
}

/** How the snapshot is mounted. */
export type SnapshotRecord =
  | {
      /** Absent in records of the time when there was no other. */
      readonly kind?: 'erofs';
      /** Names in the folder `layers`: the image of the snapshot and its devices in their order. */
      readonly image: string;
      readonly devices: readonly string[];
    }
  | {
      readonly kind: 'unpacked';
      /** Names of unpacked layers of the store, base first. */
      readonly layers: readonly string[];
      /** By which attributes overlayfs reads what is opaque. */
      readonly marks: OverlayXattrs;
      /** A directory of this machine that is the lowest layer. */
      readonly directory?: string;
    };

/** A file or directory of this machine that the container sees with its own ids. */
export interface VolumeRecord {
  /** Absolute path on the host. */
  readonly source: string;
  readonly kind: 'directory' | 'file';
  /** Name in the folder `volumes` of the container's run folder. */
  readonly place: string;
  /** Whether what is mounted below the source comes along. */
  readonly recursive: boolean;
  /** No program of it can be run. */
  readonly noexec?: boolean;
}

/** The snapshot that a container was made from. */
export interface ContainerImage {
  /** As the user named it. */
  readonly asked: string;
  /** Complete, with its transport. */
  readonly name: string;
  /** The layer after which it was taken. */
  readonly layer: number;
  /** Layers of the whole image. */
  readonly layers: number;
  /** diffIDs up to that layer, base first. */
  readonly diffIDs: readonly Digest[];
}
