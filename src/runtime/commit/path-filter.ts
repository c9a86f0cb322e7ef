import { compileGlob, type PathMatcher } from '../../layers/search/glob.js';
import { cachePlace, PACKAGE_CACHES } from '../../layers/waste/package-caches.js';
import { basename, dirname } from '../../model/path.js';
import type { ContainerChange } from '../changes/container-change.js';

/** What of a container's changes goes into a layer. */
export interface FilterOptions {
  /** Globs of layers/glob; with any, only what fits one, or lies below what does. */
  readonly include?: readonly string[] | undefined;
  /** What fits one, or lies below what does, stays as the snapshot has it. */
  readonly exclude?: readonly string[] | undefined;
  /** Leaves out what package managers and Python put into their caches; what was deleted there is still deleted. */
  readonly dropCaches?: boolean | undefined;
  /** Exactly these paths, with all that goes when something else takes the place of a directory. */
  readonly picked?: ReadonlySet<string> | undefined;
}

/** Returns whether a change goes into the layer. Throws E_USAGE for a malformed glob. */
export function compileFilter(options: FilterOptions): (change: ContainerChange) => boolean {
  const included = atOrBelow(options.include ?? []);
  const excluded = atOrBelow(options.exclude ?? []);
  const cached = options.dropCaches === true ? inherited(isCacheDirectory) : () => false;
  const { picked } = options;
  return ({ path, kind, removedBy }) =>
    (picked === undefined || removedBy === 'replaced' || picked.has(path)) &&
    (included?.(path) ?? true) &&
    !(excluded?.(path) ?? false) &&
    (kind === 'removed' || !cached(path));
}

function atOrBelow(globs: readonly string[]): PathMatcher | undefined {
  if (globs.length === 0) return undefined;
  const matchers = globs.map((glob) => compileGlob(glob));
  return inherited((path) => matchers.some((fits) => fits(path)));
}

/** The caches in which layers/waste sees waste, and compiled Python, which Python makes again (PEP 3147). */
function isCacheDirectory(path: string): boolean {
  return (
    basename(path) === '__pycache__' || PACKAGE_CACHES.some((cache) => cachePlace(cache, path) !== undefined)
  );
}

/** Returns whether a path or any directory above it fits. Directories are remembered. */
function inherited(fits: PathMatcher): PathMatcher {
  const known = new Map<string, boolean>();
  const directory = (path: string): boolean => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const answer = fits(path) || (path !== '/' && directory(dirname(path)));
    known.set(path, answer);
    return answer;
  };
  return (path) => (path === '/' ? directory(path) : directory(dirname(path)) || fits(path));
}
