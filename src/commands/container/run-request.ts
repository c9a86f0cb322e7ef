import { readFileSync } from 'node:fs';
import type { CreateOptions } from '../../runtime/create-options.js';
import { parseAddHost } from '../../runtime/spec/hosts.js';
import { parseHostName } from '../../runtime/spec/host-name.js';
import { chooseCapabilities, parseCapability } from '../../runtime/spec/capabilities.js';
import { parseEnvFile } from '../../runtime/spec/env-file.js';
import { type EnvironmentChange, parseEnvironment } from '../../runtime/spec/environment.js';
import * as limits from '../../runtime/spec/limits.js';
import { parseMount } from '../../runtime/spec/mount-flag.js';
import { PRIVATE_NAMESPACES } from '../../runtime/spec/namespaces.js';
import type { HostFacts } from '../../runtime/spec/host-facts.js';
import type { RunRequest } from '../../runtime/spec/request.js';
import { parseNameServer, parseSearchDomain, readResolver } from '../../runtime/spec/resolver.js';
import { readSeccompFile } from '../../runtime/spec/seccomp-file.js';
import { parseSecurityOptions, type SeccompChoice } from '../../runtime/spec/security-options.js';
import { parseSize } from '../../runtime/spec/sizes.js';
import { parseSysctl } from '../../runtime/spec/sysctls.js';
import { parseUlimit } from '../../runtime/spec/ulimits.js';
import { parseTmpfs, parseVolume, type UserMount } from '../../runtime/spec/user-mounts.js';
import { findInit } from '../../runtime/toolbox/host-tools.js';
import { INIT_TARGET, toolMount } from '../../runtime/toolbox/tool-mounts.js';
import { toFailure } from '../program/failure.js';

/** Values of the flags that limit a control group. */
export interface LimitFlagValues {
  readonly memory?: string | undefined;
  readonly 'memory-swap'?: string | undefined;
  readonly cpus?: string | undefined;
  readonly 'cpu-shares'?: string | undefined;
  readonly 'cpu-quota'?: string | undefined;
  readonly 'cpu-period'?: string | undefined;
  readonly 'cpuset-cpus'?: string | undefined;
  readonly 'pids-limit'?: string | undefined;
}

/** Values of the flags of run-flags.ts. */
export interface ContainerFlagValues extends LimitFlagValues {
  readonly hostname?: string | undefined;
  readonly env?: readonly string[] | undefined;
  readonly 'env-file'?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
  readonly 'group-add'?: readonly string[] | undefined;
  readonly entrypoint?: string | undefined;
  readonly init?: boolean;
  readonly volume?: readonly string[] | undefined;
  readonly mount?: readonly string[] | undefined;
  readonly tmpfs?: readonly string[] | undefined;
  readonly 'read-only'?: boolean;
  readonly 'shm-size'?: string | undefined;
  readonly ulimit?: readonly string[] | undefined;
  readonly 'cap-add'?: readonly string[] | undefined;
  readonly 'cap-drop'?: readonly string[] | undefined;
  readonly 'security-opt'?: readonly string[] | undefined;
  readonly sysctl?: readonly string[] | undefined;
  readonly network: 'none' | 'host';
  readonly 'add-host'?: readonly string[] | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly 'dns-search'?: readonly string[] | undefined;
  /** No flag: what strata itself brings along. */
  readonly tools?: readonly UserMount[];
}

type Parts = Pick<CreateOptions, 'request' | 'addHosts' | 'resolver' | 'hostResolver'>;

/** Returns what the flags ask for. Throws E_USAGE and what reading the files that they name throws. */
export function containerRequest(
  flags: ContainerFlagValues,
  command: readonly string[],
  tty: boolean,
  consoleSize: { readonly height: number; readonly width: number } | undefined,
  host: HostFacts,
): Parts {
  const cwd = process.cwd();
  const security = parseSecurityOptions(flags['security-opt'] ?? []);
  const capabilities = {
    add: (flags['cap-add'] ?? []).map(parseCapability),
    drop: (flags['cap-drop'] ?? []).map(parseCapability),
  };
  const init = flags.init === true ? [toolMount(findInit(), INIT_TARGET)] : [];
  return {
    request: {
      command,
      init: init.length === 0 ? undefined : INIT_TARGET,
      entrypoint: flags.entrypoint,
      readonlyRoot: flags['read-only'] === true,
      tty,
      consoleSize,
      environment: environment(flags),
      user: flags.user,
      addGroups: flags['group-add'] ?? [],
      workingDirectory: flags.workdir,
      hostname: mapped(flags.hostname, (name) => parseHostName(name, '--hostname')),
      domainname: undefined,
      addCapabilities: capabilities.add,
      dropCapabilities: capabilities.drop,
      noNewPrivileges: security.noNewPrivileges,
      protectSystemPaths: security.protectSystemPaths,
      seccomp: seccompOf(security.seccomp, capabilities, host),
      thirtyTwoBit: false,
      limits: limitRequest(flags),
      ulimits: (flags.ulimit ?? []).map(parseUlimit),
      oomScoreAdjustment: undefined,
      shmSize: mapped(flags['shm-size'], (text) => parseSize(text, '--shm-size')),
      namespaces: { ...PRIVATE_NAMESPACES, network: flags.network === 'host' ? 'host' : 'private' },
      mounts: [
        ...(flags.volume ?? []).map((text) => parseVolume(text, cwd)),
        ...(flags.mount ?? []).map((text) => parseMount(text, cwd)),
        ...(flags.tmpfs ?? []).map(parseTmpfs),
        ...init,
        ...(flags.tools ?? []),
      ],
      sysctls: (flags.sysctl ?? []).map(parseSysctl),
      devices: [],
      deviceRules: [],
    },
    addHosts: (flags['add-host'] ?? []).map((text) => parseAddHost(text, undefined)),
    resolver: {
      servers: (flags.dns ?? []).map(parseNameServer),
      search: (flags['dns-search'] ?? []).map(parseSearchDomain),
      options: [],
    },
    hostResolver: readResolver(readIfThere('/etc/resolv.conf')),
  };
}

function seccompOf(
  choice: SeccompChoice,
  { add, drop }: { readonly add: readonly string[]; readonly drop: readonly string[] },
  { architecture, kernel, capabilities }: HostFacts,
): RunRequest['seccomp'] {
  if (choice.kind !== 'file') return choice.kind;
  const given = chooseCapabilities(add, drop, capabilities);
  return readSeccompFile(readNamed(choice.path), choice.path, { architecture, kernel, capabilities: given });
}

function environment(flags: ContainerFlagValues): EnvironmentChange[] {
  const fromFiles = (flags['env-file'] ?? []).flatMap((name) =>
    parseEnvFile(readNamed(name), name, process.env),
  );
  return [...fromFiles, ...(flags.env ?? []).map((text) => parseEnvironment(text, process.env))];
}

/** Returns what the flags limit; a key for each, undefined for one that is absent or says that there is no limit. */
export function limitRequest(flags: LimitFlagValues): limits.LimitRequest {
  return {
    memory: mapped(flags.memory, (text) => limits.parseMemory(text)),
    memorySwap: mapped(flags['memory-swap'], limits.parseMemorySwap),
    nanoCpus: mapped(flags.cpus, limits.parseCpus),
    cpuShares: mapped(flags['cpu-shares'], limits.parseCpuShares),
    cpuQuota: mapped(flags['cpu-quota'], limits.parseCpuQuota),
    cpuPeriod: mapped(flags['cpu-period'], limits.parseCpuPeriod),
    cpusetCpus: mapped(flags['cpuset-cpus'], limits.parseCpuset),
    pidsLimit: mapped(flags['pids-limit'], limits.parsePidsLimit),
  };
}

function mapped<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value);
}

/** Reads a file that the user named. Throws E_NOT_FOUND or E_UNREADABLE. */
function readNamed(name: string): Buffer {
  try {
    return readFileSync(name);
  } catch (thrown) {
    throw toFailure(thrown);
  }
}

function readIfThere(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch {
    return '';
  }
}
