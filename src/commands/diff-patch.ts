import { type Difference, differsInContent } from '../layers/compare/diff.js';
import { FACET } from '../layers/facets.js';
import { patchOf } from '../layers/contents/patch.js';
import type { SnapshotFile } from '../layers/snapshot-file.js';
import { plural } from '../report/bytes.js';
import { contentPairs } from './content-pairs.js';
import type { Context } from './context.js';
import type { Sides } from './sides.js';

/** Writes the patch of the text files, and on stderr what it does not hold. */
export async function writePatch(
  context: Context,
  sides: Sides,
  found: readonly Difference[],
  caps: { readonly context: number; readonly maxBytes: number },
): Promise<void> {
  const files = found.filter(isOfFiles);
  let left = found.length - files.length;
  for await (const { difference, before, after, tooLarge } of contentPairs(
    context,
    sides,
    files,
    caps.maxBytes,
  )) {
    const { path } = difference;
    const side = (bytes: Uint8Array | undefined, file: SnapshotFile | undefined) =>
      bytes === undefined || file === undefined ? undefined : { bytes, mode: file.mode };
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

/** A regular file on both sides, or on the only one, whose content or mode is another. */
function isOfFiles(difference: Difference): boolean {
  const { facets, before, after } = difference;
  if ((before?.kind ?? 'file') !== 'file' || (after?.kind ?? 'file') !== 'file') return false;
  return differsInContent(difference) || (facets & FACET.mode) !== 0;
}
