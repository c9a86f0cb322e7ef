import type { Waste } from '../../layers/waste/waste.js';
import { formatPercent, humanBytes, plural } from '../../report/bytes.js';
import { padLeft, padRight, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';

/** Returns the page that tells where bytes are wasted, why, and what to do. */
export function wasteRows(waste: Waste): Row[] {
  const rows: Row[] = [
    [
      seg('Efficiency ', 'heading'),
      seg(`${(waste.efficiency * 100).toFixed(2)} %`),
      seg(
        `   ${humanBytes(waste.wastedBytes)} wasted of ${humanBytes(waste.contentBytes)} of content`,
        'dim',
      ),
    ],
    [],
  ];
  for (const { class: name, bytes, entries } of waste.classes)
    rows.push([
      seg(`  ${padRight(name, 14)}`),
      seg(padLeft(humanBytes(bytes), 9)),
      seg(`${padLeft(formatPercent(bytes, waste.bytes), 9)}  ${plural(entries, 'entry', 'entries')}`, 'dim'),
    ]);
  if (waste.causes.length === 0) rows.push([], [seg('Nothing is stored that need not be.', 'dim')]);
  for (const { cause, layer, otherLayer, bytes, entries, paths, fix, base } of waste.causes) {
    const other = otherLayer === undefined || otherLayer === layer ? '' : `, with layer ${otherLayer}`;
    rows.push(
      [],
      [
        seg(padLeft(humanBytes(bytes), 9), 'waste'),
        seg(`  ${cause}`, 'heading'),
        seg(
          `  layer ${layer}${other}; ${plural(entries, 'entry', 'entries')}${base ? '; of the base image' : ''}`,
          'dim',
        ),
      ],
      ...wrap(safeText(fix), 72).map((line): Row => [seg(`           ${line}`, 'accent')]),
      ...paths.map((one): Row => [
        seg(`           ${padLeft(humanBytes(one.bytes), 9)}  `, 'dim'),
        seg(safeText(one.path)),
      ]),
    );
  }
  return rows;
}

/** Returns the text in lines of at most `width` characters, broken at blanks where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    while (rest.length > width) {
      const room = width - (line === '' ? 0 : line.length + 1);
      lines.push(line === '' ? rest.slice(0, room) : `${line} ${rest.slice(0, room)}`);
      line = '';
      rest = rest.slice(room);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}
