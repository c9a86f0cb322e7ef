import { collapse } from '../../layers/compare/collapse.js';
import type { Culprit } from '../../layers/compare/culprit.js';
import type { Difference } from '../../layers/compare/diff.js';
import { FACET } from '../../layers/union/facets.js';
import type { Noise } from '../../layers/compare/rebuild-noise.js';
import { formatCount, plural } from '../../report/bytes.js';
import {
  countDifferences,
  countsText,
  type CulpritRow,
  culpritLines,
  type DiffFormat,
  differenceLines,
} from '../../report/diff.js';
import { markdownLines } from '../../report/diff-markdown.js';
import { statLines, statusLines } from '../../report/diff-stat.js';
import { escapeForTerminal } from '../../report/escape.js';
import { imageDiffLines } from '../../report/image-diff.js';
import type { Compared } from './compared.js';
import type { Context } from '../program/context.js';
import { type ContentLook, printContents } from './content.js';
import { instructionsOf } from '../file/layer-instructions.js';
import type { OpenedSnapshot } from '../image/open.js';

interface Form {
  readonly stat: boolean;
  readonly 'name-only': boolean;
  readonly 'name-status': boolean;
  readonly markdown: boolean;
  readonly all: boolean;
  readonly only?: readonly string[] | undefined;
  readonly bytes: boolean;
  readonly look: ContentLook | undefined;
}

/** Lines of paths that a terminal shows unless all are asked for. */
const ON_A_SCREEN = 25;
/** So few more are shown as well. */
const FEW_MORE = 5;

/** Writes the difference in one of the forms for people. */
export async function printForm(context: Context, compared: Compared, form: Form): Promise<void> {
  const { output, terminal } = context;
  const { palette } = terminal.stdout;
  const shown = realOnes(compared);
  const format: DiffFormat = {
    palette,
    exact: form.bytes,
    arrow: terminal.utf8 ? '→' : '->',
    sides: compared.sides.same ? ['', ''] : ['A', 'B'],
  };
  if (form['name-only']) return output.lines(shown.map(({ path }) => escapeForTerminal(path)));
  if (form['name-status']) return output.lines(statusLines(shown));
  if (form.stat) return output.lines(statLines(shown, { ...format, width: terminal.stdout.width }));
  const culprits = culpritRows(compared, shown);
  if (form.markdown) {
    const { before, after } = compared.sides;
    const sides = [titleOf(before), titleOf(after)] as const;
    return output.lines(markdownLines({ ...compared, shown, culprits, sides }, { ...format, all: form.all }));
  }
  await output.lines(summary(context, compared, shown, culprits, format));
  // Where times are asked for by name they are all there is.
  const brief = !form.all && form.only === undefined;
  const listed = brief ? shown.filter((difference) => !isTimeOnly(difference)) : shown;
  const rows = form.all ? listed : [...collapse(listed)];
  // What stands above must not scroll away; with contents it does anyway.
  const most = terminal.stdout.isTTY && brief && form.look === undefined ? ON_A_SCREEN : Infinity;
  const fitting = rows.length > most + FEW_MORE ? rows.slice(0, most) : rows;
  if (fitting.length > 0) {
    await output.write('\n');
    await output.lines(differenceLines(fitting, format));
  }
  const left = [
    ...(fitting.length < rows.length ? [`${formatCount(rows.length - fitting.length)} more lines`] : []),
    ...(listed.length < shown.length
      ? [`${plural(shown.length - listed.length, 'path')} whose time alone differs`]
      : []),
  ];
  if (left.length > 0) await output.lines([palette.dim(`and ${left.join(', and ')} (--all)`)]);
  if (form.look !== undefined) await printContents(context, compared, shown, form.look);
}

/** Those that no rebuild explains. */
export function realOnes({ found, noise }: Compared): Difference[] {
  return found.filter((difference) => noise?.get(difference) === undefined);
}

function isTimeOnly({ kind, facets }: Difference): boolean {
  return kind === 'modified' && facets === FACET.mtime;
}

/** What stands above the list: which two, how the images differ, how much came and went, and by whom. */
function* summary(
  context: Context,
  compared: Compared,
  shown: readonly Difference[],
  culprits: readonly CulpritRow[],
  format: DiffFormat,
): Generator<string> {
  const { sides, image, noise } = compared;
  const { palette, exact, arrow } = format;
  const { terminal } = context;
  const table = { terminalWidth: terminal.stdout.width, ellipsis: terminal.ellipsis };
  const name = (side: OpenedSnapshot): string => escapeForTerminal(titleOf(side));
  yield `${palette.heading('A')}  ${name(sides.before)}`;
  yield `${palette.heading('B')}  ${name(sides.after)}`;
  if (image !== undefined) {
    yield '';
    yield* imageDiffLines(image, { ...table, palette, exact, arrow });
  }
  yield '';
  yield shown.length === 0 ? 'files  no differences' : `files  ${countsText(countDifferences(shown), exact)}`;
  if (noise !== undefined && noise.size > 0)
    yield palette.dim(`expected in a rebuild  ${formatCount(noise.size)}: ${reasons(noise)}`);
  if (culprits.length === 0) return;
  yield '';
  yield* culpritLines(culprits, format, table);
}

function reasons(noise: ReadonlyMap<Difference, Noise>): string {
  const counts = new Map<Noise, number>();
  for (const reason of noise.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${formatCount(count)} ${reason}`)
    .join(', ');
}

function titleOf({ image, n }: OpenedSnapshot): string {
  const layers = image.layers.length;
  return n === layers
    ? `${image.name}, ${plural(layers, 'layer')}`
    : `${image.name} after layer ${String(n)} of ${String(layers)}`;
}

/** Who made the differences, in the order of the layers, those of A first. */
function culpritRows({ sides, culpritOf }: Compared, shown: readonly Difference[]): CulpritRow[] {
  const by = new Map<string, { culprit: Culprit; of: Difference[] }>();
  for (const difference of shown) {
    const culprit = culpritOf(difference);
    const key = `${culprit.side} ${String(culprit.layer)}`;
    const row = by.get(key);
    if (row === undefined) by.set(key, { culprit, of: [difference] });
    else row.of.push(difference);
  }
  const steps = { before: instructionsOf(sides.before.image), after: instructionsOf(sides.after.image) };
  const place = ({ side, layer }: Culprit): number => (side === 'before' ? 0 : 1_000_000) + layer;
  return [...by.values()]
    .sort((x, y) => place(x.culprit) - place(y.culprit))
    .map(({ culprit, of }) => ({
      culprit,
      counts: countDifferences(of),
      instruction: steps[culprit.side](culprit.layer),
    }));
}
