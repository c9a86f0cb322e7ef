import { type BigIntStats, closeSync, constants, lstatSync, openSync, readlinkSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { decodeName, encodeName } from '../../model/name.js';
import { O_PATH, openInside } from '../sys/open-inside.js';
import { errnoOf } from './read-tree.js';

/** Where a path leads: a name in a directory that is held open, so that nothing changes that any more. */
export interface Located {
  /** A descriptor; to be closed. */
  readonly directory: number;
  /** `.` when the path names the directory itself. */
  readonly name: Uint8Array;
  /** Undefined when there is nothing of that name. */
  readonly stats: BigIntStats | undefined;
  /** The last name as it was written; '' when there is none, as for `/`. */
  readonly typed: string;
  /** It ends in a slash or in `.`: only a directory will do. */
  readonly wantsDirectory: boolean;
  /** It ends in `.`: what is in the directory is meant. */
  readonly contents: boolean;
}

/** Opens a directory by its path on one of the sides of a copy. */
export type OpenPath = (path: string) => number;

const { O_DIRECTORY } = constants;
/** As many links as Linux follows before ELOOP (path_resolution(7)). */
const MOST_LINKS = 40;

/** Returns how paths of this machine are opened: as its kernel does. */
export function hostPaths(): OpenPath {
  return (path) => openSync(Buffer.from(encodeName(path)), O_PATH | O_DIRECTORY);
}

/** Returns how paths of a container are opened, none of which leads out of the directory `root`. */
export function containerPaths(root: number): OpenPath {
  return (path) => openInside(root, encodeName(path), O_PATH | O_DIRECTORY);
}

/**
 * Looks a path up; a link at its end is followed with `follow`, or where only a directory will do. `what` is the path for
 * messages. Throws E_NOT_FOUND when the directory it is in does not exist, E_UNREADABLE.
 */
export function locate(open: OpenPath, path: string, what: string, follow: boolean): Located {
  const bare = path.replace(/\/+$/, '');
  const typed = lastName(bare);
  const contents = typed === '.';
  const wantsDirectory = contents || bare !== path;
  const named = { typed: typed === '.' || typed === '..' ? '' : typed, wantsDirectory, contents };
  try {
    let at = bare;
    for (let links = 0; links <= MOST_LINKS; links++) {
      const last = lastName(at);
      if (last === '' || last === '.' || last === '..')
        return { ...itself(open, at === '' ? '/' : at), ...named };
      const above = at.slice(0, at.length - last.length).replace(/(?<=.)\/+$/, '');
      const directory = open(above === '' ? '.' : above);
      const name = encodeName(last);
      const place = Buffer.concat([Buffer.from(`/proc/self/fd/${String(directory)}/`), name]);
      const stats = statsOf(place, directory);
      if (stats?.isSymbolicLink() !== true || !(follow || wantsDirectory))
        return { directory, name, stats, ...named };
      const link = decodeName(readlinkSync(place, { encoding: 'buffer' })).replace(/(?<=.)\/+$/, '');
      closeSync(directory);
      at = link.startsWith('/') ? link : `${above === '' ? '.' : above}/${link}`;
      if (/^\/+$/.test(at)) at = '';
    }
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === 'ENOENT' || errno === 'ENOTDIR')
      return fail('E_NOT_FOUND', `looking up ${what}: the directory it is in does not exist`, {
        cause: thrown,
      });
    if (errno === undefined) throw thrown;
    return fail('E_UNREADABLE', `looking up ${what}: ${errno}`, { cause: thrown });
  }
  return fail('E_UNREADABLE', `looking up ${what}: more than ${String(MOST_LINKS)} links`);
}

function itself(open: OpenPath, path: string): Pick<Located, 'directory' | 'name' | 'stats'> {
  const directory = open(path);
  const stats = lstatSync(`/proc/self/fd/${String(directory)}/.`, { bigint: true });
  return { directory, name: Buffer.from('.'), stats };
}

function statsOf(place: Buffer, directory: number): BigIntStats | undefined {
  try {
    return lstatSync(place, { bigint: true });
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    closeSync(directory);
    throw thrown;
  }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
