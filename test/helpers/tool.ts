import { execFile, execFileSync, type ExecFileException } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';

/** The Debian package of each program that tests and benches run. */
export const PACKAGES: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  bash: 'bash',
  bsdtar: 'libarchive-tools',
  buildah: 'buildah',
  busybox: 'busybox-static',
  bzip2: 'bzip2',
  conmon: 'conmon',
  crun: 'crun',
  diff: 'diffutils',
  docker: 'docker.io',
  dockerd: 'docker.io',
  'dpkg-deb': 'dpkg',
  find: 'findutils',
  getfattr: 'attr',
  git: 'git',
  grep: 'grep',
  gzip: 'gzip',
  mmdebstrap: 'mmdebstrap',
  openssl: 'openssl',
  patch: 'patch',
  perl: 'perl',
  pigz: 'pigz',
  podman: 'podman',
  python3: 'python3',
  readelf: 'binutils',
  runc: 'runc',
  setcap: 'libcap2-bin',
  skopeo: 'skopeo',
  strace: 'strace',
  tar: 'tar',
  'tini-static': 'tini',
  tmux: 'tmux',
  umoci: 'umoci',
  unshare: 'util-linux',
  xmllint: 'libxml2-utils',
  xz: 'xz-utils',
  zsh: 'zsh',
  zstd: 'zstd',
};

export interface ToolOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Returns what the program printed on stdout. Throws an Error that says how to install it, or what it said and how it ended. */
export function tool(command: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        cwd: options.cwd,
        env: options.env ?? process.env,
        maxBuffer: 2 ** 30,
        encoding: 'utf8',
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(failure(command, args, error, stderr));
      },
    );
    child.stdin?.on('error', () => undefined).end(options.input ?? '');
  });
}

function failure(command: string, args: readonly string[], error: ExecFileException, stderr: string): Error {
  if (error.code === 'ENOENT') return missing(command);
  return new Error(`${command} ${args.join(' ')}: ${stderr.trim().slice(-4000) || error.message}`);
}

function missing(command: string): Error {
  return new Error(`${command} is not installed: apt-get install ${PACKAGES[command] ?? command}`);
}

/** Throws the Error that says how to install it when `command` is not on the PATH. */
export function needTool(command: string): void {
  const folders = (process.env.PATH ?? '').split(':');
  if (!folders.some((folder) => existsSync(path.join(folder, command)))) throw missing(command);
}

/**
 * Returns the command line that runs Node's `args` as user `uid`, who has no name, no group and no capability, but may read
 * what this user may: Node and the checkout may be in a folder of his own. user_namespaces(7)
 */
export function asUser(uid: number, args: readonly string[]): [command: string, args: string[]] {
  needTool('unshare');
  const id = String(uid);
  return ['unshare', ['--user', `--map-user=${id}`, `--map-group=${id}`, process.execPath, ...args]];
}

/** Throws unless this process is root: file owners, devices and overlay mounts need it. */
export function needRoot(): void {
  if (process.getuid?.() !== 0)
    throw new Error('this needs root: file owners, devices and mounts are compared');
}

/** True when overlayfs can be mounted on the file system of `folder`: not in a container whose own root is one. */
export function storageDriver(folder: string): 'overlay' | 'vfs' {
  const kind = execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim();
  return kind.startsWith('overlay') ? 'vfs' : 'overlay';
}

/** Removes a storage of containers/storage: unmounts what is mounted below `folder`, last first, then removes it. */
export async function removeStorage(folder: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ').at(4) ?? '')
    .filter((target) => target.startsWith(`${folder}/`));
  for (const target of mounts.reverse()) await tool('umount', [target]);
  await rm(folder, { recursive: true, force: true });
}
