import { decodeName } from '../model/name.js';
import type { Cell } from './cell.js';
import type { Palette, Style } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { type GiveWay, LEAST_TEXT } from './fit-columns.js';
import { type Column, formatTable } from './table.js';

/** What one run of a command says of a snapshot. */
export interface TrialRow {
  readonly n: number;
  readonly verdict: 'good' | 'bad' | 'skip';
  /** How it ended, in words. */
  readonly ended: string;
  readonly milliseconds: number;
}

/** Where the result changes. */
export interface ChangeRow {
  readonly before: number;
  readonly after: number;
  readonly skipped: readonly number[];
  readonly to: 'good' | 'bad' | 'skip';
}

const WORDS = { good: 'good', bad: 'bad', skip: 'skipped' } as const;

/** Lines of a command's output that are shown. */
const OUTPUT_LINES = 10;

/** `@30 good: exit status 0 (0.2 s)` */
export function trialLine({ n, verdict, ended, milliseconds }: TrialRow, palette: Palette): string {
  const seconds = (milliseconds / 1000).toFixed(1);
  return `@${n} ${verdictStyle(verdict, palette)(WORDS[verdict])}: ${escapeForTerminal(ended)} ${palette.dim(`(${seconds} s)`)}`;
}

/** Returns the sentence that names the layer, or those of which it is one. */
export function changeText({ before, after, skipped, to }: ChangeRow): string {
  if (skipped.length === 0) return `layer ${after} is the first ${WORDS[to]} one`;
  const range = before + 2 === after ? `${before + 1} or ${after}` : `${before + 1} to ${after}`;
  return `one of the layers ${range} is the first ${WORDS[to]} one: those between @${before} and @${after} cannot be told`;
}

/** Returns the last lines of what a command wrote, as a terminal may get them. */
export function outputLines(bytes: Uint8Array, cut: boolean, palette: Palette): string[] {
  const text = escapeForTerminal(decodeName(bytes), { newlines: 'keep', backslashes: 'keep' });
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const shown = lines.slice(-OUTPUT_LINES);
  const more = cut || shown.length < lines.length ? ['...'] : [];
  return [...more, ...shown].map((line) => palette.dim(`  | ${line}`));
}

const COLUMNS: readonly Column[] = [
  { header: 'SNAPSHOT', align: 'right' },
  { header: 'RESULT' },
  { header: 'ENDED' },
  { header: 'TIME', align: 'right' },
  { header: 'INSTRUCTION OF THE LAYER' },
];

const GIVE_WAY: readonly GiveWay[] = [
  ['TIME', 0],
  ['ENDED', LEAST_TEXT],
];

/** Returns a table of every run; a layer where the result changes is marked by its colour and `<`. */
export function trialTable(
  rows: readonly (TrialRow & { readonly instruction: string })[],
  changes: readonly ChangeRow[],
  format: { readonly palette: Palette; readonly width: number | undefined; readonly ellipsis: string },
): string[] {
  const { palette, width, ellipsis } = format;
  const marked = new Set(changes.map(({ after }) => after));
  return formatTable(
    COLUMNS,
    rows.map(({ n, verdict, ended, milliseconds, instruction }): Cell[] => [
      `@${n}`,
      { text: `${WORDS[verdict]}${marked.has(n) ? ' <' : ''}`, style: verdictStyle(verdict, palette) },
      ended,
      `${(milliseconds / 1000).toFixed(1)} s`,
      instruction,
    ]),
    { header: palette.heading, terminalWidth: width, giveWay: GIVE_WAY, ellipsis },
  );
}

function verdictStyle(verdict: TrialRow['verdict'], palette: Palette): Style {
  return verdict === 'good' ? palette.added : verdict === 'bad' ? palette.removed : palette.changed;
}
