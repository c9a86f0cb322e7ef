import { storedBytes } from '../../model/image.js';
import { formatPlatform } from '../../model/platform.js';
import { severityOf } from '../../model/anomaly.js';
import { formatCount, humanBytes, plural } from '../../report/bytes.js';
import type { WasteCauseName } from '../../layers/waste/waste.js';
import type { State } from '../state/state.js';
import { padLeft, padRight, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';

/** Returns the summary of the image: efficiency and waste first, then its causes. */
export function imageRows(state: State): Row[] {
  const { image, judged, loaded } = state;
  const rows: Row[] = [];
  const label = (text: string) => seg(` ${padRight(text, 11)}`, 'dim');
  if (judged === undefined)
    rows.push([label('efficiency'), seg('…', 'dim')], [label('wasted'), seg('…', 'dim')]);
  else {
    const { efficiency, wastedBytes, contentBytes } = judged.waste;
    rows.push([
      label('efficiency'),
      seg(`${(efficiency * 100).toFixed(1)} %`, efficiency < 0.9 ? 'warning' : 'text'),
    ]);
    rows.push([
      label('wasted'),
      seg(humanBytes(wastedBytes), wastedBytes > 0 ? 'waste' : 'text'),
      seg(` of ${humanBytes(contentBytes)}`, 'dim'),
    ]);
    for (const [cause, bytes] of sumByCause(judged.waste.causes))
      rows.push([
        seg(`  ${padLeft(humanBytes(bytes), 10)} `, 'waste'),
        seg(cause),
        ...(NOT_COUNTED.has(cause) ? [seg(' (shown, so not counted)', 'dim')] : []),
      ]);
  }
  if (loaded !== undefined && loaded.anomalies.length > 0) {
    const serious = loaded.anomalies.filter((anomaly) => severityOf(anomaly) !== 'note').length;
    rows.push([
      label('anomalies'),
      seg(formatCount(loaded.anomalies.length), serious > 0 ? 'warning' : 'text'),
      ...(serious > 0 ? [seg(` (${plural(serious, 'warning')})`, 'dim')] : []),
    ]);
  }
  const stored = storedBytes(image.layers.slice(0, state.top));
  rows.push([label('stored'), seg(humanBytes(stored))]);
  if (image.platform !== undefined)
    rows.push([label('platform'), seg(safeText(formatPlatform(image.platform)))]);
  if (image.config.created !== undefined) rows.push([label('created'), seg(safeText(image.config.created))]);
  for (const tag of image.tags.slice(0, 4)) rows.push([label('tag'), seg(safeText(tag))]);
  if (image.descriptor !== undefined) rows.push([label('digest'), seg(image.descriptor.digest, 'digest')]);
  return rows;
}

/** What the image shows, though it could do without: no part of what is wasted. */
export const NOT_COUNTED: ReadonlySet<string> = new Set<WasteCauseName>(['duplicate', 'package-cache']);

/** Returns the bytes that are wasted by cause, most first. */
export function sumByCause(
  causes: readonly { readonly cause: string; readonly bytes: number }[],
): [string, number][] {
  const sums = new Map<string, number>();
  for (const { cause, bytes } of causes) sums.set(cause, (sums.get(cause) ?? 0) + bytes);
  return [...sums].sort((a, b) => b[1] - a[1]).slice(0, 6);
}
