import { pathComponents } from '../index/path-table.js';
import { TOUCH } from '../union/touch.js';
import { childNamed, type Inode, inodeOf, leavesFile, liveTouch, type Union } from '../union/union.js';

/** Where package managers keep what they downloaded: `~` is /root and each directory of /home, `*` any one name. */
const PLACES = {
  apt: ['/var/lib/apt/lists', '/var/cache/apt'],
  apk: ['/var/cache/apk', '/etc/apk/cache'],
  dnf: ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/yum'],
  zypper: ['/var/cache/zypp'],
  pacman: ['/var/cache/pacman/pkg'],
  pip: ['~/.cache/pip'],
  uv: ['~/.cache/uv'],
  poetry: ['~/.cache/pypoetry'],
  conda: ['/opt/conda/pkgs', '~/miniconda3/pkgs'],
  npm: ['~/.npm/_cacache', '~/.npm/_logs'],
  yarn: ['~/.cache/yarn', '/usr/local/share/.cache/yarn', '~/.yarn/berry/cache'],
  pnpm: ['~/.local/share/pnpm/store', '~/.cache/pnpm'],
  go: ['~/go/pkg/mod', '/go/pkg/mod', '~/.cache/go-build'],
  cargo: ['~/.cargo/registry', '~/.cargo/git', '/usr/local/cargo/registry', '/usr/local/cargo/git'],
  composer: ['~/.composer/cache', '~/.cache/composer'],
  gem: ['/usr/local/bundle/cache', '/usr/local/lib/ruby/gems/*/cache', '/var/lib/gems/*/cache'],
  maven: ['~/.m2/repository'],
  gradle: ['~/.gradle/caches'],
} as const satisfies Record<string, readonly string[]>;

export type PackageCache = keyof typeof PLACES;

export const PACKAGE_CACHES = Object.keys(PLACES) as PackageCache[];

/** Which entries lie in caches. */
export interface CachedEntries {
  /** The cache that the entry's own path lies in. */
  at(layer: number, row: number): PackageCache | undefined;
  /** How many paths within caches show the entry's content in the snapshot. */
  names(layer: number, row: number): number;
  /** Whether any entry of the layer lies in one. */
  inLayer(layer: number): boolean;
}

/**
 * Returns which entries of the layers 1..n lie in caches of package managers. Looks the places up and walks what is below
 * them, so that an image without caches costs nothing.
 */
export function cachedEntries(union: Union, n: number): CachedEntries {
  const caches: (Uint8Array | undefined)[] = [];
  /** Names shown; kept only where there is one, by layer and row. */
  const names: (Uint16Array | undefined)[] = [];
  const { touchStart, touches } = union;

  const mark = ({ layer, row }: Inode, cache: number): void => {
    (caches[layer] ??= new Uint8Array(union.layers[layer - 1].count))[row] = cache;
  };
  const visit = (node: number, cache: number): void => {
    for (let touch = touchStart[node]; touch < touchStart[node + 1] && touches.layer[touch] <= n; touch++)
      if (leavesFile(union, touch) && touches.kind[touch] !== TOUCH.implied)
        mark({ layer: touches.layer[touch], row: touches.row[touch] }, cache);
    const live = liveTouch(union, node, n);
    const inode = live < 0 ? undefined : inodeOf(union, live);
    if (inode === undefined) return;
    mark(inode, cache);
    const counts = (names[inode.layer] ??= new Uint16Array(union.layers[inode.layer - 1].count));
    if (counts[inode.row] < 0xffff) counts[inode.row]++;
  };

  for (const [i, cache] of PACKAGE_CACHES.entries())
    for (const place of PLACES[cache])
      for (const top of nodesAt(union, place)) {
        const stack = [top];
        for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
          visit(node, i + 1);
          for (let child = union.childStart[node]; child < union.childStart[node + 1]; child++)
            stack.push(union.children[child]);
        }
      }

  return {
    at(layer, row) {
      const cache = caches[layer]?.[row] ?? 0;
      return cache === 0 ? undefined : PACKAGE_CACHES[cache - 1];
    },
    names: (layer, row) => names[layer]?.[row] ?? 0,
    inLayer: (layer) => caches[layer] !== undefined,
  };
}

function homesOf(place: string): string[] {
  return place.startsWith('~') ? ['/root', '/home/*'].map((home) => home + place.slice(1)) : [place];
}

/** What may stand in a command line as it is. */
const PLAIN = /^\w[\w.-]{0,31}$/;

/**
 * Returns the place of the cache that a path lies in, undefined when it lies in none. Of the path it holds names of letters
 * and digits only, `NAME` for any other.
 */
export function cachePlace(cache: PackageCache, path: string): string | undefined {
  const parts = path.split('/');
  for (const place of PLACES[cache].flatMap(homesOf)) {
    const wanted = place.split('/');
    if (wanted.length > parts.length || !wanted.every((part, i) => part === '*' || part === parts[i]))
      continue;
    return wanted
      .map((part, i) => (part !== '*' ? part : PLAIN.test(parts[i]) ? parts[i] : 'NAME'))
      .join('/');
  }
  return undefined;
}

/** The nodes of the union that a place of {@link PLACES} names. */
function nodesAt(union: Union, place: string): number[] {
  if (place.startsWith('~')) return homesOf(place).flatMap((one) => nodesAt(union, one));
  let nodes = [0];
  for (const part of pathComponents(place)) {
    const any = part.length === 1 && part[0] === 0x2a;
    nodes = nodes.flatMap((node) => {
      if (any) return [...union.children.subarray(union.childStart[node], union.childStart[node + 1])];
      const child = childNamed(union, node, part);
      return child < 0 ? [] : [child];
    });
  }
  return nodes;
}
