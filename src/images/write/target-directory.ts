import { lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { fail, StrataError } from '../../model/error.js';
import { createPending } from '../../store/atomic.js';
import { errnoOf, isAbsent } from '../../store/failure.js';
import { thisOwner } from '../../store/owner.js';

/** A directory into which files are written, and what of it would have to go when the writing fails. */
export interface TargetDirectory {
  /** Makes a directory below, with its parents. */
  readonly makeDirectory: (name: string) => Promise<void>;
  /** Returns the bytes of the file there; undefined when there is none. */
  readonly size: (name: string) => Promise<number | undefined>;
  /** Writes a file whole or not at all, in place of what had its name. */
  readonly writeFile: (name: string, source: AsyncIterable<Uint8Array> | Uint8Array) => Promise<void>;
  /** Removes what was made, as long as nobody put anything beside it. */
  readonly undo: () => Promise<void>;
}

/**
 * Returns the directory `root`, which is made with the first thing in it. Errors say what `doing` was refused, and of
 * which directory: `shown`, where `root` is a name for the time being.
 */
export function targetDirectory(
  root: string,
  doing: string,
  onBytes?: (count: number) => void,
  shown = root,
): TargetDirectory {
  const made: { readonly place: string; readonly kind: 'file' | 'directory' }[] = [];
  const options = { owner: thisOwner(), durable: false, mode: 0o644 };
  const refused = (thrown: unknown): never => failTarget(doing, shown, thrown);

  const makeDirectory = async (place: string): Promise<void> => {
    try {
      await mkdir(place);
      made.push({ place, kind: 'directory' });
    } catch (thrown) {
      if (errnoOf(thrown) === 'EEXIST') return;
      if (errnoOf(thrown) !== 'ENOENT' || place === path.dirname(place) || place === root) throw thrown;
      await makeDirectory(path.dirname(place));
      await makeDirectory(place);
    }
  };
  return {
    makeDirectory: (name) => makeDirectory(path.join(root, name)).catch(refused),
    size: (name) =>
      lstat(path.join(root, name)).then(
        (stats) => (stats.isFile() ? stats.size : undefined),
        () => undefined,
      ),
    async writeFile(name, source) {
      const place = path.join(root, name);
      const isNew = await lstat(place).then(
        () => false,
        (thrown: unknown) => isAbsent(thrown) || refused(thrown),
      );
      const pending = await createPending(root, options).catch(refused);
      try {
        const chunks = source instanceof Uint8Array ? [source] : source;
        for await (const chunk of chunks) {
          await pending.write(chunk).catch(refused);
          onBytes?.(chunk.length);
        }
        await pending.publish(place).catch(refused);
        if (isNew) made.push({ place, kind: 'file' });
      } finally {
        await pending.discard();
      }
    },
    async undo() {
      for (const { place, kind } of made.reverse())
        await (kind === 'file' ? rm(place, { force: true }) : rmdir(place)).catch(() => undefined);
      made.length = 0;
    },
  };
}

/** Throws what a refusal of the system means to a user: E_NOT_FOUND, E_DISK_FULL, else E_UNWRITABLE. */
export function failTarget(doing: string, place: string, thrown: unknown): never {
  if (thrown instanceof StrataError) throw thrown;
  const errno = errnoOf(thrown);
  if (errno === '') throw thrown;
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    return fail('E_NOT_FOUND', `${doing} ${place}: its directory does not exist`, { cause: thrown });
  if (errno === 'ENOSPC' || errno === 'EDQUOT')
    return fail('E_DISK_FULL', `${doing} ${place}: no space left on the device`, { cause: thrown });
  return fail('E_UNWRITABLE', `${doing} ${place}: ${errno}`, { cause: thrown });
}
