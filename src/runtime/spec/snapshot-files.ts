import { type ContentOptions, readWhole } from '../../layers/read/content.js';
import { resolvePath } from '../../layers/union/resolve.js';
import { fileAt } from '../../layers/union/snapshot-file.js';
import { childNamed, type Union } from '../../layers/union/union.js';
import { fail, StrataError } from '../../model/error.js';
import type { Layer } from '../../model/image.js';
import { decodeName } from '../../model/name.js';
import type { UserFiles } from './users.js';

/** What the specification needs to know of a snapshot: no path of it is ever looked up by the host's kernel. */
export interface SnapshotFiles extends UserFiles {
  /** Returns the absolute path that a path of the snapshot leads to, links followed as far as there is something. */
  readonly follow: (path: string) => string;
}

/** As many links as Linux follows before ELOOP (path_resolution(7)). */
const MOST_LINKS = 40;

/** Bytes that /etc/passwd and /etc/group may have, as in moby/sys (CVE-2024-9676, CVE-2026-47262). */
const USER_FILE_LIMIT = 1024 * 1024;

/** Reads what the specification needs of snapshot `n`. Throws E_LIMIT for a user file over 1 MiB. */
export async function readSnapshotFiles(
  union: Union,
  n: number,
  layers: readonly Layer[],
  options: ContentOptions,
): Promise<SnapshotFiles> {
  const read = (path: string): Promise<string | undefined> => readText(union, n, layers, path, options);
  const [passwd, group] = await Promise.all([read('/etc/passwd'), read('/etc/group')]);
  return {
    passwd,
    group,
    follow: (path) => followPath(union, n, path),
  };
}

/** Returns the text of a regular file, one code unit per odd byte, or undefined when there is none at the path. */
async function readText(
  union: Union,
  n: number,
  layers: readonly Layer[],
  path: string,
  options: ContentOptions,
): Promise<string | undefined> {
  const file = found(() => resolvePath(union, n, path));
  if (file?.kind !== 'file' || file.inode === undefined) return undefined;
  const { layer, row } = file.inode;
  return decodeName(
    await readWhole(layers[layer - 1], union.layers[layer - 1], row, USER_FILE_LIMIT, options),
  );
}

function found<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') return undefined;
    throw thrown;
  }
}

/** What the container has of its own, whatever the image has there. */
const OWN_TREES: readonly string[] = ['dev', 'proc', 'sys'];

/**
 * Returns the rooted clean path that `path` leads to in snapshot `n`, symbolic links followed inside the snapshot only.
 * What does not exist stays as it is written, and so does what is below /dev, /proc and /sys. Throws E_UNSAFE_PATH for more than 40 links.
 */
export function followPath(union: Union, n: number, path: string): string {
  const todo = path.split('/').reverse();
  const trail: { readonly name: string; readonly node: number }[] = [];
  let links = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      trail.pop();
      continue;
    }
    const parent = trail.at(-1)?.node ?? 0;
    const own = trail.length === 0 && OWN_TREES.includes(part);
    const node = own || parent < 0 ? -1 : childNamed(union, parent, part);
    const file = node < 0 ? undefined : fileAt(union, node, n);
    if (file?.kind !== 'symlink') {
      trail.push({ name: part, node: file === undefined ? -1 : node });
      continue;
    }
    if (++links > MOST_LINKS)
      fail('E_UNSAFE_PATH', `following ${path} in the image: more than 40 symbolic links`);
    if (file.link.startsWith('/')) trail.length = 0;
    todo.push(...file.link.split('/').reverse());
  }
  return `/${trail.map(({ name }) => name).join('/')}`;
}
