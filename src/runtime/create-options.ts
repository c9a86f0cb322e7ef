import type { IndexedLayer } from '../layers/index/index-image.js';
import type { Union } from '../layers/union/union.js';
import type { Image } from '../model/image.js';
import type { Store } from '../store/store.js';
import type { RunFolder } from './container/folder.js';
import type { EngineHandle } from './engine/engine.js';
import type { IdMap } from './id-map.js';
import type { PlainLayersOptions } from './snapshot/plain-layers.js';
import type { SnapshotChoice } from './snapshot/prepare.js';
import type { HostAddress } from './spec/hosts.js';
import type { HostFacts } from './spec/host-facts.js';
import type { RunRequest } from './spec/request.js';
import type { ResolverConfig } from './spec/resolver.js';

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
