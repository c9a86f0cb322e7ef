import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import { removeBelow } from '../../io/remove-below.js';
import { systemReason } from '../../io/system-error.js';
import { fail } from '../../model/error.js';
import { applyToOpen, doing, failWriting, type HostMetadata, type HostPath, showPath } from './host-write.js';

/** A new private directory in which files are made before they get their names. */
export interface Staging {
  /** Begins every path inside. It leads to this very directory whatever becomes of its name. */
  readonly root: string;
  /**
   * Gives the entry `from` of the staging directory the name `to`, which nothing but an empty directory may have;
   * a directory gets its metadata then, since the mode may forbid moving it. Throws E_EXISTS, E_UNWRITABLE.
   */
  publish(from: string, to: HostPath, directory: HostMetadata | undefined): void;
  /** Removes the directory with all that is left in it, and unless `keep` what was published too. Never throws. */
  end(keep: boolean): void;
}

/** Makes a staging directory below `parent`. Throws E_NOT_FOUND, E_UNWRITABLE, E_DISK_FULL. */
export function createStaging(parent: string): Staging {
  const name = doing('writing', parent, () => mkdtempSync(path.join(parent, '.strata-')));
  const descriptor = openSync(name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  // Who may write in `parent` could put a link in place of the name; the descriptor stays what it is.
  const link = `/proc/self/fd/${String(descriptor)}`;
  const root = existsSync(link) ? link : name;
  const stats = fstatSync(descriptor);
  if ((stats.mode & 0o777) !== 0o700 || (process.getuid !== undefined && stats.uid !== process.getuid())) {
    closeSync(descriptor);
    fail('E_UNSAFE_PATH', `writing ${name}: someone else replaced it`);
  }
  const published: { from: string; to: HostPath }[] = [];
  return {
    root,
    publish(from, to, directory) {
      const staged = `${root}/${from}`;
      doing('writing', to, () => {
        if (directory === undefined) linkFile(staged, to);
        else moveDirectory(staged, to, directory);
      });
      published.push({ from, to });
    },
    end(keep) {
      try {
        if (!keep) for (const { from, to } of published.reverse()) withdraw(to, `${root}/${from}`);
        removeBelow(root);
      } catch {
        // What cannot be removed stays below a name that says whose it is.
      }
      closeSync(descriptor);
      try {
        rmdirSync(name);
      } catch {
        // As above.
      }
    },
  };
}

/** link(2) gives a name only where there is none, unlike rename(2), and does not follow the staged symlink. */
function linkFile(staged: string, to: HostPath): void {
  try {
    linkSync(staged, to);
  } catch (thrown) {
    const { code } = systemReason(thrown);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw thrown;
    // File systems without hard links, as FAT.
    refuseExisting(to);
    renameSync(staged, to);
  }
}

/** rename(2) of a directory replaces nothing but an empty one. */
function moveDirectory(staged: string, to: HostPath, metadata: HostMetadata): void {
  const descriptor = openSync(staged, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    try {
      renameSync(staged, to);
    } catch (thrown) {
      if (systemReason(thrown).code === 'ENOTDIR') refuseExisting(to);
      throw thrown;
    }
    applyToOpen(descriptor, metadata);
  } finally {
    closeSync(descriptor);
  }
}

function withdraw(to: HostPath, staged: string): void {
  try {
    if (lstatSync(to).isDirectory()) {
      chmodSync(to, 0o700);
      renameSync(to, staged);
    } else unlinkSync(to);
  } catch {
    // It went away, or became something else, meanwhile.
  }
}

/**
 * Throws E_EXISTS when something has that name; an empty directory may be filled, but for the current one, whose users
 * would be left in a directory without a name.
 */
export function refuseExisting(to: HostPath): void {
  let stats;
  try {
    stats = lstatSync(to);
  } catch (thrown) {
    if (systemReason(thrown).code === 'ENOENT') return;
    return failWriting('writing', to, thrown);
  }
  const shown = showPath(to);
  if (!stats.isDirectory() || readdirSync(to).length > 0)
    fail('E_EXISTS', `writing ${shown}: it exists already`, {
      hint: 'name a path that does not exist, or an empty directory',
    });
  const here = statSync('.');
  if (here.dev === stats.dev && here.ino === stats.ino)
    fail('E_EXISTS', `writing ${shown}: it is the current directory`, {
      hint: 'name a new directory in it, or use --into',
    });
}
