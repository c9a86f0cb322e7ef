import type { Difference } from '../../layers/compare/diff.js';
import { createDataHasher } from '../../layers/index/data-hasher.js';
import { FACET } from '../../layers/union/facets.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { type Readable, readable, readFiles } from '../file/contents.js';
import type { OpenedSnapshot } from '../image/open.js';
import type { Context } from '../program/context.js';
import type { Sides } from './sides.js';

/**
 * Returns the differences without those of content that are none: a sparse file too large for a digest may be, zero by
 * zero, what the other side stores whole. Only the whole ones of these are read, each layer once. Throws what reading throws.
 */
export async function settled(
  context: Context,
  sides: Sides,
  found: readonly Difference[],
): Promise<readonly Difference[]> {
  const open = found.filter(isOpen);
  if (open.length === 0) return found;
  const before = await dataDigests(
    context,
    sides.before,
    open.map((one) => one.before),
  );
  const after = await dataDigests(
    context,
    sides.after,
    open.map((one) => one.after),
  );
  const equal = new Set(
    open.filter((one, i) => (before[i] ?? one.before?.dataDigest) === (after[i] ?? one.after?.dataDigest)),
  );
  return found.flatMap((one) => {
    const facets = equal.has(one) ? one.facets & ~FACET.content : one.facets;
    return facets === one.facets ? [one] : facets === 0 ? [] : [{ ...one, facets }];
  });
}

/** Whether it is the only one of two files of a size that has no digest, and the other is not sparse. */
function isOpen({ facets, before, after }: Difference): boolean {
  if ((facets & FACET.content) === 0 || before === undefined || after?.size !== before.size) return false;
  const [whole, sparse] = before.content === undefined ? [after, before] : [before, after];
  return sparse.content === undefined && whole.content !== undefined && whole.dataDigest === undefined;
}

/** Undefined for those that are sparse. */
async function dataDigests(
  context: Context,
  opened: OpenedSnapshot,
  files: readonly (SnapshotFile | undefined)[],
): Promise<readonly (string | undefined)[]> {
  const digests: (string | undefined)[] = files.map(() => undefined);
  const whole: (Readable & { readonly at: number })[] = [];
  for (const [at, file] of files.entries())
    if (file !== undefined && file.dataDigest === undefined)
      whole.push({ ...readable(file, 'comparing'), at });
  whole.sort((a, b) => a.layer - b.layer || a.row - b.row);
  await readFiles(context, opened, whole, async ({ file, at }, content) => {
    const hasher = createDataHasher();
    let position = 0;
    for await (const chunk of content) {
      hasher.data(position, chunk);
      position += chunk.length;
    }
    digests[at] = hasher.end(file.size);
  });
  return digests;
}
