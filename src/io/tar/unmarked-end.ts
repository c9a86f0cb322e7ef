import type { AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { Extensions } from './extensions.js';
import type { TarEnd } from './reader.js';

/**
 * Returns the end of a tar without a whole end-of-archive marker, of which `pending` of a header block are left at `offset`,
 * and says so. Throws E_TRUNCATED where those are more than zeros.
 */
export function endUnmarked(
  pending: Uint8Array,
  offset: number,
  zeroBlockAt: number | undefined,
  extensions: Extensions,
  anomalies: AnomalyLog,
): TarEnd {
  if (pending.some((byte) => byte !== 0))
    fail('E_TRUNCATED', `reading the tar header at byte ${offset}: the input ends inside it`);
  extensions.drop();
  const detail = zeroBlockAt === undefined ? undefined : 'one zero block only';
  anomalies.add('tar-no-end-marker', `byte ${offset}`, detail);
  return { bytes: offset + pending.length, endMarkerAt: zeroBlockAt };
}
