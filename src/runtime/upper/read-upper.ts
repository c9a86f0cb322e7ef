import { StrataError, fail } from '../../model/error.js';
import { decodeName } from '../../model/name.js';
import { SystemCallError } from '../sys/libc.js';
import { type OpenDirectory, openDirectory } from './open-directory.js';
import { createInodeReader, type ReadOptions } from './read-inode.js';
import type { UpperEntry } from './upper-entry.js';

export interface UpperOptions extends ReadOptions {
  /** Told of what a layer cannot hold and is left out. */
  readonly onSkipped?: ((path: string, what: 'socket') => void) | undefined;
}

/** Bytes of the longest path that a reader of layers takes (PATH_MAX of Linux without its NUL). */
const LONGEST = 4095;
const HERE = Buffer.from('.');

/**
 * Returns the entries of an overlay's upper directory, `/` first, depth first, children by the bytes of their names. Each
 * iteration is a new walk. No link is followed: every directory is held open while what is in it is walked. Memory grows
 * with depth, the names beside the way and the inodes of several names. Nobody may change the directory meanwhile
 * (pause the container). Iterating throws E_COMMIT for an owner that is not mapped, a path of more than 4095 bytes, a
 * file of which only metadata was copied up, and what vanished meanwhile; E_UNREADABLE.
 */
export function readUpper(directory: string, options: UpperOptions): Iterable<UpperEntry> {
  return { [Symbol.iterator]: () => walkUpper(directory, options) };
}

interface Frame {
  readonly directory: OpenDirectory;
  /** '' for the root. */
  readonly path: string;
  readonly bytes: number;
  readonly mayHoldWhiteouts: boolean;
  next: number;
}

function* walkUpper(root: string, options: UpperOptions): Generator<UpperEntry, void> {
  const inodes = createInodeReader(options);
  const stack: Frame[] = [];
  try {
    const top = attempt('/', () => openDirectory(root));
    const frame = { directory: top, path: '', bytes: 0, mayHoldWhiteouts: false, next: 0 };
    stack.push(frame);
    const first = attempt('/', () => inodes.read(top.place(HERE), '/', false));
    if (first.entry !== undefined) yield first.entry;
    stack[0] = { ...frame, mayHoldWhiteouts: first.mayHoldWhiteouts };
    for (let above = stack.at(-1); above !== undefined; above = stack.at(-1)) {
      if (above.next === above.directory.names.length) {
        above.directory.close();
        stack.pop();
        continue;
      }
      const name = above.directory.names[above.next++];
      const path = `${above.path}/${decodeName(name)}`;
      const bytes = above.bytes + 1 + name.length;
      if (bytes - 1 > LONGEST)
        fail('E_COMMIT', `reading the container's ${path}: a path of ${String(bytes - 1)} bytes is too long`);
      const place = above.directory.place(name);
      const { mayHoldWhiteouts } = above;
      const { entry, ...found } = attempt(path, () => inodes.read(place, path, mayHoldWhiteouts));
      if (entry === undefined) {
        options.onSkipped?.(path, 'socket');
        continue;
      }
      yield entry;
      if (entry.kind !== 'directory') continue;
      const below = attempt(path, () => openDirectory(place));
      stack.push({ directory: below, path, bytes, mayHoldWhiteouts: found.mayHoldWhiteouts, next: 0 });
    }
  } finally {
    for (const { directory } of stack) directory.close();
  }
}

/** Runs a step of reading `path`, so that what the system refuses names it. */
function attempt<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (thrown instanceof StrataError && !(thrown instanceof SystemCallError)) throw thrown;
    const errno = thrown instanceof SystemCallError ? thrown.errno : codeOf(thrown);
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ELOOP')
      fail('E_COMMIT', `reading the container's ${path}: it changed meanwhile`, {
        hint: 'pause the container first',
        cause: thrown,
      });
    return fail('E_UNREADABLE', `reading the container's ${path}: ${errno}`, { cause: thrown });
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
}
