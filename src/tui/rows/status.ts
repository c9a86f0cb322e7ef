import { formatCount } from '../../report/bytes.js';
import { textWidth } from '../../report/width.js';
import { showChord } from '../keys/chord.js';
import { BENEATH, type KeyContext, type KeyRow } from '../keys/table.js';
import { isSearching } from '../state/bisect.js';
import type { State } from '../state/state.js';
import { safeText } from './safe-text.js';
import { fitRow, type Row, rowWidth, seg, type Segment } from './segment.js';

/** What holds on every page and is worth telling on one with keys of its own. */
const PAGES_BENEATH: ReadonlySet<string> = new Set(['close']);

/** What holds everywhere and is worth telling on a page. */
const ON_PAGES: ReadonlySet<string> = new Set(['help', 'next-layer']);

/** What is told first where there is little room. */
const ALWAYS: ReadonlySet<string> = new Set(['help', 'quit']);

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
      (one.action !== 'next-form' || (state.page?.file?.forms.length ?? 0) > 1) &&
      isOfSearch(state, one),
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
  // Where there is no room for all, the keys that tell of the others and that leave are there.
  let room = width;
  for (const one of shown) if (ALWAYS.has(one.action)) room -= rowWidth(hintOf(one));
  for (const one of shown) {
    if (taken.has(one.chords[0])) continue;
    taken.add(one.chords[0]);
    const next = hintOf(one);
    if (ALWAYS.has(one.action)) room += rowWidth(next);
    if (rowWidth([...row, ...next]) <= room) row.push(...next);
  }
  return fitRow(row, width);
}

/** Of a search for a layer: what can be done while it goes on, and with what came of it. */
function isOfSearch({ page }: State, { context, action }: KeyRow): boolean {
  const bisect = page?.bisect;
  if (bisect === undefined || context !== 'bisect') return true;
  if (action === 'jump') return bisect.end?.change !== undefined;
  return (action === 'abort') === isSearching(bisect);
}

function hintOf({ chords, hint = '' }: KeyRow): Segment[] {
  const pair = hint === 'layer' ? '[ ]' : showChord(chords[0]);
  return [seg(` ${pair}`, 'key'), seg(` ${hint} `, 'status')];
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
