import type { IdMaps } from './namespaces.js';
import type { Architecture } from './seccomp.js';
import type { OwnLimits } from './ulimits.js';

/** What is true of this machine and this process. */
export interface HostFacts {
  /** Whether the runtime is started inside a user namespace, without privileges outside. */
  readonly rootless: boolean;
  /** How control groups are laid out; `none` when this process cannot make any. */
  readonly cgroup: 'v1' | 'hybrid' | 'v2' | 'none';
  /** The control group below which the container's is made, the same in every hierarchy. */
  readonly cgroupParent: string;
  /** Controllers that work there; undefined for all. */
  readonly controllers?: readonly string[] | undefined;
  /** What root has to run where `cgroup` is `none`. */
  readonly cgroupRemedy?: string | undefined;
  /** Whether the kernel counts swap (memory.memsw of version 1, memory.swap of version 2). */
  readonly hasSwapLimit: boolean;
  readonly ownLimits: OwnLimits;
  readonly ownOomScoreAdjustment: number;
  readonly capSysResource: boolean;
  /** The bounding set of this process, as in `CAP_CHOWN`. */
  readonly capabilities: readonly string[];
  /** Release, as in `6.18.44`. */
  readonly kernel: string;
  readonly architecture: Architecture;
  /** Processors that are online. */
  readonly cpus: number;
  /** Returns their numbers, as in `0-3,5`; undefined where the kernel does not say. Few starts ask. */
  readonly onlineProcessors?: () => string | undefined;
  /** Maps of the user namespace this process is in; empty in the first one. */
  readonly idMaps: IdMaps;
  /** Returns what a path of the host is, links followed, or undefined when nothing is there. */
  readonly kindOf: (path: string) => 'directory' | 'file' | undefined;
}
