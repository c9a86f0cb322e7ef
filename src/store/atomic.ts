import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from './failure.js';
import { type Owner, ownerTag } from './owner.js';

const TOOK_NOTHING = 'the file system took no bytes';

/** A file being written; it has no name that anyone reads before {@link PendingFile.publish}. */
export interface PendingFile {
  /** Appends the bytes, all of them. */
  write(bytes: Uint8Array): Promise<void>;
  /** Gives the file its final name, replacing what had it; with `durable`, only after its bytes are on the disk. */
  publish(target: string): Promise<void>;
  /** Removes the file unless it was published. Never throws: it runs while another error is on its way. */
  discard(): Promise<void>;
}

export interface PendingOptions {
  readonly owner: Owner;
  /** Whether the file must survive a power loss once published (fsync of the file and of the directory). */
  readonly durable: boolean;
  readonly mode: number;
}

/** Returns a new file in the directory `temporary`, which must be on the same file system as the final place. */
export async function createPending(temporary: string, options: PendingOptions): Promise<PendingFile> {
  const name = path.join(temporary, ownerTag(options.owner));
  let handle: FileHandle | undefined = await open(name, 'wx', options.mode);
  let position = 0;
  let published = false;
  const opened = (): FileHandle => {
    if (handle === undefined) throw new Error('the file is closed');
    return handle;
  };
  const close = async (): Promise<void> => {
    const closing = handle;
    handle = undefined;
    await closing?.close();
  };
  return {
    async write(bytes) {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await opened().write(bytes, done, bytes.length - done, position);
        if (bytesWritten === 0) throw new Error(TOOK_NOTHING);
        done += bytesWritten;
        position += bytesWritten;
      }
    },
    async publish(target) {
      if (options.durable) await opened().sync();
      await close();
      await rename(name, target);
      published = true;
      if (options.durable) await syncDirectory(path.dirname(target));
    },
    async discard() {
      await close().catch(() => undefined);
      if (!published) await rm(name, { force: true }).catch(() => undefined);
    },
  };
}

/** Bytes that are read or written sooner than another thread is woken. */
export const SMALL = 256 * 1024;

/** Replaces the file `target` by these bytes: afterwards it holds all of them or what it held before. */
export async function writeAtomic(
  target: string,
  parts: readonly Uint8Array[],
  temporary: string,
  options: PendingOptions,
): Promise<void> {
  if (!options.durable && parts.reduce((bytes, part) => bytes + part.length, 0) <= SMALL) {
    const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    replaceFile(target, bytes, path.join(temporary, ownerTag(options.owner)), options.mode);
    return;
  }
  const pending = await createPending(temporary, options);
  try {
    for (const part of parts) await pending.write(part);
    await pending.publish(target);
  } finally {
    await pending.discard();
  }
}

function replaceFile(target: string, bytes: Uint8Array, temporary: string, mode: number): void {
  const descriptor = openSync(temporary, 'wx', mode);
  try {
    try {
      for (let done = 0; done < bytes.length;) {
        const count = writeSync(descriptor, bytes, done, bytes.length - done, done);
        if (count === 0) throw new Error(TOOK_NOTHING);
        done += count;
      }
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (thrown) {
    removeQuietly(temporary);
    throw thrown;
  }
}

/** Removes a file, which may be gone. Never throws: what stays is swept once its process has ended. */
export function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Of no matter to whoever wrote it.
  }
}

/** Makes the names in a directory survive a power loss (fsync(2): the file's own fsync does not do that). */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (thrown) {
    // Some network and FUSE file systems cannot; they give no such promise at all.
    if (errnoOf(thrown) !== 'EINVAL' && errnoOf(thrown) !== 'ENOTSUP') throw thrown;
  } finally {
    await handle.close();
  }
}

/**
 * Creates a directory and its parents for this user alone; with `durable`, their names survive a power loss. (Not
 * `mkdir` with `recursive`: that reports a full disk as ENOENT.)
 */
export async function createDirectory(directory: string, durable: boolean): Promise<void> {
  const parent = path.dirname(directory);
  try {
    if (!makeOne(directory, parent !== directory)) {
      await createDirectory(parent, durable);
      // Some file systems (procfs) go on to say so beside a parent that exists.
      makeOne(directory, false);
    }
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return;
    throw thrown;
  }
  if (durable) await syncDirectory(parent);
}

/** Returns false when its parent is missing and that may be told so. */
function makeOne(directory: string, mayMiss: boolean): boolean {
  try {
    mkdirSync(directory, 0o700);
    return true;
  } catch (thrown) {
    if (mayMiss && errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}
