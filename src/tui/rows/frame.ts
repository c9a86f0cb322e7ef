import { LEAST, layoutOf, type Place } from '../state/layout.js';
import { shownBeside } from '../state/beside.js';
import { contextOf } from '../state/context.js';
import type { Pane, State } from '../state/state.js';
import { changeRows } from './changes.js';
import { containerRows } from './containers.js';
import { headerRow, pageTitle, titleRow } from './bars.js';
import { fileDetails, layerDetails } from './details.js';
import { fileRows } from './files.js';
import { imageRows } from './image.js';
import { layerRows } from './layers.js';
import { promptColumn, statusRow } from './status.js';
import { safeText } from './safe-text.js';
import { wrap } from './waste.js';
import { fitRow, inRole, type Row, seg, skipColumns } from './segment.js';

/** A whole screen. */
export interface Frame {
  /** As many as the screen has, each exactly as wide. */
  readonly rows: readonly Row[];
  /** Where the terminal's cursor stands; undefined: hidden. */
  readonly cursor: { readonly x: number; readonly y: number } | undefined;
}

/** Returns the screen of a state: pure, and as long as the screen, however many files there are. */
export function frameOf(state: State): Frame {
  const { width, height } = state;
  if (width < LEAST.width || height < LEAST.height) return tooSmall(width, height);
  const layout = layoutOf(state);
  const rows: Row[] = [headerRow(state)];
  if (state.page !== undefined) rows.push(...pageFrame(state, layout.body));
  else if (layout.wide) rows.push(...columns(state));
  else rows.push(...paneFrame(state, state.pane, layout.body, false));
  while (rows.length < height - 1) rows.push(fitRow([], width));
  rows.length = height - 1;
  rows.push(statusRow(state, contextOf(state)));
  const x = promptColumn(state);
  return { rows, cursor: x === undefined ? undefined : { x, y: height - 1 } };
}

function columns(state: State): Row[] {
  const { panes } = layoutOf(state);
  const left = (['layers', 'beside', 'details', 'image'] as const).flatMap((pane) => {
    const place = panes[pane];
    return place === undefined ? [] : paneFrame(state, pane, place, true);
  });
  const { files } = panes;
  const right = files === undefined ? [] : paneFrame(state, 'files', files, true);
  return right.map((row, i) => [...(left[i] ?? []), seg('│', 'border'), ...row]);
}

function paneFrame(state: State, pane: Pane, { width, height }: Place, wide: boolean): Row[] {
  const rows = [titleRow(state, pane, width, wide), ...content(state, pane, width, height - 1)];
  while (rows.length < height) rows.push([]);
  return rows.slice(0, height).map((row) => fitRow(row, width));
}

function content(state: State, pane: Pane, width: number, count: number): Row[] {
  if (pane === 'layers') return layerRows(state, 'first', width, count);
  if (pane === 'beside') return layerRows(state, 'second', width, count);
  if (pane === 'files') {
    const rows = fileRows(state, width, count);
    if (rows.length > 0) return rows;
    return state.tree === undefined && state.failed !== undefined
      ? problemRows(state.failed, width)
      : [[seg(emptyText(state), 'dim')]];
  }
  const scrolled = (all: readonly Row[], top: number): Row[] => {
    const first = Math.max(0, Math.min(top, all.length - count));
    return all.slice(first, first + count);
  };
  if (pane === 'image') return scrolled(imageRows(state), state.imageTop);
  const rows = state.pane === 'files' ? fileDetails(state, width) : layerDetails(state, width);
  return scrolled(rows, state.detailsTop);
}

/** Why there are no files. */
function problemRows(problem: readonly string[], width: number): Row[] {
  return problem.flatMap((text, i) =>
    wrap(safeText(text), Math.max(16, width - 4)).map((line) => [
      seg(`  ${line}`, i === 0 ? 'error' : 'dim'),
    ]),
  );
}

function emptyText(state: State): string {
  const { tree, top, filter, onlyChanges } = state;
  if (top === 0) return '  the image has no layers';
  if (tree === undefined)
    return shownBeside(state) === undefined ? '  reading the first layer …' : '  reading the second image …';
  if (filter !== '') return '  nothing fits the filter; Esc clears it';
  if (onlyChanges && shownBeside(state) !== undefined)
    return '  the files are the same; 2 shows them, = leaves the difference';
  return onlyChanges
    ? '  nothing changed; 2 shows all files'
    : '  nothing to show; u, a, c and r show what is hidden';
}

function pageFrame(state: State, { width, height }: Place): Row[] {
  const { page } = state;
  if (page === undefined) return [];
  const rows: Row[] = [pageTitle(state)];
  if (page.changes !== undefined)
    rows.push(...changeRows(page.changes, width, height - 1).map((row) => fitRow(row, width)));
  if (page.containers !== undefined && !page.loading)
    rows.push(...containerRows(page.containers, width, height - 1).map((row) => fitRow(row, width)));
  for (let line = page.top; line < Math.min(page.body.count, page.top + height - 1); line++) {
    const row = fitRow([seg(' '), ...skipColumns(page.body.row(line), page.left, page.body.numbers)], width);
    rows.push(line === page.match ? inRole(row, 'match') : row);
  }
  return rows;
}

function tooSmall(width: number, height: number): Frame {
  const rows = Array.from({ length: Math.max(0, height) }, () => fitRow([], Math.max(0, width)));
  if (height > 0) rows[0] = fitRow([seg(`needs ${LEAST.width}x${LEAST.height}`)], width);
  return { rows, cursor: undefined };
}
