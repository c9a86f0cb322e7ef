import type { AnomalyLog } from '../model/anomaly.js';
import { fail } from '../model/error.js';
import { limitHint, type Limits } from '../model/limits.js';

const GiB = 1024 ** 3;
/** What any stream may expand to unless its reader says less: sparse database files are zeros, a few GiB of them. */
const ALLOWANCE = 4 * GiB;
/** Above it the expansion is worth knowing: an honest layer hardly reaches 100:1. */
const NOTABLE_EXPANSION = 200;

export interface Bounds {
  readonly limits: Pick<Limits, 'layerBytes' | 'expansion'>;
  readonly anomalies: AnomalyLog;
  /** Bytes the stream was made from, all of them; the ratio does not depend on how far reading is ahead. */
  readonly storedBytes: number;
  readonly what: string;
  /** Bytes that it may expand to however few are stored; 4 GiB unless given. */
  readonly allowance?: number | undefined;
}

/**
 * Passes chunks on as long as they stay within the bounds: at most `layerBytes`, and beyond the allowance at most
 * `expansion` plain bytes for each stored byte. Throws E_LIMIT before the chunk that exceeds them. Above two hundredfold
 * beyond 1 GiB it adds the anomaly `expansion-ratio`.
 */
export async function* bounded(
  source: AsyncIterable<Uint8Array>,
  { limits, anomalies, storedBytes, what, allowance = ALLOWANCE }: Bounds,
): AsyncGenerator<Uint8Array, void> {
  const most = Math.max(allowance, storedBytes * limits.expansion);
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limits.layerBytes)
      fail('E_LIMIT', `reading ${what}: it expands to more than ${limits.layerBytes} bytes`, {
        hint: limitHint('layerBytes'),
      });
    if (bytes > most)
      fail('E_LIMIT', `reading ${what}: it expands more than ${limits.expansion} times`, {
        hint: limitHint('expansion'),
      });
    yield chunk;
  }
  if (bytes > GiB && bytes > storedBytes * NOTABLE_EXPANSION)
    anomalies.add('expansion-ratio', what, `${storedBytes} bytes become ${bytes}`);
}
