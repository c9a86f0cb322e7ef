import type { Digest } from '../../model/digest.js';
import type { Engine } from '../engine/find-engine.js';
import type { IdMap } from '../id-map.js';

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
  /** Names in the folder `layers`: the image of the snapshot and its devices in their order. */
  readonly snapshot: { readonly image: string; readonly devices: readonly string[] };
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
