import type { Instruction } from '../history/instruction.js';
import type { PackageCache } from './package-caches.js';

const APT = 'rm -rf /var/lib/apt/lists/* && apt-get clean';

/** How the cache is emptied or switched off in the RUN that fills it; undefined: by removing it. */
const IN_RUN: Readonly<Record<PackageCache, string | undefined>> = {
  apt: APT,
  apk: 'apk add --no-cache',
  dnf: 'dnf clean all',
  zypper: 'zypper clean --all',
  pacman: 'pacman -Scc --noconfirm',
  pip: 'pip install --no-cache-dir',
  uv: 'uv --no-cache',
  poetry: 'poetry install --no-cache',
  conda: 'conda clean --all --yes',
  npm: 'npm cache clean --force',
  yarn: 'yarn cache clean',
  pnpm: 'pnpm store prune',
  go: 'go clean -cache -modcache',
  cargo: undefined,
  composer: 'composer --no-cache',
  gem: undefined,
  maven: undefined,
  gradle: undefined,
};

/** A cache that a layer brought. */
export interface Cached {
  readonly cache: PackageCache;
  /** Where it lies, most bytes first; empty when that is not known. */
  readonly places: readonly string[];
  /** `layer 3`, and what made it. */
  readonly made: string;
  readonly instruction: Instruction | undefined;
}

/** Returns how to keep a cache out of the layer that brought it: out of what a COPY takes, or of what a RUN leaves. */
export function cacheFix({ cache, places, made, instruction }: Cached): string {
  const where = places.length === 0 ? 'it' : places.join(' and ');
  const keyword = instruction?.keyword;
  if (keyword === 'COPY' || keyword === 'ADD')
    return instruction?.copied?.from === undefined
      ? `${cache}'s cache: leave ${where} out of the ${keyword} of ${made} (.dockerignore, or a narrower ${keyword})`
      : `${cache}'s cache: leave ${where} out of the COPY --from of ${made} (a narrower one), or empty it in the stage`;
  const inRun = IN_RUN[cache] ?? (places.length === 0 ? undefined : `rm -rf ${places.join(' ')}`);
  const empty = inRun === undefined ? 'empty it' : `\`${inRun}\``;
  const [target = 'DIRECTORY', ...more] = new Set(places.map(mountOf));
  const others = more.length === 0 ? '' : ` (and ${more.join(', ')})`;
  return `${cache}'s cache: ${empty} in the same RUN (${made}), or RUN --mount=type=cache,target=${target}${others}`;
}

/** The directory that the package manager itself takes for its cache, where a part of it is what need not be stored. */
function mountOf(place: string): string {
  return place.replace(/\/(?:_cacache|_logs|lists)$/, '');
}
