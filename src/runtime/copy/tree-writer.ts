import { closeSync, constants, linkSync, mkdirSync, renameSync } from 'node:fs';
import { failWriting } from '../../layers/write/host-write.js';
import { fail } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import { isKernelsOwn } from '../sys/kernel-files.js';
import { SystemCallError } from '../sys/libc.js';
import { openBeneath, O_PATH } from '../sys/open-inside.js';
import type { CopyEntry, CopySink, Pieces } from './copy-entry.js';
import { placeIn, removeTree, statsAt, temporaryName, unlinkIfThere } from './place.js';
import { errnoOf } from './read-tree.js';
import { giveMetadata, makeNodeOf, making, type WritePolicy } from './write-node.js';

/** Where a tree goes. */
export interface TreeTarget {
  /** A descriptor of a directory. */
  readonly directory: number;
  /** The name that the tree's root gets in it; undefined: what is in the root goes into the directory. */
  readonly name: Uint8Array | undefined;
  /** For messages. */
  readonly shown: string;
}

/** Writes a tree. One of `finish` and `abandon` is to be called at the end. */
export interface TreeWriter extends CopySink {
  /** Gives directories their owners, modes and times, and what is new its name. Throws as `take`. */
  readonly finish: () => Promise<void>;
  /** Removes what is new; files that others have replaced stay. Never throws. */
  readonly abandon: () => void;
}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * Returns a writer of a tree. Every directory of the target is opened beneath it and without following a link
 * (openat2(2)), names are looked up in open directories only, files are made under another name and then renamed: whoever
 * may change the target meanwhile leads nowhere else, and nothing is ever seen half-written. A new directory has its name
 * only when all is in it. As with docker, a directory takes the place of nothing else, and nothing else that of a directory.
 * Calls throw E_EXISTS, E_UNWRITABLE, E_DISK_FULL, E_UNSAFE_PATH.
 */
export function createTreeWriter(target: TreeTarget, policy: WritePolicy): TreeWriter {
  const top = placeIn(target.directory);
  if (isKernelsOwn(top(Buffer.from('.'))))
    fail('E_UNSAFE_PATH', `writing ${target.shown}: it leads to a file system of the kernel's own`);
  /** The directory that the root of the tree is. */
  let base: number | undefined = target.name === undefined ? target.directory : undefined;
  /** Under this name it is filled. */
  let staged: Buffer | undefined;
  const directories: CopyEntry[] = [];
  let parent: { readonly path: string; readonly descriptor: number } | undefined;
  const shown = (path: string): string => (path === '' ? target.shown : `${target.shown}/${path}`);

  const beneath = (path: string, flags = O_PATH): number =>
    openBeneath(
      base ?? fail('E_TAR', `copying ${path}: the tree has no root`),
      path === '' ? '.' : encodeName(path),
      flags | O_DIRECTORY | O_NOFOLLOW,
    );
  const closeParent = (): void => {
    if (parent !== undefined) closeSync(parent.descriptor);
    parent = undefined;
  };
  /** The directory of a path, and the path's last name. */
  const parentOf = (path: string): { readonly descriptor: number; readonly name: Buffer } => {
    const slash = path.lastIndexOf('/');
    const above = slash < 0 ? '' : path.slice(0, slash);
    if (parent?.path !== above) {
      closeParent();
      parent = { path: above, descriptor: beneath(above) };
    }
    return { descriptor: parent.descriptor, name: Buffer.from(encodeName(path.slice(slash + 1))) };
  };
  const rename = (from: Buffer, to: Buffer): void => {
    making(policy, () => {
      renameSync(from, to);
    });
  };
  const link = (entry: CopyEntry, place: Buffer): boolean => {
    const slash = entry.link.lastIndexOf('/');
    const directory = beneath(slash < 0 ? '' : entry.link.slice(0, slash));
    try {
      const first = placeIn(directory)(Buffer.from(encodeName(entry.link.slice(slash + 1))));
      making(policy, () => {
        linkSync(first, place);
      });
      return true;
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
      policy.onLoss(entry.path, 'vanished');
      return false;
    } finally {
      closeSync(directory);
    }
  };
  const putFile = async (
    entry: CopyEntry,
    pieces: Pieces,
    directory: number,
    name: Buffer,
  ): Promise<void> => {
    const place = placeIn(directory);
    if (statsAt(place(name))?.isDirectory() === true)
      fail('E_EXISTS', `writing ${shown(entry.path)}: there is a directory`);
    const temporary = place(temporaryName());
    try {
      const made =
        entry.kind === 'hardlink'
          ? link(entry, temporary)
          : await makeNodeOf(entry, pieces, temporary, policy);
      if (made) rename(temporary, place(name));
      // Two names of one file: then renaming one to the other does nothing.
      if (made && entry.kind === 'hardlink') unlinkIfThere(temporary);
    } catch (thrown) {
      unlinkIfThere(temporary);
      throw thrown;
    }
  };
  const putDirectory = (entry: CopyEntry, directory: number, name: Buffer): void => {
    const place = placeIn(directory)(name);
    const stats = statsAt(place);
    if (stats === undefined)
      making(policy, () => {
        mkdirSync(place, 0o700);
      });
    else if (!stats.isDirectory())
      fail('E_EXISTS', `making the directory ${shown(entry.path)}: there is something else`);
    if (entry.implied !== true || stats === undefined) directories.push(entry);
  };
  const takeRoot = async (entry: CopyEntry, pieces: Pieces): Promise<void> => {
    if (target.name === undefined) return;
    const name = Buffer.from(target.name);
    if (entry.kind !== 'directory') {
      await putFile(entry, pieces, target.directory, name);
      return;
    }
    const isNew = statsAt(top(name)) === undefined;
    if (isNew) staged = temporaryName();
    putDirectory(entry, target.directory, staged ?? name);
    base = openBeneath(target.directory, staged ?? name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  };
  const settle = (entry: CopyEntry): void => {
    const descriptor = beneath(entry.path, O_RDONLY);
    try {
      const self = placeIn(descriptor)(Buffer.from('.'));
      // Of a copied root file system, /proc of the container that it is copied to.
      if (!isKernelsOwn(self)) giveMetadata(descriptor, entry, self, policy);
    } finally {
      closeSync(descriptor);
    }
  };
  const close = (): void => {
    closeParent();
    if (base !== undefined && base !== target.directory) closeSync(base);
    base = undefined;
  };
  return {
    async take(entry, pieces = []) {
      await step(shown(entry.path), async () => {
        if (entry.path === '') {
          await takeRoot(entry, pieces);
          return;
        }
        const { descriptor, name } = parentOf(entry.path);
        if (entry.kind === 'directory') putDirectory(entry, descriptor, name);
        else await putFile(entry, pieces, descriptor, name);
      });
    },
    async finish() {
      closeParent();
      // What is in a directory changes its time, and its mode may forbid that.
      for (const entry of directories.reverse())
        if (entry.path !== '')
          await step(shown(entry.path), () => {
            settle(entry);
          });
      await step(target.shown, () => {
        if (staged !== undefined && target.name !== undefined)
          rename(top(staged), top(Buffer.from(target.name)));
        staged = undefined;
        const root = directories.find(({ path }) => path === '');
        if (root !== undefined) settle(root);
      });
      close();
    },
    abandon() {
      try {
        if (staged !== undefined) removeTree(top(staged));
      } catch {
        // It stays below a name that says whose it is.
      }
      close();
    },
  };
}

/** Runs a step; what the kernel refuses is told as what writing `shown` met. */
async function step(shown: string, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError)) return failWriting('writing', shown, thrown);
    const { errno, message } = thrown;
    if (errno === 'ELOOP' || errno === 'EXDEV' || errno === 'ENOTDIR')
      fail('E_UNSAFE_PATH', `writing ${shown}: a directory on the way is a link, or became one`, {
        cause: thrown,
      });
    fail(errno === 'ENOSPC' ? 'E_DISK_FULL' : 'E_UNWRITABLE', `writing ${shown}: ${message}`, {
      cause: thrown,
    });
  }
}
