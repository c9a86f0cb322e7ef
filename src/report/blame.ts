import type { BlameStep } from '../layers/changes/blame.js';
import type { TouchKind } from '../layers/union/touch.js';
import { shortDigest } from '../model/digest.js';
import { formatBytes } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette, Style } from './colour.js';
import { formatOctal } from './mode.js';
import { type Column, formatTable } from './table.js';
import { formatTimeShort } from './time.js';

export interface BlameFormat {
  readonly palette: Palette;
  /** Sizes as exact numbers. */
  readonly exact: boolean;
  /** Columns of the terminal, where instructions are cut. Undefined: nothing is cut. */
  readonly width: number | undefined;
  readonly ellipsis: string;
}

const COLUMNS: readonly Column[] = [
  { header: 'LAYER', align: 'right' },
  { header: 'SIZE', align: 'right' },
  { header: 'MODE' },
  { header: 'OWNER' },
  { header: 'MODIFIED' },
  { header: 'WHAT' },
];

/** Columns before what stands below a step: those of the layer's number. */
const INDENT = ' '.repeat(7);

/**
 * Returns the lines that tell the life of a path, two for each step: what it became and what changed, and below that
 * the beginning of its content's digest and the instruction. `instruction` is raw text.
 */
export function blameLines(
  steps: readonly { readonly step: BlameStep; readonly instruction: string }[],
  format: BlameFormat,
): string[] {
  const { palette, exact, width, ellipsis } = format;
  const rows = steps.map(({ step }) => blameRow(step, palette, exact));
  const [header, ...lines] = formatTable(COLUMNS, rows, { header: palette.heading });
  return [
    header,
    ...lines.flatMap((line, i) => {
      const { step, instruction } = steps[i];
      const content = step.file?.content;
      const cells: Cell[] = [
        ...(content === undefined ? [] : [{ text: shortDigest(content), style: palette.digest }]),
        { text: instruction, style: palette.dim },
      ];
      const [made] = formatTable(
        cells.map(() => ({ header: '' })),
        [cells],
        { terminalWidth: width === undefined ? undefined : width - INDENT.length, ellipsis },
      );
      return made === '' ? [line] : [line, INDENT + made];
    }),
  ];
}

const MARKS: Readonly<Record<TouchKind, string>> = {
  added: '+',
  replaced: '~',
  metadata: '~',
  restated: '=',
  implied: '=',
  removed: '-',
  hidden: '-',
};

function blameRow(step: BlameStep, palette: Palette, exact: boolean): Cell[] {
  const { layer, file } = step;
  const what = { text: whatText(step), style: styleOf(step.kind, palette) };
  if (file === undefined) return [String(layer), '', '', '', '', what];
  return [
    String(layer),
    file.kind === 'file' ? formatBytes(file.size, exact) : '-',
    formatOctal(file.mode),
    `${file.uid}:${file.gid}`,
    formatTimeShort(file.mtime),
    what,
  ];
}

const HIDDEN = { removed: 'was removed', opaque: 'was made opaque', replaced: 'was replaced' } as const;

/** `+ added`, `~ replaced: content, mtime`, `- removed`, `- hidden: /app was made opaque`. */
function whatText({ kind, facets, file, before, by }: BlameStep): string {
  const mark = `${MARKS[kind]} `;
  const target = file?.kind === 'symlink' ? ` -> ${file.link}` : '';
  if (kind === 'added')
    return `${mark}added${file === undefined || file.kind === 'file' ? '' : `: ${file.kind}${target}`}`;
  if (kind === 'replaced' || kind === 'metadata') {
    const kinds = facets.includes('kind') && file !== undefined && before !== undefined;
    const changed = facets.map((facet) =>
      facet === 'kind' && kinds ? `${before.kind} to ${file.kind}` : facet,
    );
    return `${mark}${kind}${changed.length === 0 ? '' : `: ${changed.join(', ')}`}${facets.includes('link') ? target : ''}`;
  }
  if (by !== undefined) return `${mark}hidden: ${by.path} ${HIDDEN[by.how]}`;
  if (kind === 'implied') return `${mark}implied: no entry of its own`;
  return kind === 'restated' ? `${mark}restated: the same again` : `${mark}${kind}`;
}

function styleOf(kind: TouchKind, palette: Palette): Style {
  if (kind === 'added') return palette.added;
  if (kind === 'replaced' || kind === 'metadata') return palette.changed;
  return kind === 'removed' || kind === 'hidden' ? palette.removed : palette.dim;
}
