import { formatPlatform } from '../../model/platform.js';
import { humanBytes, formatCount } from '../../report/bytes.js';
import { textWidth } from '../../report/width.js';
import type { Image } from '../../model/image.js';
import { shownBeside, SIDE_LETTERS, snapshotName, stackOf } from '../state/beside.js';
import type { Beside, Side } from '../state/second-image.js';
import { rangeOf } from '../state/derive.js';
import type { Pane, State } from '../state/state.js';
import { isAlive } from '../state/container-list.js';
import { isAtEnd } from '../state/log.js';
import type { OpenFile, Page } from '../state/page.js';
import { isSearching } from '../state/bisect.js';
import { rowCount, rowOf } from '../tree/tree-rows.js';
import { changeCounts } from './changes.js';
import { imageName } from './image-name.js';
import { fitRow, type Row, rowWidth, seg, type Segment } from './segment.js';
import { safeText } from './safe-text.js';

/** Returns the first row of the screen: what image this is, and how far it is read. */
export function headerRow(state: State): Row {
  const { image, top, loading, loaded, failed, width } = state;
  const beside = shownBeside(state);
  if (beside !== undefined) return bothHeader(state, beside);
  const parts: Segment[] = [
    seg(' strata ', 'title'),
    seg(` ${imageName(image, Math.max(12, width - 36))}`, 'heading'),
  ];
  if (image.platform !== undefined) parts.push(seg(`  ${safeText(formatPlatform(image.platform))}`, 'dim'));
  parts.push(seg(`  ${top} ${top === 1 ? 'layer' : 'layers'}`, 'dim'));
  if (state.beside !== undefined)
    parts.push(seg('  =', 'key'), seg(` compares it with ${imageName(state.beside.image, 40)}`, 'dim'));
  const right = failed === undefined ? readingText(loading, loaded?.count ?? 0, top) : 'not read on';
  return withRight(parts, right, width);
}

/** Which image is which, and how many bytes the second has more. */
function bothHeader(state: State, beside: Beside): Row {
  const { image, layer, tree, loading, width } = state;
  const room = Math.max(12, Math.floor((width - 42) / 2));
  const named = (letter: string, of: Image, n: number): Segment[] => [
    seg(`  ${letter} `, 'accent'),
    seg(`${imageName(of, room)}@${n}`, 'heading'),
  ];
  const parts = [
    seg(' strata', 'title'),
    ...named('A', image, layer),
    seg('  →', 'dim'),
    ...named('B', beside.image, beside.layer),
  ];
  if (tree === undefined) return withRight(parts, `reading B${percentText(loading)}`, width);
  const more = tree.view.bytes[0] - tree.before.total();
  const text = more === 0 ? 'same size' : `${humanBytes(Math.abs(more))} ${more > 0 ? 'larger' : 'smaller'}`;
  return withRight(parts, text, width);
}

function withRight(parts: Row, right: string, width: number): Row {
  const room = width - textWidth(right) - 1;
  if (right === '' || room < 16) return fitRow(parts, width);
  return fitRow([...fitRow(parts, room), seg(right, 'accent')], width);
}

function readingText(loading: State['loading'], count: number, top: number): string {
  if (loading === undefined) return count < top ? 'reading …' : '';
  return `reading${percentText(loading)}, ${count} of ${top} layers`;
}

function percentText(loading: State['loading']): string {
  if (loading === undefined || loading.total <= 0) return '';
  return ` ${Math.min(99, Math.floor((loading.done / loading.total) * 100))} %`;
}

/** Returns a pane's first row: its name, what it shows, and a quiet line. */
export function titleRow(state: State, pane: Pane, width: number, wide: boolean): Row {
  const focused = state.pane === pane;
  const name = {
    layers: layersTitle(state, 'first', width),
    beside: layersTitle(state, 'second', width),
    files: filesTitle(state),
    details: detailsTitle(state),
    image: 'Image',
  }[pane];
  const mark = focused ? '▌' : ' ';
  const left: Row = [seg(mark, 'accent'), seg(`${name} `, focused ? 'title' : 'title-away')];
  const all: Row = pane === 'files' ? filesRight(state) : wide ? [] : [seg(' Tab: next pane', 'dim')];
  const right = beginningOf(all, width - rowWidth(left) - 1);
  const room = width - rowWidth(left) - rowWidth(right) - 1;
  if (room < 0) return fitRow(left, width);
  return fitRow([...left, seg('─'.repeat(room), 'border'), ...right], width);
}

/** As many of the segments as there is room for. */
function beginningOf(row: Row, room: number): Row {
  let left = room;
  const end = row.findIndex((one) => (left -= rowWidth([one])) < 0);
  return end < 0 ? row : row.slice(0, end);
}

/** Of two images the side whose files are opened has a mark. */
function layersTitle(state: State, side: Side, width: number): string {
  const beside = shownBeside(state);
  if (beside === undefined) return state.loaded?.count === state.top ? 'Layers' : 'Layers, sizes as stored';
  const { image, layer } = stackOf(state, side);
  const sign = beside.side === side ? '▸' : ' ';
  return `${sign}${SIDE_LETTERS[side]} ${imageName(image, Math.max(8, width - 9))}@${layer}`;
}

function filesTitle(state: State): string {
  const { from, to } = rangeOf(state);
  const { loaded, marks, onlyChanges, fromBase } = state;
  if (loaded === undefined || loaded.count === 0) return 'Files';
  const beside = shownBeside(state);
  if (beside !== undefined)
    return `${onlyChanges ? 'Differences' : 'Files'} A@${state.layer} → B@${beside.layer}`;
  if (marks.length === 2) return `Files ${from}..${to}${onlyChanges ? ', changes' : ''}`;
  if (onlyChanges) return `Changes of layer ${to}`;
  return `Files after layer ${to}${fromBase ? ', since 1' : ''}`;
}

function detailsTitle({ pane, page }: State): string {
  return pane === 'files' || page !== undefined ? 'File' : 'Layer';
}

/** What changed, what is hidden, and where in the rows the cursor is. */
function filesRight({ tree, hide, cursor, sort }: State): Row {
  if (tree === undefined) return [];
  const { added, modified, removed } = tree.changes.counts;
  const row: Segment[] = [];
  const count = (sign: string, number: number, role: 'added' | 'changed' | 'removed', off: boolean): void => {
    if (!off && number > 0) row.push(seg(` ${sign}${formatCount(number)}`, role));
  };
  count('+', added, 'added', hide.added);
  count('~', modified, 'changed', hide.modified);
  count('-', removed, 'removed', hide.removed);
  const hidden = [hide.added && '+', hide.modified && '~', hide.removed && '-', hide.same && 'unchanged'];
  const signs = hidden.filter((sign) => sign !== false);
  // What is not there goes before what is, where there is no room for both.
  if (signs.length > 0) row.unshift(seg(` no ${signs.join(' ')}`, 'warning'));
  const at = rowOf(tree, cursor) + 1;
  row.push(seg(` by ${sort} ${formatCount(at)}/${formatCount(rowCount(tree))}`, 'dim'));
  return row;
}

/** Returns the first row of a page. */
export function pageTitle(state: State): Row {
  const { page, width } = state;
  if (page === undefined) return [];
  const left: Row = [
    seg('▌', 'accent'),
    seg(`${safeText(titleOf(page))} `, 'title'),
    ...(page.file === undefined ? [] : [seg(`${momentOf(state, page.file)} `, 'dim')]),
  ];
  const file = page.file;
  const held =
    file === undefined
      ? ''
      : file.start === 0 && file.end >= file.size
        ? ` ${humanBytes(file.size)} ${file.form}`
        : ` ${humanBytes(file.start)}–${humanBytes(file.end)} of ${humanBytes(file.size)} ${file.form}`;
  const right = page.loading ? ` reading${percentOf(page)} …` : `${held}  ${whereIn(state, page)}`;
  const room = width - rowWidth(left) - textWidth(right) - 1;
  if (room < 0)
    return fitRow([...fitRow(left, Math.max(4, width - textWidth(right) - 1)), seg(right, 'dim')], width);
  return fitRow([...left, seg('─'.repeat(room), 'border'), seg(right, 'dim')], width);
}

function percentOf({ percent }: Page): string {
  return percent === undefined ? '' : ` ${percent} %`;
}

/** What is to be committed is no longer only looked at. */
function titleOf({ title, changes }: Page): string {
  return changes?.form === undefined ? title : `New image of container ${changes.open.name}`;
}

/** Which state of the file is seen: of one that is gone the one before. */
function momentOf(state: State, { node, touch }: OpenFile): string {
  const { tree } = state;
  const gone =
    touch >= 0 && shownBeside(state) === undefined && tree !== undefined && tree.view.live[node] < 0;
  if (!gone) return `after ${snapshotName(state)}`;
  const { from, to } = tree.changes;
  return to - from === 1 ? `as it was before layer ${to} removed it` : `as it was after layer ${from}`;
}

/** Which part of the page is seen, and whether it goes on by itself. */
function whereIn(state: State, page: Page): string {
  const { containers, changes, log, bisect, body, top } = page;
  if (changes !== undefined) return changeCounts(changes);
  if (containers !== undefined) {
    const running = containers.rows.filter(isAlive).length;
    return `${running} running of ${containers.rows.length}`;
  }
  const lines = `${formatCount(Math.min(body.count, top + 1))}/${formatCount(body.count)}`;
  if (log !== undefined)
    return `${lines} ${log.ended ? 'ended' : isAtEnd(state, page) ? 'following' : 'more below'}`;
  return bisect !== undefined && isSearching(bisect) ? 'searching' : lines;
}
