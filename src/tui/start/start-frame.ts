import { humanBytes, plural } from '../../report/bytes.js';
import { formatAge } from '../../report/time.js';
import { textWidth } from '../../report/width.js';
import { showChord } from '../keys/chord.js';
import type { Frame } from '../rows/frame.js';
import { safeText } from '../rows/safe-text.js';
import { fitRow, inRole, padLeft, padRight, type Row, rowWidth, seg } from '../rows/segment.js';
import { imageRows, type StartList } from './start-list.js';
import type { StoredRow } from './stored-row.js';

/** Columns of a name, at most. */
const WIDEST_NAME = 60;

const STORE_HINTS: readonly Row[] = [
  [
    seg(' any other: ', 'dim'),
    seg('strata explore IMAGE'),
    seg(' (a file, a directory, TRANSPORT:WHERE)', 'dim'),
  ],
  [seg(' to keep one here: ', 'dim'), seg('strata copy IMAGE store:NAME')],
];
const FILE_HINTS: readonly Row[] = [
  [seg(' one of them: ', 'dim'), seg('strata explore FILE:TAG'), seg(' (or FILE:@INDEX)', 'dim')],
  [seg(' two beside each other: ', 'dim'), seg('strata explore FILE:TAG FILE:OTHER')],
];

/** Returns the screen of the list; `now` in nanoseconds since 1970. */
export function startFrame(list: StartList, now: bigint): Frame {
  const { width, height, file, rows, seen, top, cursor, typing } = list;
  const lines: Row[] = [
    [
      seg(' strata ', 'title'),
      seg(
        ` ${plural(rows.length, 'image')} in ${file === undefined ? 'the store' : safeText(file)}`,
        'heading',
      ),
    ],
  ];
  if (rows.length === 0) lines.push([], [seg(' no image yet', 'dim')]);
  else {
    const widest = seen.reduce((most, { name }) => Math.max(most, textWidth(safeText(name))), 5);
    const columns = Math.max(5, Math.min(WIDEST_NAME, widest, width - 12));
    lines.push([seg(`  ${padRight('IMAGE', columns)}      SIZE  LAYERS  CREATED         PLATFORM`, 'dim')]);
    for (const [i, one] of seen.slice(top, top + imageRows(list)).entries()) {
      const line = imageRow(one, columns, now);
      lines.push(top + i === cursor ? inRole(fitRow(line, width), 'cursor') : line);
    }
    if (seen.length === 0) lines.push([seg('  none has that in its name; Esc shows all', 'dim')]);
  }
  while (lines.length < height - 3) lines.push([]);
  lines.length = Math.max(1, height - 3);
  lines.push(...(file === undefined ? STORE_HINTS : FILE_HINTS), statusOf(list));
  const fitted = lines.slice(-Math.max(1, height)).map((line) => fitRow(line, width));
  const x = typing === undefined ? undefined : Math.min(width - 1, 2 + textWidth(safeText(typing.text)));
  return { rows: fitted, cursor: x === undefined ? undefined : { x, y: height - 1 } };
}

function imageRow({ name, stored, layers, created, platform }: StoredRow, columns: number, now: bigint): Row {
  const fitted = fitRow([seg(safeText(name), 'text')], columns);
  return [
    seg('  '),
    ...fitted,
    seg(padLeft(stored === undefined ? '-' : humanBytes(stored), 10)),
    seg(
      padLeft(layers === undefined ? 'damaged' : String(layers), 8),
      layers === undefined ? 'error' : 'text',
    ),
    seg(`  ${padRight(created === undefined ? '-' : formatAge(created, now), 14)}`, 'dim'),
    seg(`  ${safeText(platform ?? '-')}`, 'dim'),
  ];
}

function statusOf({ typing, filter, keymap, width }: StartList): Row {
  if (typing !== undefined) return [seg(' /', 'accent'), seg(safeText(typing.text))];
  const row = filter === '' ? [] : [seg(` /${safeText(filter)}`, 'accent'), seg(' Esc clears ', 'dim')];
  for (const { context, chords, hint, action } of keymap.rows) {
    const holds = context === 'start' || (context === 'everywhere' && action === 'quit');
    if (!holds || hint === undefined || chords.length === 0) continue;
    const next = [seg(` ${showChord(chords[0])}`, 'key'), seg(` ${hint} `, 'status')];
    if (rowWidth([...row, ...next]) <= width) row.push(...next);
  }
  return row;
}
