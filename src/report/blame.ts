import type { BlameStep } from '../layers/blame.js';
import type { TouchKind } from '../layers/touch.js';
import { shortDigest } from '../model/digest.js';
import { formatBytes } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette, Style } from './colour.js';
import { formatOctal } from './mode.js';
import type { Column } from './table.js';
import { formatTimeShort } from './time.js';

/** The columns of a path's life; the instruction comes last, so that it is what a narrow terminal cuts. */
export const BLAME_COLUMNS: readonly Column[] = [
  { header: 'LAYER', align: 'right' },
  { header: 'WHAT' },
  { header: 'SIZE', align: 'right' },
  { header: 'MODE' },
  { header: 'OWNER' },
  { header: 'MODIFIED' },
  { header: 'CONTENT' },
  { header: 'INSTRUCTION' },
];

const MARKS: Readonly<Record<TouchKind, string>> = {
  added: '+',
  replaced: '~',
  metadata: '~',
  restated: '=',
  implied: '=',
  removed: '-',
  hidden: '-',
};

/** Returns the cells of one step. */
export function blameRow(step: BlameStep, instruction: string, palette: Palette, exact: boolean): Cell[] {
  const { layer, file } = step;
  const what = { text: whatText(step), style: styleOf(step.kind, palette) };
  if (file === undefined) return [String(layer), what, '', '', '', '', '', instruction];
  return [
    String(layer),
    what,
    file.kind === 'file' ? formatBytes(file.size, exact) : '',
    formatOctal(file.mode),
    `${file.uid}:${file.gid}`,
    formatTimeShort(file.mtime),
    file.kind === 'symlink'
      ? `-> ${file.link}`
      : file.content === undefined
        ? ''
        : { text: shortDigest(file.content), style: palette.digest },
    instruction,
  ];
}

/** `+ added`, `~ replaced: content, mtime`, `- removed`, `- hidden: a directory above went`. */
function whatText({ kind, facets, file, before }: BlameStep): string {
  const mark = `${MARKS[kind]} `;
  if (kind === 'added')
    return `${mark}added${file === undefined || file.kind === 'file' ? '' : ` (${file.kind})`}`;
  if (kind === 'replaced' || kind === 'metadata') {
    const kinds = facets.includes('kind') && file !== undefined && before !== undefined;
    const changed = facets.map((facet) =>
      facet === 'kind' && kinds ? `${before.kind} to ${file.kind}` : facet,
    );
    return `${mark}${kind}${changed.length === 0 ? '' : `: ${changed.join(', ')}`}`;
  }
  if (kind === 'hidden') return `${mark}hidden: a directory above went`;
  if (kind === 'implied') return `${mark}implied: no entry of its own`;
  return kind === 'restated' ? `${mark}restated: the same again` : `${mark}${kind}`;
}

function styleOf(kind: TouchKind, palette: Palette): Style {
  if (kind === 'added') return palette.added;
  if (kind === 'replaced' || kind === 'metadata') return palette.changed;
  return kind === 'removed' || kind === 'hidden' ? palette.removed : palette.dim;
}
