import type { AnomalyLog } from '../model/anomaly.js';
import type { Limits } from '../model/limits.js';
import type { Platform } from '../model/platform.js';

/** What every transport needs beside the files. */
export interface OpenContext {
  readonly limits: Limits;
  /** The platform asked for; undefined when none was. */
  readonly platform: Platform | undefined;
  /** The platform taken among several when none was asked for. */
  readonly host: Platform;
  readonly anomalies: AnomalyLog;
  readonly signal: AbortSignal | undefined;
}
