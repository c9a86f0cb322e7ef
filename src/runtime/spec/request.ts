import type { CommandRequest } from './command-line.js';
import type { EnvironmentChange } from './environment.js';
import type { LimitRequest } from './limits.js';
import type { NamespaceRequest } from './namespaces.js';
import type { ConsoleSize, DeviceNode, DeviceRule, SeccompConfig } from './runtime-config.js';
import type { Sysctl } from './sysctls.js';
import type { Ulimit } from './ulimits.js';
import type { UserMount } from './user-mounts.js';

/** What a container is to be, once the flags are parsed. */
export interface RunRequest extends CommandRequest {
  /** Absolute path of the mounted root file system. */
  readonly rootfs: string;
  readonly readonlyRoot: boolean;
  /** Path in the container of a program that is its first process and starts the command behind `--`. */
  readonly init?: string | undefined;
  /** Absolute, in every hierarchy of control groups; undefined for none. */
  readonly cgroupsPath: string | undefined;
  readonly tty: boolean;
  readonly consoleSize: ConsoleSize | undefined;
  readonly environment: readonly EnvironmentChange[];
  /** Undefined for the image's. */
  readonly user: string | undefined;
  /** Further groups by name or number. */
  readonly addGroups: readonly string[];
  readonly workingDirectory: string | undefined;
  readonly hostname: string;
  readonly domainname: string | undefined;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly protectSystemPaths: boolean;
  /** `default` is ours, `unconfined` none at all. */
  readonly seccomp: 'default' | 'unconfined' | SeccompConfig;
  /** Whether our own filter lets programs of the 32-bit sibling architecture run. */
  readonly thirtyTwoBit: boolean;
  readonly limits: LimitRequest;
  readonly ulimits: readonly Ulimit[];
  readonly oomScoreAdjustment: number | undefined;
  /** Bytes of /dev/shm; undefined for docker's 64 MiB. */
  readonly shmSize: number | undefined;
  readonly namespaces: NamespaceRequest;
  readonly mounts: readonly UserMount[];
  /** Files of the host that become /etc/hosts, /etc/hostname and /etc/resolv.conf. */
  readonly etcFiles: EtcFiles;
  readonly sysctls: readonly Sysctl[];
  readonly devices: readonly RequestedDevice[];
  readonly deviceRules: readonly DeviceRule[];
}

/** Absolute paths on the host. */
export interface EtcFiles {
  readonly hosts?: string;
  readonly hostname?: string;
  readonly resolv?: string;
}

/** A device of the host, which is to be a node in the container. */
export interface RequestedDevice extends DeviceNode {
  /** Its path on the host. */
  readonly source: string;
  /** Of `rwm`: what the container may do to it. */
  readonly access: string;
}
