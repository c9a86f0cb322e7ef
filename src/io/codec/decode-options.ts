import type { AnomalyLog } from '../../model/anomaly.js';
import type { Limits } from '../../model/limits.js';

/** What every decoder is told. */
export interface DecodeOptions {
  readonly limits: Pick<Limits, 'layerBytes' | 'zstdWindow'>;
  readonly anomalies: AnomalyLog;
  /** What is decoded, for errors and anomalies: `layer blob '/x/y'`. */
  readonly what: string;
}
