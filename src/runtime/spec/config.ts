import { fail } from '../../model/error.js';
import type { ImageConfig } from '../../model/image-config.js';
import { capabilitySets, chooseCapabilities } from './capabilities.js';
import { commandLine } from './command-line.js';
import { deviceNodes, deviceRules } from './devices.js';
import { makeEnvironment } from './environment.js';
import { makeResources } from './limits.js';
import { standardMounts } from './mounts.js';
import { makeNamespaces } from './namespaces.js';
import { type MountTarget, placeMounts } from './place-mounts.js';
import type { HostFacts } from './host-facts.js';
import type { RequestedDevice, RunRequest } from './request.js';
import type {
  LinuxConfig,
  MountConfig,
  ProcessConfig,
  ResourcesConfig,
  RuntimeConfig,
} from './runtime-config.js';
import { makeSeccomp } from './seccomp.js';
import type { SnapshotFiles } from './snapshot-files.js';
import { makeSysctls } from './sysctls.js';
import { maskedPaths, READONLY_PATHS } from './system-paths.js';
import { clampUlimits } from './ulimits.js';
import { findUser } from './users.js';
import { workingDirectory } from './working-directory.js';

export interface RuntimeConfigInput {
  readonly request: RunRequest;
  readonly image: Pick<ImageConfig, 'execution'>;
  readonly host: HostFacts;
  readonly files: SnapshotFiles;
}

export interface MadeConfig {
  readonly config: RuntimeConfig;
  /** The program and its arguments, without an init before them. */
  readonly command: readonly string[];
  /** What must be in the root file system, so that the runtime makes nothing in the container's own layer. */
  readonly targets: readonly MountTarget[];
  /** What could not be as asked for, in words for the user. */
  readonly notes: readonly string[];
}

/**
 * Returns the configuration of a container (OCI runtime specification 1.0.2): the same for the same input, and nothing is
 * read but what is passed in. Throws a StrataError for what cannot be as asked for.
 */
export function makeRuntimeConfig(input: RuntimeConfigInput): MadeConfig {
  const { request, host, files } = input;
  const { namespaces } = request;
  if (host.rootless && request.deviceRules.length > 0)
    fail('E_PRIVILEGE', 'letting the container use devices: without root no rule on devices can be written');
  const capabilities = chooseCapabilities(
    request.addCapabilities,
    request.dropCapabilities,
    host.capabilities,
  );
  const ulimits = clampUlimits(request.ulimits, host.ownLimits, host.capSysResource);
  const limits = makeResources(request.limits, host);
  const placed = placeMounts({
    standard: standardMounts({ host, namespaces, shmSize: request.shmSize }),
    etcFiles: request.etcFiles,
    wanted: request.mounts,
    host,
    follow: files.follow,
  });
  const command = commandLine(input.image.execution, request);
  const init = request.init === undefined ? [] : [request.init, '--'];
  const config: RuntimeConfig = {
    ociVersion: '1.0.2',
    process: {
      ...makeProcess(input, capabilities),
      args: [...init, ...command],
      rlimits: ulimits.rlimits,
    },
    root: { path: request.rootfs, readonly: request.readonlyRoot },
    ...(namespaces.uts === 'private' ? { hostname: request.hostname } : {}),
    mounts: [...placed.mounts, ...(host.rootless ? request.devices.map(boundDevice) : [])],
    linux: {
      ...makeLinux(input, capabilities, limits.resources),
      ...(placed.needsSlave ? { rootfsPropagation: 'rslave' as const } : {}),
    },
  };
  const notes = [...ulimits.notes, ...limits.notes, ...closedVolumes(input)];
  return { config, command, targets: placed.targets, notes };
}

/** Docker makes a volume for each that an image declares; without one it is a directory of the root file system. */
function closedVolumes({ request, image }: Pick<RuntimeConfigInput, 'request' | 'image'>): string[] {
  if (!request.readonlyRoot) return [];
  const mounted = new Set(request.mounts.map(({ target }) => target.replace(/(?<=.)\/+$/, '')));
  const closed = image.execution.volumes.filter((volume) => !mounted.has(volume.replace(/(?<=.)\/+$/, '')));
  if (closed.length === 0) return [];
  const some = `${closed.slice(0, 3).join(', ')}${closed.length > 3 ? ', …' : ''}`;
  return [
    `--read-only: what the image has as volumes (${some}) is read-only, too; --tmpfs ${closed[0]} makes room`,
  ];
}

function makeProcess(
  { request, image, host, files }: RuntimeConfigInput,
  capabilities: readonly string[],
): Omit<ProcessConfig, 'args' | 'rlimits'> {
  const { execution } = image;
  const user = findUser(request.user ?? execution.user, files, request.addGroups);
  const { oomScoreAdjustment: score } = request;
  if (score !== undefined && score < host.ownOomScoreAdjustment && !host.capSysResource)
    fail('E_PRIVILEGE', `setting the OOM score to ${String(score)}: this process may not go below its own`, {
      hint: `${String(host.ownOomScoreAdjustment)} and more is possible`,
    });
  return {
    terminal: request.tty,
    ...(request.tty && request.consoleSize !== undefined ? { consoleSize: request.consoleSize } : {}),
    user: { uid: user.uid, gid: user.gid, additionalGids: user.groups },
    env: makeEnvironment({
      image: execution.env,
      changes: request.environment,
      hostname: request.hostname,
      home: user.home,
      tty: request.tty,
    }),
    cwd: workingDirectory(request.workingDirectory, execution.workingDir, files.follow),
    capabilities: capabilitySets(capabilities, user.uid),
    noNewPrivileges: request.noNewPrivileges,
    ...(score === undefined ? {} : { oomScoreAdj: score }),
  };
}

function makeLinux(
  { request, host }: RuntimeConfigInput,
  capabilities: readonly string[],
  resources: Omit<ResourcesConfig, 'devices'>,
): LinuxConfig {
  const { namespaces, devices, seccomp, protectSystemPaths } = request;
  const { architecture, cpus, rootless, cgroup } = host;
  const userMaps = namespaces.user;
  const own = { architecture, capabilities, thirtyTwoBit: request.thirtyTwoBit };
  const filter = seccomp === 'default' ? makeSeccomp(own) : seccomp;
  return {
    ...(request.cgroupsPath === undefined || cgroup === 'none' ? {} : { cgroupsPath: request.cgroupsPath }),
    namespaces: makeNamespaces(namespaces),
    ...(userMaps === undefined ? {} : { uidMappings: userMaps.uids, gidMappings: userMaps.gids }),
    maskedPaths: protectSystemPaths ? maskedPaths(architecture, cpus) : [],
    readonlyPaths: protectSystemPaths ? READONLY_PATHS : [],
    ...(rootless || devices.length === 0 ? {} : { devices: deviceNodes(devices) }),
    // Without privileges outside nobody may write the rules, and no device can be opened that was not before.
    resources: rootless ? resources : { devices: deviceRules(devices, request.deviceRules), ...resources },
    sysctl: makeSysctls({
      wanted: request.sysctls,
      namespaces,
      idMaps: host.idMaps,
      domainname: request.domainname,
    }),
    ...(filter === 'unconfined' ? {} : { seccomp: filter }),
  };
}

/** A node cannot be made in a user namespace, but one of the host be seen. */
function boundDevice({ source, path }: RequestedDevice): MountConfig {
  return {
    destination: path,
    type: 'bind',
    source,
    options: ['bind', 'rprivate', 'nosuid', 'noexec'],
  };
}
