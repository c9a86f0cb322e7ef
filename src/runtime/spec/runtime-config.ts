import type { IdMapping } from '../id-map.js';

/*
 * What we write of the OCI runtime specification's `config.json` (version 1.0.2, config.md and config-linux.md): only the
 * fields that are ever set. Numbers that may be 2^64-1 are bigints.
 */

export interface RuntimeConfig {
  readonly ociVersion: '1.0.2';
  readonly process: ProcessConfig;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname?: string;
  readonly mounts: readonly MountConfig[];
  readonly linux: LinuxConfig;
}

export interface ProcessConfig {
  readonly terminal: boolean;
  readonly consoleSize?: ConsoleSize;
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: CapabilitySets;
  readonly rlimits: readonly RlimitConfig[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj?: number;
}

/** Rows and columns of a terminal. */
export interface ConsoleSize {
  readonly height: number;
  readonly width: number;
}

export interface CapabilitySets {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly ambient: readonly string[];
}

export interface RlimitConfig {
  /** As in `RLIMIT_NOFILE`. */
  readonly type: string;
  readonly soft: bigint;
  readonly hard: bigint;
}

export interface MountConfig {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface LinuxConfig {
  readonly cgroupsPath?: string;
  readonly namespaces: readonly NamespaceConfig[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly rootfsPropagation?: 'rslave';
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly devices?: readonly DeviceNode[];
  readonly resources: ResourcesConfig;
  readonly sysctl: Readonly<Record<string, string>>;
  readonly seccomp?: SeccompConfig;
}

export type NamespaceType = 'user' | 'pid' | 'network' | 'ipc' | 'uts' | 'mount' | 'cgroup';

export interface NamespaceConfig {
  readonly type: NamespaceType;
  /** The namespace to enter instead of a new one. */
  readonly path?: string;
}

/** A device node to be made in the container. */
export interface DeviceNode {
  readonly path: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  /** Permission bits. */
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: 'a' | 'c' | 'b';
  readonly major?: number;
  readonly minor?: number;
  readonly access: string;
}

export interface ResourcesConfig {
  readonly devices?: readonly DeviceRule[];
  readonly memory?: { readonly limit?: number; readonly reservation?: number; readonly swap?: number };
  readonly cpu?: {
    readonly shares?: number;
    readonly quota?: number;
    readonly period?: number;
    readonly cpus?: string;
  };
  readonly pids?: { readonly limit: number };
}

export interface SeccompConfig {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}

export interface SeccompArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: string;
}

/** Returns the text of `config.json`: the same for the same configuration, with numbers of 64 bits in full. */
export function formatRuntimeConfig(config: RuntimeConfig): string {
  return `${jsonOf(config)}\n`;
}

/** Returns the text of one process alone, as a runtime's `exec` reads it. */
export function formatProcess(process: ProcessConfig): string {
  return `${jsonOf(process)}\n`;
}

function jsonOf(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${jsonOf(member)}`).join(',')}}`;
}
