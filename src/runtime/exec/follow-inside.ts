import { closeSync, constants } from 'node:fs';
import { fail } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import { SystemCallError } from '../sys/libc.js';
import { O_PATH, openInside, readOpenLink } from '../sys/open-inside.js';

/** As many links as Linux follows before ELOOP (path_resolution(7)). */
const MOST_LINKS = 40;
const { O_NOFOLLOW } = constants;

/**
 * Returns the absolute path that `path` leads to in the directory of the descriptor `root`, links followed by their texts as
 * far as there is something; what is below /proc stays as it is, since it means another thing to another process. Throws
 * E_UNSAFE_PATH for more than 40 links.
 */
export function followInside(root: number, path: string): string {
  const todo = path.split('/').reverse();
  let done: string[] = [];
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const link = done[0] === 'proc' ? undefined : linkAt(root, `/${[...done, name].join('/')}`);
    if (link === undefined) {
      done.push(name);
      continue;
    }
    if (++links > MOST_LINKS)
      fail('E_UNSAFE_PATH', `following ${path}: more than ${String(MOST_LINKS)} links`);
    if (link.startsWith('/')) done = [];
    todo.push(...link.split('/').reverse());
  }
  return `/${done.join('/')}`;
}

/** Undefined for what is no link, or not there. */
function linkAt(root: number, path: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openInside(root, encodeName(path), O_PATH | O_NOFOLLOW);
  } catch (thrown) {
    if (thrown instanceof SystemCallError) return undefined;
    throw thrown;
  }
  try {
    return readOpenLink(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
