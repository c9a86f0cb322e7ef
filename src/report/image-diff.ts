import type { ConfigChange } from '../layers/compare/config-diff.js';
import type { StepPair } from '../layers/compare/history-diff.js';
import type { Step } from '../layers/history/history.js';
import type { SharedLayer } from '../layers/compare/layer-sharing.js';
import { shortDigest } from '../model/digest.js';
import { formatBytes, plural } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import { instructionLine } from './instruction.js';
import { formatTable, type TableOptions } from './table.js';

/** How two images differ besides their files. */
export interface ImageDifference {
  readonly config: readonly ConfigChange[];
  readonly history: readonly StepPair[];
  readonly layers: readonly SharedLayer[];
}

export interface ImageDiffFormat extends Pick<TableOptions, 'terminalWidth' | 'ellipsis'> {
  readonly palette: Palette;
  readonly exact: boolean;
  readonly arrow: string;
}

/** Returns what differs of configuration, layers and history; where nothing does one line says so. */
export function imageDiffLines(difference: ImageDifference, format: ImageDiffFormat): string[] {
  return [
    ...configLines(difference.config, format),
    sharingLine(difference.layers, format.exact),
    ...layerLines(difference.layers, format),
    ...historyLines(difference.history, format),
  ];
}

function configLines(changes: readonly ConfigChange[], format: ImageDiffFormat): string[] {
  const { palette, arrow } = format;
  if (changes.length === 0) return ['config  the same'];
  const rows = changes.map(({ field, before, after, expected }): Cell[] => {
    const style = expected
      ? palette.dim
      : before === undefined
        ? palette.added
        : after === undefined
          ? palette.removed
          : palette.changed;
    return [
      { text: before === undefined ? '+' : after === undefined ? '-' : '~', style },
      { text: field, style },
      before === undefined || after === undefined ? (after ?? before ?? '') : `${before} ${arrow} ${after}`,
    ];
  });
  return formatTable([{ header: '' }, { header: '' }, { header: '' }], rows, format);
}

/** `layers  7 shared (110 MB), 2 only in A (10 MB), 3 only in B (11 MB)`. */
function sharingLine(layers: readonly SharedLayer[], exact: boolean): string {
  const text = (of: readonly SharedLayer[], what: string): string =>
    `${plural(of.length, 'layer')} ${what} (${formatBytes(
      of.reduce((sum, { plainBytes }) => sum + plainBytes, 0),
      exact,
    )})`;
  const isShared = ({ before, after }: SharedLayer): boolean => before !== undefined && after !== undefined;
  return [
    text(layers.filter(isShared), 'shared'),
    text(
      layers.filter(({ after }) => after === undefined),
      'only in A',
    ),
    text(
      layers.filter(({ before }) => before === undefined),
      'only in B',
    ),
  ].join(', ');
}

/** Layers listed at most; two builds of one Dockerfile have as many as it has steps. */
const MOST_LAYERS = 20;

/** The layers that only one of the images has, those of the first before those of the second. */
function layerLines(layers: readonly SharedLayer[], { palette, exact }: ImageDiffFormat): string[] {
  const only = [
    ...layers.filter(({ after }) => after === undefined),
    ...layers.filter(({ before }) => before === undefined),
  ];
  const rows = only.slice(0, MOST_LAYERS).map(({ before, after, diffID, plainBytes }): Cell[] => {
    const [mark, style] =
      after === undefined ? (['-', palette.removed] as const) : (['+', palette.added] as const);
    return [
      { text: mark, style },
      `${after === undefined ? 'A' : 'B'}${String(after ?? before)}`,
      { text: shortDigest(diffID), style: palette.digest },
      formatBytes(plainBytes, exact),
    ];
  });
  const columns = [{ header: '' }, { header: '' }, { header: '' }, { header: '', align: 'right' }] as const;
  const more = only.length - rows.length;
  return [
    ...formatTable(columns, rows),
    ...(more === 0 ? [] : [palette.dim(`and ${plural(more, 'more layer')}`)]),
  ];
}

function historyLines(pairs: readonly StepPair[], format: ImageDiffFormat): string[] {
  const { palette } = format;
  const differing = pairs.filter(({ same }) => !same);
  const alike = pairs.length - differing.length;
  const rows = differing.flatMap(({ before, after }): Cell[][] => [
    ...(before === undefined ? [] : [stepRow('-', before, palette.removed)]),
    ...(after === undefined ? [] : [stepRow('+', after, palette.added)]),
  ]);
  if (rows.length === 0) return [`history  ${plural(alike, 'step')}, all the same`];
  return [
    `history  ${plural(alike, 'step')} the same, ${plural(differing.length, 'step')} not:`,
    ...formatTable([{ header: '' }, { header: '', align: 'right' }, { header: '' }], rows, format),
  ];
}

function stepRow(mark: string, step: Step, style: (text: string) => string): Cell[] {
  return [
    { text: mark, style },
    step.layer === undefined ? '' : String(step.layer),
    { text: instructionLine(step), style },
  ];
}

/** Returns the same for JSON. */
export function imageDiffJson({ config, history, layers }: ImageDifference): object {
  return {
    config: config.map(({ field, before, after, expected }) => ({
      field,
      before: before ?? null,
      after: after ?? null,
      expected,
    })),
    layers: layers.map(({ diffID, before, after, plainBytes, storedBytes }) => ({
      diffID,
      before: before ?? null,
      after: after ?? null,
      plainBytes,
      storedBytes: storedBytes ?? null,
    })),
    history: history.map(({ before, after, same }) => ({
      same,
      before: before === undefined ? null : stepJson(before),
      after: after === undefined ? null : stepJson(after),
    })),
  };
}

function stepJson(step: Step): object {
  return {
    step: step.number,
    layer: step.layer ?? null,
    instruction: step.instruction.text,
    created: step.created ?? null,
  };
}
