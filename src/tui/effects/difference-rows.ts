import { describeDifference } from '../../layers/contents/binary-diff.js';
import { diffContents } from '../../layers/contents/content-diff.js';
import { binaryLines } from '../../report/binary-diff.js';
import { createPalette } from '../../report/colour.js';
import { evenText, safeText } from '../rows/safe-text.js';
import { type Row, seg } from '../rows/segment.js';
import type { Role } from '../rows/theme.js';

/** Returns how two contents differ: a unified diff of text, a few words on the rest. */
export async function differenceRows(old: Uint8Array, now: Uint8Array): Promise<Row[]> {
  const diff = diffContents(old, now);
  if (diff.kind === 'same') return [[seg('the contents are the same', 'dim')]];
  if (diff.kind === 'text') {
    const rows: Row[] = [];
    for (const { oldStart, oldLines, newStart, newLines, lines } of diff.hunks) {
      rows.push([seg(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`, 'accent')]);
      for (const line of lines) rows.push([seg(safeText(line, { text: true }), roleOf(line))]);
    }
    if (diff.stopped !== undefined) rows.push([seg(`not the least difference: ${diff.stopped}`, 'warning')]);
    return rows;
  }
  const format = { palette: createPalette(0), exact: false, terminal: undefined };
  return [...binaryLines(await describeDifference(old, now), format)].map((line) => [
    seg(evenText(line), roleOf(line)),
  ]);
}

function roleOf(line: string): Role {
  if (line.startsWith('+')) return 'added';
  if (line.startsWith('-')) return 'removed';
  return line.startsWith('~') ? 'changed' : 'text';
}
