import type { Difference } from '../../layers/compare/diff.js';
import { FACET } from '../../layers/union/facets.js';
import { patchOf } from '../../layers/contents/patch.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { isBelow } from '../../model/path.js';
import { plural } from '../../report/bytes.js';
import { contentPairs } from './content-pairs.js';
import type { Context } from '../program/context.js';
import type { Sides } from './sides.js';

/** Writes the patch of the text files, and on stderr what it does not hold. */
export async function writePatch(
  context: Context,
  sides: Sides,
  found: readonly Difference[],
  caps: { readonly context: number; readonly maxBytes: number },
): Promise<void> {
  const files = [...sayable(found)];
  let left = found.length - files.length;
  for await (const { difference, before, after, tooLarge } of contentPairs(
    context,
    sides,
    files,
    caps.maxBytes,
  )) {
    const { path } = difference;
    const side = (bytes: Uint8Array | undefined, file: SnapshotFile | undefined) =>
      bytes === undefined || file?.kind !== 'file' ? undefined : { bytes, mode: file.mode };
    const part = tooLarge
      ? undefined
      : patchOf(path, side(before, difference.before), side(after, difference.after), caps);
    if (part === undefined) left += 1;
    else await context.output.write(part);
  }
  if (left > 0)
    context.log.info(
      `not in the patch: ${plural(left, 'difference')} of binary or large files, other kinds, owners or times`,
    );
}

/**
 * Yields what a patch can say: a regular file that came or went, or has another content or mode. Nothing below a path that
 * became a directory or was one: GNU patch makes and removes no file and directory of one name in one run.
 */
function* sayable(found: Iterable<Difference>): Generator<Difference> {
  let blocked: string | undefined;
  for (const difference of found) {
    const { facets, path, before, after } = difference;
    if (blocked !== undefined && isBelow(path, blocked)) continue;
    if ((facets & FACET.kind) !== 0) blocked = path;
    const isFile = (before ?? after)?.kind === 'file' && (after ?? before)?.kind === 'file';
    const oneSided = before === undefined || after === undefined;
    if (isFile && (oneSided || (facets & (FACET.content | FACET.mode)) !== 0)) yield difference;
  }
}
