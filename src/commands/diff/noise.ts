import { describeDifference } from '../../layers/contents/binary-diff.js';
import { differsInContent, type Difference } from '../../layers/compare/diff.js';
import { FACET } from '../../layers/union/facets.js';
import { type Noise, rebuildNoise } from '../../layers/compare/rebuild-noise.js';
import { contentPairs } from './content-pairs.js';
import type { Context } from '../program/context.js';
import type { Sides } from './sides.js';

/** Programs beyond this size are not looked into for their build id. */
const MAX_PROGRAM = 32 * 1024 * 1024;

/** Returns why a rebuild of the same source may make each of these differences; those that are real are not in it. */
export async function findNoise(
  context: Context,
  sides: Sides,
  found: readonly Difference[],
): Promise<ReadonlyMap<Difference, Noise>> {
  const noise = new Map<Difference, Noise>();
  for (const difference of found) {
    const reason = rebuildNoise(difference);
    if (reason !== undefined) noise.set(difference, reason);
  }
  const programs = found.filter((difference) => !noise.has(difference) && mayBeBuildId(difference));
  for await (const { difference, before, after } of contentPairs(context, sides, programs, MAX_PROGRAM)) {
    if (before === undefined || after === undefined || !isElf(before) || !isElf(after)) continue;
    const detail = await describeDifference(before, after);
    if (detail.elf?.onlyBuildId === true) noise.set(difference, 'build id');
  }
  return noise;
}

/** Another build id is as long as the one before, and nothing else of the file may differ but its time. */
function mayBeBuildId(difference: Difference): boolean {
  const { kind, facets, before, after } = difference;
  return (
    kind === 'modified' &&
    differsInContent(difference) &&
    (facets & ~(FACET.content | FACET.mtime)) === 0 &&
    before?.size === after?.size
  );
}

function isElf(bytes: Uint8Array): boolean {
  return bytes.length > 4 && Buffer.compare(bytes.subarray(0, 4), Buffer.from('\x7fELF', 'latin1')) === 0;
}
