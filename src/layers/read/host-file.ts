import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StrataError } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import { pathComponents } from '../index/path-table.js';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Opens a regular file below a directory of the host component by component through /proc/self/fd (openat(2) in plain
 * Node), following no link on the way: whatever happens to the tree meanwhile, the file is below `root`. Throws
 * E_UNREADABLE.
 */
export async function openBelow(root: string, path: string): Promise<FileHandle> {
  const parts = pathComponents(path);
  const last = parts.pop() ?? encodeName('.');
  let directory = await opened(root, O_RDONLY | O_DIRECTORY, path);
  try {
    for (const part of parts) {
      const below = await opened(joined(directory, part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, path);
      await directory.close();
      directory = below;
    }
    const file = await opened(joined(directory, last), O_RDONLY | O_NOFOLLOW | O_NONBLOCK, path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new StrataError('E_UNREADABLE', `reading ${path}: it is no regular file any more`);
  } finally {
    await directory.close();
  }
}

function joined(directory: FileHandle, name: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${String(directory.fd)}/`), name]);
}

async function opened(path: string | Buffer, flags: number, shown: string): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StrataError('E_UNREADABLE', `reading ${shown}: ${why}`, { cause: error });
  }
}
