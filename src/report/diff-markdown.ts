import type { Difference } from '../layers/compare/diff.js';
import type { Noise } from '../layers/compare/rebuild-noise.js';
import { formatCount } from './bytes.js';
import {
  countDifferences,
  countsText,
  type CulpritRow,
  type DiffFormat,
  growth,
  MARKS,
  signedBytes,
  whatText,
} from './diff.js';
import { escapeForTerminal } from './escape.js';
import type { ImageDifference } from './image-diff.js';

export interface MarkdownSubject {
  /** What the two are called, raw. */
  readonly sides: readonly [before: string, after: string];
  readonly image: ImageDifference | undefined;
  readonly shown: readonly Difference[];
  readonly noise: ReadonlyMap<Difference, Noise> | undefined;
  readonly culprits: readonly CulpritRow[];
}

/** Rows of the list of paths beyond which a comment on a pull request is of no use. */
const MOST_ROWS = 200;

/** Yields the difference as GitHub-flavoured Markdown: everything of the images is code, so that nothing of it is markup. */
export function* markdownLines(
  subject: MarkdownSubject,
  format: DiffFormat & { readonly all: boolean },
): Generator<string> {
  const { sides, image, shown, noise, culprits } = subject;
  const { exact, arrow } = format;
  yield `### ${code(sides[0])} ${arrow} ${code(sides[1])}`;
  yield '';
  yield `**Files**: ${countsText(countDifferences(shown), exact)}${noise === undefined || noise.size === 0 ? '' : `; ${formatCount(noise.size)} more as in every rebuild`}`;
  if (image !== undefined && image.config.length > 0) {
    yield '';
    yield '| configuration | before | after |';
    yield '| --- | --- | --- |';
    for (const { field, before, after } of image.config)
      yield `| ${code(field)} | ${code(before)} | ${code(after)} |`;
  }
  if (culprits.length > 0) {
    yield '';
    yield '| layer | + | - | ~ | > | size | instruction |';
    yield '| --- | --: | --: | --: | --: | --: | --- |';
    for (const { culprit, counts, instruction } of culprits) {
      const { added, removed, modified, renamed } = counts;
      const layer = `${format.sides[culprit.side === 'before' ? 0 : 1]}${String(culprit.layer)}`;
      const numbers = [added, removed, modified, renamed].map(formatCount).join(' | ');
      yield `| ${layer} | ${numbers} | ${signedBytes(counts.growth, exact)} | ${code(instruction)} |`;
    }
  }
  if (shown.length === 0) return;
  yield '';
  yield '| | path | size | what |';
  yield '| --- | --- | --: | --- |';
  const rows = format.all ? shown : shown.slice(0, MOST_ROWS);
  for (const difference of rows) {
    const { kind, path, before } = difference;
    const named = kind === 'renamed' ? `${code(before?.path)} ${arrow} ${code(path)}` : code(path);
    const what = whatText(difference, arrow);
    yield `| ${MARKS[kind]} | ${named} | ${signedBytes(growth(difference), exact)} | ${code(what)} |`;
  }
  if (rows.length < shown.length) {
    yield '';
    yield `and ${formatCount(shown.length - rows.length)} more (\`--all\`)`;
  }
}

/** Columns of an image's text in a table. */
const WIDEST = 300;

/** Text as a code span that no text can end, and no cell of a table. */
function code(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  const safe = escapeForTerminal(text.length > WIDEST ? `${text.slice(0, WIDEST)}...` : text);
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const gap = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return `${fence}${gap}${safe.replaceAll('|', '\\|')}${gap}${fence}`;
}
