import { fail, StrataError } from '../../model/error.js';
import { rootedPath } from '../../model/path.js';
import { fileAt, type SnapshotFile } from './snapshot-file.js';
import { childNamed, lookup, type Union } from './union.js';

/** As many links as Linux follows before ELOOP (path_resolution(7)). */
const MOST_LINKS = 40;

/** Said of any path that is not found in snapshot 0. */
export const NO_LAYER_HINT = 'before the first layer there is nothing but the root';

/**
 * Returns the file a path of snapshot `n` leads to, following symbolic links inside the snapshot only: an absolute target
 * begins at its root and `..` never leaves it. With `followLast: false` a link at the end is returned itself. Throws
 * E_NOT_FOUND, naming the part that is not there.
 */
export function resolvePath(
  union: Union,
  n: number,
  path: string,
  { followLast = true }: { readonly followLast?: boolean } = {},
): SnapshotFile {
  const todo = splitName(path).reverse();
  const trail: number[] = [0];
  let links = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const parent = trail[trail.length - 1];
    const node = childNamed(union, parent, part);
    const file = node < 0 ? undefined : fileAt(union, node, n);
    if (file === undefined) return notFound(union, n, path, parent, part);
    const isLast = todo.every((rest) => rest === '' || rest === '.');
    if (file.kind === 'symlink' && (!isLast || followLast || todo.length > 0)) {
      if (++links > MOST_LINKS)
        fail('E_NOT_FOUND', `following ${path}: more than ${String(MOST_LINKS)} symbolic links`);
      if (file.link.startsWith('/')) trail.length = 1;
      todo.push(...splitName(file.link).reverse());
      continue;
    }
    if (file.kind !== 'directory' && !isLast)
      fail('E_NOT_FOUND', `looking up ${path}: ${file.path} is no directory`);
    trail.push(node);
  }
  const found = fileAt(union, trail[trail.length - 1], n);
  return found ?? fail('E_INTERNAL', `looking up ${path}: what was just there is not`);
}

/**
 * Returns the node of a path that some layer up to `n` touched, whether or not it exists in snapshot `n`, or -1. A path
 * that no layer names itself is looked up through the symbolic links of the newest snapshot where it leads somewhere
 * (`/bin/x` below a link `bin -> usr/bin`); a link at its end is not followed. The root is there without any layer.
 */
export function findNode(union: Union, n: number, path: string): number {
  const exact = lookup(union, rootedPath(path));
  if (exact >= 0 && union.touchStart[exact] < union.touchStart[exact + 1]) {
    if (union.touches.layer[union.touchStart[exact]] <= n) return exact;
  }
  for (let k = n; k >= Math.min(n, 1); k--) {
    const node = nodeIn(union, k, path);
    if (node >= 0) return node;
  }
  return -1;
}

function nodeIn(union: Union, n: number, path: string): number {
  try {
    return resolvePath(union, n, path, { followLast: false }).node;
  } catch (error) {
    if (error instanceof StrataError && error.code === 'E_NOT_FOUND') return -1;
    throw error;
  }
}

function splitName(path: string): string[] {
  return path.split('/');
}

function notFound(union: Union, n: number, path: string, parent: number, part: string): never {
  const above = fileAt(union, parent, n)?.path ?? '/';
  const node = childNamed(union, parent, part);
  const deleted = node >= 0 && union.touchStart[node] < union.touchStart[node + 1];
  fail(
    'E_NOT_FOUND',
    `looking up ${path}: ${above} has no ${part}${n === 0 ? '' : ` in snapshot @${String(n)}`}`,
    {
      hint:
        n === 0
          ? NO_LAYER_HINT
          : deleted
            ? 'other layers know it: strata blame shows its life'
            : 'strata ls shows what is there, strata find searches for names',
    },
  );
}
