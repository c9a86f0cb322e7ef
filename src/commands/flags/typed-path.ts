import { findNode, NO_LAYER_HINT, resolvePath } from '../../layers/union/resolve.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { fail, StrataError } from '../../model/error.js';
import { basename, rootedPath } from '../../model/path.js';
import { unescapeName } from '../../report/escape.js';

/**
 * Returns the file a path that a person typed leads to in snapshot `n`, as {@link resolvePath} does. A path that is not
 * there is also tried as our own output prints names (`\x1b`, `\xe9`), so that a name can be copied from a listing; no
 * shell can pass bytes that are not UTF-8 otherwise. Throws E_NOT_FOUND.
 */
export function typedFile(
  union: Union,
  n: number,
  text: string,
  options: { readonly followLast?: boolean } = {},
): SnapshotFile {
  try {
    return resolvePath(union, n, text, options);
  } catch (error) {
    const other = unescaped(text);
    if (!isNotFound(error)) throw error;
    if (other === undefined) throw withBytesHint(error, text);
    try {
      return resolvePath(union, n, other, options);
    } catch {
      throw withBytesHint(error, text);
    }
  }
}

/**
 * Returns the node of a typed path that some layer up to `n` touched, in the snapshot or not. `image` is what the hint
 * calls the image. Throws E_NOT_FOUND.
 */
export function typedNode(union: Union, n: number, text: string, image: string): number {
  const node = findNode(union, n, text);
  if (node >= 0) return node;
  const other = unescaped(text);
  const again = other === undefined ? -1 : findNode(union, n, other);
  if (again >= 0) return again;
  const name = basename(rootedPath(text));
  return fail('E_NOT_FOUND', `looking up ${text}: no layer up to ${String(n)} has it`, {
    hint: text.includes(REPLACED)
      ? BYTES_HINT
      : n === 0
        ? NO_LAYER_HINT
        : `search for the name: strata find ${image} --name '${name}'; with --deleted also what is gone`,
  });
}

function unescaped(text: string): string | undefined {
  if (!text.includes('\\')) return undefined;
  try {
    return unescapeName(text);
  } catch {
    return undefined;
  }
}

/** What Node makes of bytes in an argument that are not UTF-8. */
const REPLACED = '\ufffd';
const BYTES_HINT =
  'bytes that are not UTF-8 cannot be typed: copy the name, in quotes, as strata ls prints it';

function withBytesHint(error: StrataError, text: string): StrataError {
  return text.includes(REPLACED)
    ? new StrataError(error.code, error.message, { hint: BYTES_HINT, cause: error })
    : error;
}

function isNotFound(error: unknown): error is StrataError {
  return error instanceof StrataError && error.code === 'E_NOT_FOUND';
}
