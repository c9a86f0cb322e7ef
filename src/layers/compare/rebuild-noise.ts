import type { Difference } from './diff.js';
import { FACET } from '../union/facets.js';
import { compileGlob, type PathMatcher } from '../search/glob.js';
import type { SnapshotFile } from '../union/snapshot-file.js';

/** Why a rebuild of the same source may differ there. */
export type Noise =
  | 'mtime'
  | 'cache'
  | 'log'
  | 'bytecode'
  | 'ld.so.cache'
  | 'package lists'
  | 'machine id'
  | 'backup copy'
  | 'temporary file'
  | 'set by the builder'
  | 'build id';

interface Rule {
  readonly reason: Noise;
  readonly fits: PathMatcher;
}

const rule = (reason: Noise, ...globs: string[]): Rule[] =>
  globs.map((glob) => ({ reason, fits: compileGlob(glob) }));

/** The first that fits counts. */
const RULES: readonly Rule[] = [
  ...rule('ld.so.cache', '/etc/ld.so.cache'),
  ...rule('package lists', '/var/lib/apt/lists/**', '/lib/apk/db/scripts.tar', '/var/lib/dnf/**'),
  ...rule('machine id', '/etc/machine-id', '/var/lib/dbus/machine-id'),
  ...rule(
    'backup copy',
    '/etc/{passwd,group,shadow,gshadow,subuid,subgid}-',
    '/var/lib/dpkg/{status,available,diversions,statoverride}-old',
    '/var/cache/debconf/*-old',
  ),
  ...rule(
    'set by the builder',
    '/etc/{resolv.conf,hosts,hostname,mtab}',
    '/.dockerenv',
    '/run/.containerenv',
  ),
  ...rule('bytecode', '*.pyc', '*.pyo', '/**/__pycache__/**'),
  ...rule('log', '/var/log/**', '/root/.npm/_logs/**', '/home/*/.npm/_logs/**'),
  ...rule(
    'cache',
    '/var/cache/**',
    '/root/{.cache,.npm,.cargo/registry,go/pkg/mod/cache}/**',
    '/home/*/{.cache,.npm,.cargo/registry,go/pkg/mod/cache}/**',
    '/usr/share/{mime,applications}/*.cache',
    '/usr/lib/**/gconv-modules.cache',
  ),
  ...rule('temporary file', '/tmp/**', '/var/tmp/**', '/run/{lock,apt,systemd,log}/**', '/run/*.pid'),
];

/** Facets of a directory that only tell that something in it came or went. */
const TIMES = FACET.mtime;

/**
 * Returns why a rebuild of the same source legitimately differs there, or undefined when it tells of a real difference.
 * Only paths, kinds and facets are looked at; that two programs differ in their build id alone is for who reads them.
 * Another kind, mode, owner, xattr or device is always real, wherever it is, and so is what can give privileges.
 */
export function rebuildNoise({ kind, facets, path, before, after }: Difference): Noise | undefined {
  if (kind === 'modified' && (facets & ~TIMES) === 0) return 'mtime';
  if ((facets & ~(FACET.content | FACET.mtime | FACET.link | FACET.links)) !== 0) return undefined;
  if (isPrivileged(before) || isPrivileged(after)) return undefined;
  const here = RULES.find(({ fits }) => fits(path))?.reason;
  if (kind === 'modified') return here;
  if (kind === 'added' || kind === 'removed') {
    const file = after ?? before;
    if (file?.kind !== 'file' && file?.kind !== 'directory') return undefined;
    // Python loads bytecode without its source only outside these directories (PEP 3147).
    return here === 'bytecode' && !path.includes('/__pycache__') ? undefined : here;
  }
  // A file that came from elsewhere is no cache that was made anew.
  return before !== undefined && RULES.some(({ fits }) => fits(before.path)) ? here : undefined;
}

function isPrivileged(file: SnapshotFile | undefined): boolean {
  return file !== undefined && ((file.mode & 0o6000) !== 0 || file.xattrs.size > 0);
}
