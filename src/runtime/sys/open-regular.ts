import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs';

const { O_RDONLY } = constants;

/**
 * Returns a descriptor for reading the regular file that `found`, a descriptor of its place (O_PATH), is of; undefined where
 * that is none, or `isWanted` says no. Nothing else is ever opened: a device may act on that. Closes `found`.
 */
export function openRegular(
  found: number,
  isWanted: (stats: BigIntStats) => boolean = () => true,
): number | undefined {
  try {
    const stats = fstatSync(found, { bigint: true });
    if (!stats.isFile() || !isWanted(stats)) return undefined;
    return openSync(`/proc/self/fd/${String(found)}`, O_RDONLY);
  } finally {
    closeSync(found);
  }
}
