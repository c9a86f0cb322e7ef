import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  write,
} from 'node:fs';
import path from 'node:path';
import { doing, failWriting } from '../../layers/write/host-write.js';
import { fail } from '../../model/error.js';

/** A file that gets its name when it is whole. */
export interface FileOutput {
  /** Appends the bytes, which stay as they are until the promise settles. */
  write(bytes: Uint8Array): Promise<void>;
  /** Gives the file its name. Throws E_EXISTS when something has it meanwhile, unless it may be replaced. */
  publish(): void;
  /** Removes the file unless it was published. Never throws. */
  discard(): void;
}

/**
 * Makes a file beside `target`, under another name until it is whole. A file that it replaces gives it its permissions; a
 * link is replaced, not what it leads to. Throws E_EXISTS when something has that name and `replace` is false or it is no
 * file, E_NOT_FOUND, E_UNWRITABLE.
 */
export function createFileOutput(target: string, replace: boolean): FileOutput {
  const refuse = (): void => {
    const stats = lstatSync(target, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const replaceable = isReplaceable(target, stats);
    if (replace && replaceable) return;
    fail('E_EXISTS', `writing ${target}: it exists already${replaceable ? '' : ' and is no regular file'}`, {
      hint: replaceable
        ? 'name another file, or replace it with --force'
        : 'name another file, or - for standard output',
    });
  };
  doing('writing', target, refuse);
  const old = replace ? lstatSync(target, { throwIfNoEntry: false }) : undefined;
  const name = path.join(path.dirname(target), `.strata-${randomBytes(6).toString('hex')}`);
  const mode = old?.isFile() === true ? old.mode & 0o777 : undefined;
  let descriptor: number | undefined = doing('writing', target, () => openNew(name, mode));
  let published = false;
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length;) done += await writeSome(descriptor, bytes, done, target);
    },
    publish() {
      doing('writing', target, () => {
        close();
        if (replace) {
          renameSync(name, target);
          published = true;
        } else publishNew(name, target, refuse);
      });
    },
    discard() {
      close();
      try {
        if (!published) unlinkSync(name);
      } catch {
        // It is gone, or its directory is.
      }
    },
  };
}

/**
 * A device or pipe would become a file for everybody else, too, and so would the links in /dev that lead to what a process
 * has open.
 */
function isReplaceable(target: string, stats: Stats): boolean {
  if (!stats.isSymbolicLink()) return stats.isFile();
  if (['/dev/', '/proc/'].some((own) => path.resolve(target).startsWith(own))) return false;
  return statSync(target, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** Opens a new file, with exactly these permissions where they are given; where they cannot be set there is none. */
function openNew(name: string, mode: number | undefined): number {
  const descriptor = openSync(name, 'wx', mode ?? 0o666);
  try {
    // File systems that give all files the same, as FAT, may refuse to set even those.
    if (mode !== undefined && (fstatSync(descriptor).mode & 0o777) !== mode) fchmodSync(descriptor, mode);
    return descriptor;
  } catch (thrown) {
    closeSync(descriptor);
    unlinkSync(name);
    throw thrown;
  }
}

/** link(2) never replaces; the other name is removed afterwards as for a file that was not published. */
function publishNew(name: string, target: string, refuse: () => void): void {
  try {
    linkSync(name, target);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : '';
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw thrown;
    // File systems without hard links, as FAT.
    refuse();
    renameSync(name, target);
  }
}

function writeSome(
  descriptor: number | undefined,
  bytes: Uint8Array,
  done: number,
  target: string,
): Promise<number> {
  if (descriptor === undefined) return fail('E_INTERNAL', `writing ${target}: it is closed`);
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, done, bytes.length - done, null, (error, count) => {
      if (error === null) resolve(count);
      else {
        try {
          failWriting('writing', target, error);
        } catch (failure) {
          reject(failure instanceof Error ? failure : error);
        }
      }
    });
  });
}
