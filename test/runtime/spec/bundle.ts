import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { cpus, release } from 'node:os';
import path from 'node:path';
import { localBusybox } from '../../../fixtures/busybox.js';
import { EMPTY_CONFIG } from '../../../src/model/image-config.js';
import { ALL_CAPABILITIES } from '../../../src/runtime/spec/capabilities.js';
import { type MadeConfig, makeRuntimeConfig } from '../../../src/runtime/spec/config.js';
import { PRIVATE_NAMESPACES } from '../../../src/runtime/spec/namespaces.js';
import type { HostFacts } from '../../../src/runtime/spec/host-facts.js';
import type { RunRequest } from '../../../src/runtime/spec/request.js';
import { formatRuntimeConfig } from '../../../src/runtime/spec/runtime-config.js';
import type { SnapshotFiles } from '../../../src/runtime/spec/snapshot-files.js';
import { parseOwnLimits } from '../../../src/runtime/spec/ulimits.js';
import type { ExecutionConfig } from '../../../src/model/image-config.js';

/** A request with nothing asked for. */
const PLAIN: RunRequest = {
  rootfs: '/rootfs',
  readonlyRoot: false,
  cgroupsPath: undefined,
  tty: false,
  consoleSize: undefined,
  entrypoint: undefined,
  command: [],
  environment: [],
  user: undefined,
  addGroups: [],
  workingDirectory: undefined,
  hostname: 'box',
  domainname: undefined,
  addCapabilities: [],
  dropCapabilities: [],
  noNewPrivileges: true,
  protectSystemPaths: true,
  seccomp: 'default',
  thirtyTwoBit: false,
  limits: {},
  ulimits: [],
  oomScoreAdjustment: undefined,
  shmSize: undefined,
  namespaces: PRIVATE_NAMESPACES,
  mounts: [],
  etcFiles: {},
  sysctls: [],
  devices: [],
  deviceRules: [],
};

/** A host on which everything can be had. */
export const HOST: HostFacts = {
  rootless: false,
  cgroup: 'v1',
  cgroupParent: '/strata',
  hasSwapLimit: true,
  ownLimits: new Map(),
  ownOomScoreAdjustment: 0,
  capSysResource: true,
  capabilities: ALL_CAPABILITIES,
  kernel: '6.12.0',
  architecture: 'x86_64',
  cpus: 2,
  idMaps: { uids: [], gids: [] },
  kindOf: () => 'directory',
};

/** A snapshot without users and without links. */
const NO_FILES: SnapshotFiles = { passwd: undefined, group: undefined, follow: (path) => path };

export interface Changes {
  readonly request?: Partial<RunRequest>;
  readonly image?: Partial<ExecutionConfig>;
  readonly host?: Partial<HostFacts>;
  readonly files?: Partial<SnapshotFiles>;
}

/** Returns the configuration of an ordinary container with these changes. */
export function configWith({ request, image, host, files }: Changes): MadeConfig {
  return makeRuntimeConfig({
    request: { ...PLAIN, command: image === undefined ? ['/bin/sh'] : [], ...request },
    image: { execution: { ...EMPTY_CONFIG.execution, ...image } },
    host: { ...HOST, ...host },
    files: { ...NO_FILES, ...files },
  });
}

/** Returns what is true of this machine, on which the test is root. */
export function thisHost(): HostFacts {
  const status = readFileSync('/proc/self/status', 'utf8');
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const capabilities = ALL_CAPABILITIES.filter((_, bit) => (bounding >> BigInt(bit)) & 1n);
  return {
    ...HOST,
    cgroup: exists('/sys/fs/cgroup/cgroup.controllers') ? 'v2' : 'v1',
    hasSwapLimit: exists('/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes'),
    ownLimits: parseOwnLimits(readFileSync('/proc/self/limits', 'utf8')),
    capSysResource: capabilities.includes('CAP_SYS_RESOURCE'),
    capabilities,
    kernel: release(),
    architecture: process.arch === 'arm64' ? 'aarch64' : 'x86_64',
    cpus: cpus().length,
    kindOf: (file) => (exists(file) ? (statSync(file).isDirectory() ? 'directory' : 'file') : undefined),
  };
}

export function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Makes a root file system of nothing but busybox, and returns its path. */
export function makeRoot(folder: string): string {
  const root = path.join(folder, 'rootfs');
  const bin = path.join(root, 'bin');
  for (const name of ['bin', 'etc', 'tmp', 'home/worker', 'dev', 'proc', 'sys'])
    mkdirSync(path.join(root, name), { recursive: true });
  const busybox = localBusybox();
  if (busybox === undefined) throw new Error('a static busybox is needed: apt-get install busybox-static');
  writeFileSync(path.join(bin, 'busybox'), busybox, { mode: 0o755 });
  const applets = execFileSync(path.join(bin, 'busybox'), ['--list'], { encoding: 'utf8' })
    .trim()
    .split('\n');
  for (const name of applets) if (name !== 'busybox') symlinkSync('busybox', path.join(bin, name));
  writeFileSync(
    path.join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nworker:x:1234:100::/home/worker:/bin/sh\n',
  );
  writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\nusers:x:100:\nextra:x:4321:worker\n');
  chmodSync(path.join(root, 'tmp'), 0o1777);
  return root;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a bundle of the configuration, and returns what its process printed and how it ended. `inside` is a program that
 * runs the runtime in namespaces of its own.
 */
export function runBundle(
  runtime: string,
  folder: string,
  id: string,
  made: MadeConfig,
  inside: readonly string[] = [],
): Ran {
  for (const { path: target, kind } of made.targets) {
    const place = path.join(made.config.root.path, target);
    if (exists(place)) continue;
    mkdirSync(kind === 'directory' ? place : path.dirname(place), { recursive: true });
    if (kind === 'file') writeFileSync(place, '');
  }
  const bundle = path.join(folder, id);
  mkdirSync(bundle);
  writeFileSync(path.join(bundle, 'config.json'), formatRuntimeConfig(made.config));
  const before = listed(made.config.root.path);
  const manager = inside.length > 0 ? 'disabled' : 'cgroupfs';
  const flags = runtime === 'crun' ? [`--cgroup-manager=${manager}`] : [];
  const state = path.join(folder, `${runtime}-state`);
  const [command, ...args] = [...inside, runtime, '--root', state, ...flags, 'run', '-b', bundle, id];
  const ran = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 60_000,
  });
  const after = listed(made.config.root.path);
  if (after !== before) throw new Error(`${runtime} made files of its own: ${before}\n${after}`);
  return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

function listed(root: string): string {
  return execFileSync('find', [root, '-printf', '%P %y\n'], { encoding: 'utf8' });
}

/** Removes what runtimes leave of a parent control group, of either version. */
export function removeControlGroups(name: string): void {
  for (const hierarchy of ['.', ...readdirSync('/sys/fs/cgroup')]) {
    const group = path.join('/sys/fs/cgroup', hierarchy, name);
    if (hierarchy !== 'unified' && exists(group)) rmdirSync(group);
  }
}
