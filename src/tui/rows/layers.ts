import { humanBytes } from '../../report/bytes.js';
import { instructionLine } from '../../report/instruction.js';
import { rangeOf } from '../state/derive.js';
import { shownBeside, stackOf, type StackView } from '../state/beside.js';
import type { Side } from '../state/second-image.js';
import type { State } from '../state/state.js';
import { fitRow, inRole, padLeft, padRight, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';

const BAR = 6;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Returns the rows of the layers from the first that is seen on: number, size bar, size, waste, instruction. */
export function layerRows(state: State, side: Side, width: number, count: number): Row[] {
  const stack = stackOf(state, side);
  const { image, layersTop, layer, top } = stack;
  const focused = state.pane === (side === 'first' ? 'layers' : 'beside');
  const most = Math.max(1, ...image.layers.slice(0, top).map((_, i) => sizeOf(stack, i + 1) ?? 0));
  const rows: Row[] = [];
  for (let n = layersTop + 1; n <= Math.min(top, layersTop + count); n++) {
    const row = fitRow(layerRow(state, side, n, most, width), width);
    rows.push(n === layer ? inRole(row, focused ? 'cursor' : 'cursor-away') : row);
  }
  return rows;
}

/** Plain bytes once they are known, else those stored. */
function sizeOf({ facts, image }: StackView, n: number): number | undefined {
  return facts.at(n - 1)?.plainBytes ?? image.layers.at(n - 1)?.size;
}

function layerRow(state: State, side: Side, n: number, most: number, width: number): Row {
  const stack = stackOf(state, side);
  const { steps, image, facts } = stack;
  const size = sizeOf(stack, n);
  const read = n <= facts.length;
  const digits = String(stack.top).length;
  const wasted = side === 'first' ? (state.judged?.waste.layers.at(n - 1)?.wastedBytes ?? 0) : 0;
  const absent = image.layers.at(n - 1)?.content.kind === 'absent';
  return [
    seg(markOf(state, stack, n), state.marks.includes(n) ? 'accent' : 'border'),
    seg(`${padLeft(String(n), digits)} `, read ? 'text' : 'dim'),
    ...(width >= 38 ? [seg(`${padRight(bar((size ?? 0) / most), BAR)} `, read ? 'bar' : 'dim')] : []),
    seg(
      `${padLeft(absent ? 'absent' : size === undefined ? '?' : humanBytes(size), 8)} `,
      read ? 'text' : 'dim',
    ),
    ...(width >= 52
      ? [seg(`${padLeft(wasted === 0 ? '' : `!${humanBytes(wasted)}`, 8)} `, 'waste')]
      : [seg(wasted === 0 ? '  ' : '! ', 'waste')]),
    seg(safeText(instructionLine(steps.get(n))), read ? 'text' : 'dim'),
  ];
}

/** Which side of the comparison a layer is: marked ones by letters, those between by a line; `=`: both images have it. */
function markOf(state: State, { shared }: StackView, n: number): string {
  if (shownBeside(state) !== undefined) return shared.has(n) ? '= ' : '  ';
  const { marks } = state;
  const [a, b] = [Math.min(...marks), Math.max(...marks)];
  if (marks.length === 1) return n === a ? 'A ' : '  ';
  if (marks.length === 2) return n === a ? 'A ' : n === b ? 'B ' : n > a && n < b ? '│ ' : '  ';
  const { from, to } = rangeOf(state);
  return state.fromBase && n > from && n <= to ? '│ ' : '  ';
}

/** A bar of at most six columns in eighths. */
function bar(part: number): string {
  const eighths = Math.max(part > 0 ? 1 : 0, Math.round(part * BAR * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
