import { humanBytes } from '../../report/bytes.js';
import { instructionLine } from '../../report/instruction.js';
import type { WasteCauseName } from '../../layers/waste/waste.js';
import { rangeOf } from '../state/derive.js';
import { shownBeside, stackOf, type StackView } from '../state/beside.js';
import type { Side } from '../state/second-image.js';
import type { State } from '../state/state.js';
import { NOT_COUNTED } from './image.js';
import { fitRow, inRole, padLeft, padRight, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';

const BAR = 6;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Causes of waste in a word. */
const WORDS: Readonly<Record<WasteCauseName, string>> = {
  'chown-copy': 'chown',
  'chmod-copy': 'chmod',
  'xattr-copy': 'xattr',
  'touch-copy': 'touch',
  'copied-again': 'copied',
  'deleted-later': 'deleted',
  overwritten: 'replaced',
  'stored-twice': 'twice',
  duplicate: 'same',
  'package-cache': 'cache',
};

/** Returns the rows of the layers from the first that is seen on: number, size bar, size, waste, its cause, instruction. */
export function layerRows(state: State, side: Side, width: number, count: number): Row[] {
  const stack = stackOf(state, side);
  const { image, layersTop, layer, top } = stack;
  const focused = state.pane === (side === 'first' ? 'layers' : 'beside');
  const most = Math.max(1, ...image.layers.slice(0, top).map((_, i) => sizeOf(stack, i + 1) ?? 0));
  const causes = side === 'first' ? causesOf(state) : NO_CAUSES;
  const longest = Math.max(0, ...Array.from(causes.values(), (word) => word.length));
  const rows: Row[] = [];
  for (let n = layersTop + 1; n <= Math.min(top, layersTop + count); n++) {
    const row = fitRow(layerRow(state, side, n, { most, causes, longest }, width), width);
    rows.push(n === layer ? inRole(row, focused ? 'cursor' : 'cursor-away') : row);
  }
  return rows;
}

const NO_CAUSES: ReadonlyMap<number, string> = new Map();

/** By layer: what most of its wasted bytes are for. */
function causesOf({ judged }: State): ReadonlyMap<number, string> {
  const words = new Map<number, string>();
  // Most bytes first.
  for (const { layer, cause } of judged?.waste.causes ?? [])
    if (!words.has(layer) && !NOT_COUNTED.has(cause)) words.set(layer, WORDS[cause]);
  return words;
}

/** Plain bytes once they are known, else those stored. */
function sizeOf({ facts, image }: StackView, n: number): number | undefined {
  return facts.at(n - 1)?.plainBytes ?? image.layers.at(n - 1)?.size;
}

interface AllLayers {
  /** Bytes of the largest. */
  readonly most: number;
  readonly causes: ReadonlyMap<number, string>;
  /** Letters of the longest of them. */
  readonly longest: number;
}

function layerRow(state: State, side: Side, n: number, all: AllLayers, width: number): Row {
  const { most, causes, longest } = all;
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
    ...(width >= 52 ? [seg(`${padLeft(wasted === 0 ? '' : `!${humanBytes(wasted)}`, 8)} `, 'waste')] : []),
    seg(`${causeCell(wasted === 0 ? undefined : causes.get(n), longest, width)} `, 'waste'),
    seg(safeText(instructionLine(steps.get(n))), read ? 'text' : 'dim'),
  ];
}

/** Where there is no room for a word, a mark. */
function causeCell(cause: string | undefined, longest: number, width: number): string {
  if (width < 44) return cause === undefined ? ' ' : '!';
  const mark = width >= 52 ? '' : '!';
  return padRight(cause === undefined ? '' : `${mark}${cause}`, longest + (longest === 0 ? 0 : mark.length));
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
