import { changeText, type TrialRow } from '../../report/bisect.js';
import { decodeName } from '../../model/name.js';
import { instructionLine } from '../../report/instruction.js';
import type { OpenBisect } from '../state/container-pages.js';
import type { State } from '../state/state.js';
import { padLeft, padRight, type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';
import type { Role } from './theme.js';
import { wrap } from './waste.js';

const VERDICTS: Readonly<Record<TrialRow['verdict'], { readonly word: string; readonly role: Role }>> = {
  good: { word: '+ good', role: 'added' },
  bad: { word: '- bad', role: 'removed' },
  skip: { word: '? skip', role: 'changed' },
};

/** Columns of a verdict. */
const VERDICT = 7;
/** Lines of what the command wrote that are shown. */
const OUTPUT_LINES = 10;

/** Returns how a search went so far: the command, a row for each snapshot that was tried, and what came of it. */
export function bisectRows(state: Pick<State, 'steps' | 'width'>, bisect: OpenBisect): Row[] {
  const { request, trials, trying, stopped, end } = bisect;
  const rows: Row[] = [[seg('$ ', 'dim'), seg(safeText(request.line), 'heading')], []];
  const digits = String(request.high).length;
  const instruction = (n: number): string => safeText(instructionLine(state.steps.get(n)));
  for (const { n, verdict, ended, milliseconds } of trials) {
    const { word, role } = VERDICTS[verdict];
    rows.push([
      seg(`${padLeft(`@${n}`, digits + 1)} `),
      seg(padRight(word, VERDICT), role),
      seg(` ${safeText(ended)} `),
      seg(`${(milliseconds / 1000).toFixed(1)} s  ${instruction(n)}`, 'dim'),
    ]);
  }
  if (trying !== undefined)
    rows.push([seg(`${padLeft(`@${trying}`, digits + 1)} `), seg('… running', 'accent')]);
  if (stopped.length > 0)
    rows.push([], ...stopped.flatMap((text, i) => lines(state, text, i === 0 ? 'warning' : 'dim')));
  if (end !== undefined) rows.push([], ...endRows(state, bisect, instruction));
  return rows;
}

/** What is said of a search, in as many rows as it takes. */
function lines({ width }: Pick<State, 'width'>, text: string, role: Role): Row[] {
  return wrap(safeText(text), Math.max(16, width - 1)).map((line) => [seg(line, role)]);
}

function endRows(
  state: Pick<State, 'width'>,
  { end, trials }: OpenBisect,
  instruction: (n: number) => string,
): Row[] {
  const change = end?.change;
  if (end === undefined || change === undefined) {
    const verdict = trials.find((one) => one.verdict !== 'skip')?.verdict;
    return [
      ...lines(state, `nothing changed: both ends are ${verdict ?? 'the same'}`, 'heading'),
      ...lines(state, 'mark two other layers with m, or try another command with b', 'dim'),
    ];
  }
  const rows: Row[] = [
    [seg(changeText(change), 'heading'), seg('  Enter goes there', 'dim')],
    ...Array.from({ length: change.after - change.before }, (_, i): Row => {
      const n = change.before + 1 + i;
      return [seg(`  ${n}  `, 'dim'), seg(instruction(n))];
    }),
  ];
  const written = outputOf(end.output);
  if (written.length > 0) rows.push([], [seg(`It wrote in @${change.after}:`, 'dim')]);
  for (const line of written) rows.push([seg('  │ ', 'border'), seg(safeText(line, { text: true }))]);
  rows.push([], [seg('Its files:', 'dim')]);
  return rows;
}

function outputOf(bytes: Uint8Array): string[] {
  const lines = decodeName(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-OUTPUT_LINES);
}
