import { ANOMALY_CODES, type AnomalyCode } from '../model/anomaly-codes.js';
import type { AnomalyLog, Severity } from '../model/anomaly.js';
import { formatCount, plural } from './bytes.js';
import type { Palette } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { nameJson, type NameJson } from './json.js';

const SEVERITIES = ['error', 'warning', 'note'] as const satisfies readonly Severity[];

export interface AnomalyFormat {
  readonly palette: Palette;
  /** How many places are shown per code. Default 3. */
  readonly first?: number;
  /** Which severities are listed; the others are only counted. Default: errors and warnings. */
  readonly list?: readonly Severity[];
}

/** What was logged, by severity: errors first, then the codes in order of the table. */
export type AnomalyCounts = Pick<AnomalyLog, 'counts' | 'list'>;

/**
 * Returns the lines that sum up what was odd: one with the totals, then per code how often it was seen, what it
 * means and the first places. Nothing for an empty log. Everything from the input is escaped.
 */
export function anomalyLines(log: AnomalyCounts, format: AnomalyFormat): string[] {
  if (log.counts.size === 0) return [];
  const { palette, first = 3, list = ['error', 'warning'] } = format;
  const lines = [`anomalies: ${totals(log)}`];
  for (const severity of SEVERITIES) {
    if (!list.includes(severity)) continue;
    for (const [code, count] of codesOf(log, severity)) {
      const times = count === 1 ? '' : ` (${formatCount(count)} times)`;
      lines.push(`${palette[severity](severity)} ${code}${times}: ${ANOMALY_CODES[code].meaning}`);
      lines.push(...places(log, code, count, first).map((place) => `  ${place}`));
    }
  }
  return lines;
}

/**
 * Returns one line that tells that something is odd and how to see it, or undefined when there are but notes. `image`
 * is its name as the user gave it.
 */
export function anomalyHint(log: Pick<AnomalyLog, 'counts'>, image: string): string | undefined {
  const sums = countSeverities(log);
  if (sums.error + sums.warning === 0) return undefined;
  const counts = (['error', 'warning'] as const)
    .filter((severity) => sums[severity] > 0)
    .map((severity) => plural(sums[severity], severity))
    .join(', ');
  // What came by standard input is used up.
  return `anomalies: ${counts} (strata verify ${image === '-' ? 'FILE' : image} lists them)`;
}

/** What is seen of an image with such a layer is not what its container would see. */
const HOLES: ReadonlyMap<AnomalyCode, string> = new Map([
  ['layer-absent', 'missing'],
  ['layer-foreign', 'foreign'],
  ['layer-encrypted', 'encrypted'],
]);

/** Returns a line for each layer that is not here. */
export function holeLines(log: Pick<AnomalyLog, 'list'>): string[] {
  return log.list.flatMap(({ code, where }) => {
    const why = HOLES.get(code);
    return why === undefined ? [] : [`${escapeForTerminal(where)} is ${why}: what it changes is not shown`];
  });
}

/** Returns how many anomalies of each severity were logged, kept or not. */
export function countSeverities(log: Pick<AnomalyLog, 'counts'>): Readonly<Record<Severity, number>> {
  const sums: Record<Severity, number> = { error: 0, warning: 0, note: 0 };
  for (const [code, count] of log.counts) sums[ANOMALY_CODES[code].severity] += count;
  return sums;
}

/** What `--json` says of a log: each code with its severity and count, and the places that were kept. */
export interface AnomalyJson {
  readonly code: AnomalyCode;
  readonly severity: Severity;
  readonly count: number;
  readonly places: readonly (NameJson<'where'> & { readonly detail?: string })[];
}

/** Returns the log for JSON, errors first, with at most `first` places per code. */
export function anomaliesJson(log: AnomalyCounts, first = 20): AnomalyJson[] {
  return SEVERITIES.flatMap((severity) =>
    codesOf(log, severity).map(([code, count]) => ({
      code,
      severity,
      count,
      places: log.list
        .filter((anomaly) => anomaly.code === code)
        .slice(0, first)
        .map(({ where, detail }) => ({
          ...nameJson(where, 'where'),
          ...(detail === undefined ? {} : { detail }),
        })),
    })),
  );
}

function totals(log: AnomalyCounts): string {
  const sums = countSeverities(log);
  return SEVERITIES.filter((severity) => sums[severity] > 0)
    .map((severity) => plural(sums[severity], severity))
    .join(', ');
}

function codesOf(log: AnomalyCounts, severity: Severity): [AnomalyCode, number][] {
  return [...log.counts].filter(([code]) => ANOMALY_CODES[code].severity === severity);
}

function places(log: AnomalyCounts, code: AnomalyCode, count: number, first: number): string[] {
  const shown = log.list.filter((anomaly) => anomaly.code === code).slice(0, first);
  const lines = shown.map(({ where, detail }) =>
    escapeForTerminal(detail === undefined ? where : `${where}: ${detail}`),
  );
  if (first > 0 && count > shown.length) lines.push(`and ${formatCount(count - shown.length)} more`);
  return lines;
}
