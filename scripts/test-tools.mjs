/** The programs that tests run: checked, and on Debian as root installed. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { SetupError, run, say } from './setup.mjs';

/** Program and its Debian package. */
export const TOOLS = [
  ['apt-get', 'apt'],
  ['bash', 'bash'],
  ['bsdtar', 'libarchive-tools'],
  ['buildah', 'buildah'],
  ['busybox', 'busybox-static'],
  ['bzip2', 'bzip2'],
  ['conmon', 'conmon'],
  ['crun', 'crun'],
  ['diff', 'diffutils'],
  ['docker', 'docker.io'],
  ['dockerd', 'docker.io'],
  ['dpkg-deb', 'dpkg'],
  ['find', 'findutils'],
  ['getfattr', 'attr'],
  ['git', 'git'],
  ['grep', 'grep'],
  ['gzip', 'gzip'],
  ['openssl', 'openssl'],
  ['patch', 'patch'],
  ['perl', 'perl'],
  ['pigz', 'pigz'],
  ['podman', 'podman'],
  ['python3', 'python3'],
  ['readelf', 'binutils'],
  ['runc', 'runc'],
  ['setcap', 'libcap2-bin'],
  ['skopeo', 'skopeo'],
  ['strace', 'strace'],
  ['tar', 'tar'],
  ['tini-static', 'tini'],
  ['tmux', 'tmux'],
  ['umoci', 'umoci'],
  ['unshare', 'util-linux'],
  ['xmllint', 'libxml2-utils'],
  ['xz', 'xz-utils'],
  ['zsh', 'zsh'],
  ['zstd', 'zstd'],
];

/** Returns the Debian packages of what is missing. */
export function missingPackages() {
  const missing = TOOLS.filter(([program]) => !onPath(program)).map(([, name]) => name);
  const pip = spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
  return [...new Set(pip.status === 0 ? missing : [...missing, 'python3-pip'])];
}

/** Installs what is missing, or throws a SetupError that names it. */
export function needTestTools() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const command = `apt-get install -y ${missing.join(' ')}`;
  if (process.getuid?.() !== 0)
    throw new SetupError(`the tests need programs that are not installed: as root, ${command}`);
  if (!onPath('apt-get'))
    throw new SetupError(
      `the tests need these Debian packages, or what they are called here: ${missing.join(' ')}`,
    );
  say(`Installing what the tests need: ${missing.join(' ')} …`);
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  const install = ['-q', '-y', 'install', '--no-install-recommends', ...missing];
  try {
    run('apt-get', install, command);
  } catch {
    run('apt-get', ['-q', 'update'], 'apt-get update');
    run('apt-get', install, command);
  }
  const still = missingPackages();
  if (still.length > 0) throw new SetupError(`${command}: done, but still missing: ${still.join(' ')}`);
}

/** The PATH of an ordinary user lacks the last two. */
function onPath(program) {
  return `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':').some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
