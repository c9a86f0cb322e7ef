import { formatPlatform } from '../../model/platform.js';
import { humanBytes, formatCount } from '../../report/bytes.js';
import { textWidth } from '../../report/width.js';
import { showChord } from '../keys/chord.js';
import type { Image } from '../../model/image.js';
import { shownBeside, SIDE_LETTERS, snapshotName, stackOf } from '../state/beside.js';
import type { Beside, Side } from '../state/second-image.js';
import { rangeOf } from '../state/derive.js';
import type { Pane, State } from '../state/state.js';
import { BENEATH, type KeyContext } from '../keys/table.js';
import { isAlive } from '../state/container-list.js';
import { isAtEnd } from '../state/log.js';
import type { Page } from '../state/page.js';
import { isSearching } from '../state/bisect.js';
import { rowCount, rowOf } from '../tree/tree-rows.js';
import { changeCounts } from './changes.js';
import { fitRow, type Row, rowWidth, seg, type Segment } from './segment.js';
import { safeText } from './safe-text.js';

/** Returns the first row of the screen: what image this is, and how far it is read. */
export function headerRow(state: State): Row {
  const { image, top, loading, loaded, width } = state;
  const name = image.tags.at(0) ?? image.name;
  const beside = shownBeside(state);
  if (beside !== undefined) return bothHeader(state, beside);
  const parts: Segment[] = [seg(' strata ', 'title'), seg(` ${safeText(name)}`, 'heading')];
  if (image.platform !== undefined) parts.push(seg(`  ${safeText(formatPlatform(image.platform))}`, 'dim'));
  parts.push(seg(`  ${top} ${top === 1 ? 'layer' : 'layers'}`, 'dim'));
  return withRight(parts, readingText(loading, loaded?.count ?? 0, top), width);
}

/** Which image is which, and how many bytes the second has more. */
function bothHeader(state: State, beside: Beside): Row {
  const { image, layer, tree, loading, width } = state;
  const named = (letter: string, of: Image, n: number): Segment[] => [
    seg(`  ${letter} `, 'accent'),
    seg(`${safeText(of.tags.at(0) ?? of.name)}@${n}`, 'heading'),
  ];
  const parts = [
    seg(' strata', 'title'),
    ...named('A', image, layer),
    seg('  →', 'dim'),
    ...named('B', beside.image, beside.layer),
  ];
  if (tree === undefined) return withRight(parts, `reading B${percentText(loading)}`, width);
  const more = tree.view.bytes[0] - tree.before.bytes[0];
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
    layers: layersTitle(state, 'first'),
    beside: layersTitle(state, 'second'),
    files: filesTitle(state),
    details: detailsTitle(state),
    image: 'Image',
  }[pane];
  const mark = focused ? '▌' : ' ';
  const left: Row = [seg(mark, 'accent'), seg(`${name} `, focused ? 'title' : 'title-away')];
  const right: Row = pane === 'files' ? filesRight(state) : wide ? [] : [seg(' Tab: next pane', 'dim')];
  const room = width - rowWidth(left) - rowWidth(right) - 1;
  if (room < 0) return fitRow(left, width);
  return fitRow([...left, seg('─'.repeat(room), 'border'), ...right], width);
}

/** Of two images the side whose files are opened has a mark. */
function layersTitle(state: State, side: Side): string {
  const beside = shownBeside(state);
  if (beside === undefined) return 'Layers';
  const { image, layer } = stackOf(state, side);
  const sign = beside.side === side ? '▸' : ' ';
  return `${sign}${SIDE_LETTERS[side]} ${safeText(image.tags.at(0) ?? image.name)}@${layer}`;
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
    if (off) row.push(seg(` (${sign})`, 'dim'));
    else if (number > 0) row.push(seg(` ${sign}${formatCount(number)}`, role));
  };
  count('+', added, 'added', hide.added);
  count('~', modified, 'changed', hide.modified);
  count('-', removed, 'removed', hide.removed);
  if (hide.same) row.push(seg(' (=)', 'dim'));
  const at = rowOf(tree, cursor) + 1;
  row.push(seg(` by ${sort} ${formatCount(at)}/${formatCount(rowCount(tree))}`, 'dim'));
  return row;
}

/** What holds on every page and is worth telling on one with keys of its own. */
const PAGES_BENEATH: ReadonlySet<string> = new Set(['close']);

/** What holds everywhere and is worth telling on a page. */
const ON_PAGES: ReadonlySet<string> = new Set(['help', 'next-layer']);

/** Returns the last row: what is typed, what was said, or the keys that matter here. */
export function statusRow(state: State, context: KeyContext): Row {
  const { prompt, question, message, stepping, width, tree, filter } = state;
  if (question !== undefined)
    return fitRow(
      [seg(` ${safeText(question.text)}`, 'warning'), seg(' y', 'key'), seg(' yes, any other key: no')],
      width,
    );
  if (prompt !== undefined) {
    const { before, rest } = promptParts(state);
    const hits =
      prompt.kind === 'filter' && tree?.hits !== undefined
        ? `  ${tree.problem === undefined ? `${formatCount(tree.hits.count)} found` : safeText(tree.problem)}`
        : '';
    return fitRow([seg(` ${prompt.label}`, 'accent'), seg(before), seg(rest), seg(hits, 'dim')], width);
  }
  if (message !== undefined) return fitRow([seg(` ${safeText(message.text)}`, message.role)], width);
  if (stepping !== undefined)
    return fitRow([seg(` ${safeText(stepping)} …`, 'accent'), seg('  Esc gives it up', 'dim')], width);
  const row: Segment[] =
    filter === '' || state.page !== undefined
      ? []
      : [seg(` /${safeText(filter)}`, 'accent'), seg(' Esc clears', 'dim')];
  const hints = state.keymap.rows.filter(
    (one) =>
      one.hint !== undefined &&
      one.chords.length > 0 &&
      // What moves in time, and what has several forms.
      (state.page === undefined || one.action !== 'next-layer' || state.page.file !== undefined) &&
      (one.action !== 'next-form' || (state.page?.file?.forms.length ?? 0) > 1),
  );
  const shown = [
    ...hints.filter((one) => one.context === context),
    ...hints.filter((one) => one.context === BENEATH[context] && PAGES_BENEATH.has(one.action)),
    ...hints.filter(
      (one) =>
        one.context === 'everywhere' &&
        (state.page === undefined || (context === 'page' ? ON_PAGES.has(one.action) : one.action === 'help')),
    ),
  ];
  const taken = new Set<string>();
  for (const { chords, hint = '' } of shown) {
    if (taken.has(chords[0])) continue;
    taken.add(chords[0]);
    const pair = hint === 'layer' ? '[ ]' : showChord(chords[0]);
    const next = [seg(` ${pair}`, 'key'), seg(` ${hint} `, 'status')];
    if (rowWidth([...row, ...next]) <= width) row.push(...next);
  }
  return fitRow(row, width);
}

/** The typed line cut so that its cursor is seen. */
function promptParts({ prompt, width }: State): { before: string; rest: string } {
  if (prompt === undefined) return { before: '', rest: '' };
  const characters = Array.from(prompt.text);
  let before = safeText(characters.slice(0, prompt.at).join(''));
  const room = Math.max(4, width - textWidth(prompt.label) - 4);
  while (textWidth(before) > room) before = Array.from(before).slice(1).join('');
  return { before, rest: safeText(characters.slice(prompt.at).join('')) };
}

/** Where the terminal's cursor stands while a line is typed. */
export function promptColumn(state: State): number | undefined {
  if (state.prompt === undefined) return undefined;
  return Math.min(state.width - 1, 1 + textWidth(state.prompt.label) + textWidth(promptParts(state).before));
}

/** Returns the first row of a page. */
export function pageTitle(state: State): Row {
  const { page, width } = state;
  if (page === undefined) return [];
  const left: Row = [
    seg('▌', 'accent'),
    seg(`${safeText(page.title)} `, 'title'),
    ...(page.file === undefined ? [] : [seg(`after ${snapshotName(state)} `, 'dim')]),
  ];
  const file = page.file;
  const held =
    file === undefined
      ? ''
      : file.start === 0 && file.end >= file.size
        ? ` ${humanBytes(file.size)} ${file.form}`
        : ` ${humanBytes(file.start)}–${humanBytes(file.end)} of ${humanBytes(file.size)} ${file.form}`;
  const right = page.loading ? ' reading …' : `${held}  ${whereIn(state, page)}`;
  const room = width - rowWidth(left) - textWidth(right) - 1;
  if (room < 0)
    return fitRow([...fitRow(left, Math.max(4, width - textWidth(right) - 1)), seg(right, 'dim')], width);
  return fitRow([...left, seg('─'.repeat(room), 'border'), seg(right, 'dim')], width);
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
