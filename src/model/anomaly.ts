import { ANOMALY_CODES, type AnomalyCode } from './anomaly-codes.js';

export type Severity = 'note' | 'warning' | 'error';

/** Something odd in the input: never swallowed, never a crash. */
export interface Anomaly {
  readonly code: AnomalyCode;
  /** The path, field or byte offset it was found at (unescaped; printers escape). */
  readonly where: string;
  /** What exactly, where the code alone does not say it. */
  readonly detail?: string;
}

export function severityOf(anomaly: Anomaly): Severity {
  return ANOMALY_CODES[anomaly.code].severity;
}

/** Keeps the first anomalies of each code and counts the rest, so that hostile input cannot fill the memory. */
export interface AnomalyLog {
  /** `where` may be a function, called only when the anomaly is kept: for paths, which hostile layers make long. */
  add(code: AnomalyCode, where: string | (() => string), detail?: string): void;
  /** What was kept, oldest first. */
  readonly list: readonly Anomaly[];
  /** How often each code was seen, kept or not. */
  readonly counts: ReadonlyMap<AnomalyCode, number>;
}

/** How many anomalies of one code are kept whole. */
const KEPT_PER_CODE = 100;

export function createAnomalyLog(): AnomalyLog {
  const list: Anomaly[] = [];
  const counts = new Map<AnomalyCode, number>();
  return {
    list,
    counts,
    add(code, where, detail) {
      const seen = counts.get(code) ?? 0;
      counts.set(code, seen + 1);
      if (seen >= KEPT_PER_CODE) return;
      const place = typeof where === 'string' ? where : where();
      list.push(detail === undefined ? { code, where: place } : { code, where: place, detail });
    },
  };
}
