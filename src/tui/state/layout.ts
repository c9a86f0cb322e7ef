import { shownBeside } from './beside.js';
import type { Pane, State } from './state.js';

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where everything is. A pane's first row is its title. */
export interface Layout {
  /** Two columns of panes; else only the pane with the focus. */
  readonly wide: boolean;
  readonly panes: Partial<Readonly<Record<Pane, Place>>>;
  /** Rows between the header and the status line. */
  readonly body: Place;
}

/** Below these, one pane is seen at a time. */
const WIDE_COLUMNS = 70;
const WIDE_ROWS = 16;
/** Rows that everything known of an image takes, and those that of most files or layers do, with their titles. */
const MOST_IMAGE = 16;
const ENOUGH_DETAILS = 18;
/** Below these nothing sensible can be shown. */
export const LEAST = { width: 20, height: 6 } as const;

/** Returns where the panes are on a screen of that size. */
export function layoutOf(state: Pick<State, 'width' | 'height' | 'pane' | 'top' | 'beside'>): Layout {
  const { width, height, pane, top } = state;
  const body = { x: 0, y: 1, width, height: Math.max(1, height - 2) };
  if (width < WIDE_COLUMNS || height < WIDE_ROWS) return { wide: false, panes: { [pane]: body }, body };
  const left = Math.min(66, Math.max(30, Math.floor(width * 0.42)));
  const column = (y: number, rows: number): Place => ({ x: 0, y: body.y + y, width: left, height: rows });
  const files = { x: left + 1, y: body.y, width: width - left - 1, height: body.height };
  const beside = shownBeside(state);
  if (beside !== undefined) {
    const most = Math.floor(body.height / 3);
    const [first, second] = [Math.min(top + 1, most), Math.min(beside.top + 1, most)];
    const layers = column(0, first);
    const details = column(first + second, body.height - first - second);
    return { wide: true, body, panes: { layers, beside: column(first, second), details, files } };
  }
  const leastImage = body.height >= 30 ? 9 : body.height >= 20 ? 6 : 4;
  const layerRows = Math.min(top + 1, Math.max(4, Math.floor((body.height - leastImage) * 0.55)));
  const imageRows = Math.max(leastImage, Math.min(MOST_IMAGE, body.height - layerRows - ENOUGH_DETAILS));
  const detailRows = body.height - imageRows - layerRows;
  return {
    wide: true,
    body,
    panes: {
      layers: column(0, layerRows),
      details: column(layerRows, detailRows),
      image: column(layerRows + detailRows, imageRows),
      files,
    },
  };
}

/** The panes in the order that Tab goes through. */
export function panesOf(state: Pick<State, 'beside'>): readonly Pane[] {
  return shownBeside(state) === undefined
    ? ['layers', 'files', 'details', 'image']
    : ['layers', 'beside', 'files', 'details'];
}

/** Rows of content that a pane has: all but its title; on a narrow screen as many as the body has below its title. */
export function paneRows(state: State, pane: Pane): number {
  const layout = layoutOf({ ...state, pane: state.pane });
  return Math.max(1, (layout.panes[pane] ?? layout.body).height - 1);
}

/** Rows of a page below its title. */
export function pageRows(state: State): number {
  return Math.max(1, layoutOf(state).body.height - 1);
}

/** Rows above the changes that are to be committed: name, message, layer, what is left out, a line. */
export const FORM_ROWS = 5;

/** Rows that the changes of a container have on their page. */
export function changeRows(state: State, form: boolean): number {
  return Math.max(1, pageRows(state) - (form ? FORM_ROWS : 0));
}

/** Returns the pane at a place, and the column and row in it; row -1 is its title. */
export function paneAt(
  state: State,
  x: number,
  y: number,
): { pane: Pane; column: number; row: number; width: number } | undefined {
  for (const [pane, place] of Object.entries(layoutOf(state).panes) as [Pane, Place][])
    if (x >= place.x && x < place.x + place.width && y >= place.y && y < place.y + place.height)
      return { pane, column: x - place.x, row: y - place.y - 1, width: place.width };
  return undefined;
}

/** Returns the first row to show so that `row` is seen: as near to `top` as can be. */
export function keepSeen(top: number, row: number, rows: number, count: number): number {
  const most = Math.max(0, count - rows);
  const wanted = row < top ? row : row >= top + rows ? row - rows + 1 : top;
  return Math.max(0, Math.min(most, wanted));
}
