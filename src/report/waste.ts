import type {
  ClassSum,
  LayerWaste,
  Waste,
  WasteCause,
  WasteClass,
  WasteSums,
} from '../layers/waste/waste.js';
import { formatBytes, formatCount, formatPercent, plural } from './bytes.js';
import { type Cell, cellText, formatCell } from './cell.js';
import type { Palette, Style } from './colour.js';
import { type GiveWay, LEAST_TEXT } from './fit-columns.js';
import { type Column, formatTable } from './table.js';
import { textWidth, truncateText } from './width.js';

export interface WasteFormat {
  readonly palette: Palette;
  /** Sizes as exact numbers. */
  readonly exact: boolean;
  /** Columns of the terminal, where texts are cut. Undefined: nothing is cut. */
  readonly width: number | undefined;
  readonly ellipsis: string;
  /** The instruction that made a layer on one line, raw; '' when the history does not tell. */
  readonly instruction: (layer: number) => string;
}

/** Returns the one line that says how much is wasted. */
export function wasteSummary(waste: Waste, { palette, exact }: WasteFormat): string {
  const { wastedBytes, contentBytes, wastedCompressedBytes, efficiency } = waste;
  if (wastedBytes === 0) {
    const content = `: ${formatBytes(contentBytes, exact)} content, efficiency 100 %`;
    const saved = waste.causes.reduce((sum, { bytes }) => sum + bytes, 0);
    if (saved === 0) return palette.emphasis('Nothing is wasted') + content;
    return `Nothing is hidden, but ${palette.emphasis(`${formatBytes(saved, exact)} could be saved`)}${content}`;
  }
  const wasted = palette.emphasis(`${formatBytes(wastedBytes, exact)} wasted`);
  const percent = formatPercent(wastedBytes, contentBytes);
  const stored =
    wastedCompressedBytes === undefined ? '' : ` (~${formatBytes(wastedCompressedBytes, exact)} stored)`;
  return `${wasted}: ${percent} of ${formatBytes(contentBytes, exact)} content${stored}, efficiency ${(efficiency * 100).toFixed(1)} %`;
}

const MEANINGS: Readonly<Record<WasteClass, string>> = {
  live: 'what the image shows',
  duplicate: 'shown too, as another path',
  overwritten: 'wasted: replaced later',
  deleted: 'wasted: removed later',
  'metadata-copy': 'wasted: other mode, owner, time',
  framing: 'headers and padding of the tars',
};

const CLASS_COLUMNS: readonly Column[] = [
  { header: 'CLASS' },
  { header: 'BYTES', align: 'right' },
  { header: 'SHARE', align: 'right' },
  { header: 'FILES', align: 'right' },
  { header: 'STORED', align: 'right' },
  { header: '' },
];

const CLASSES_GIVE_WAY: readonly GiveWay[] = [
  ['', LEAST_TEXT],
  ['STORED', 0],
  ['', 0],
];

/** Returns the table of the classes, with their total. `STORED` is an estimate. */
export function classTable(sums: WasteSums, format: WasteFormat): string[] {
  const { palette, exact } = format;
  const rows = sums.classes.map((sum): Cell[] => classRow(sum, sums.bytes, format));
  const estimates = sums.classes.map(({ compressedBytes }) => compressedBytes);
  const stored = estimates.includes(undefined)
    ? undefined
    : estimates.reduce<number>((total, one) => total + (one ?? 0), 0);
  rows.push(
    [
      'total',
      formatBytes(sums.bytes, exact),
      '',
      '',
      estimate(stored, exact),
      'all layers, uncompressed',
    ].map((text): Cell => ({ text, style: palette.emphasis })),
  );
  return formatTable(CLASS_COLUMNS, rows, { ...tableOptions(format), giveWay: CLASSES_GIVE_WAY });
}

function classRow(sum: ClassSum, whole: number, { palette, exact }: WasteFormat): Cell[] {
  const { bytes, entries, compressedBytes } = sum;
  const style = bytes === 0 ? palette.dim : styleOf(sum.class, palette);
  return [
    { text: sum.class, style },
    { text: formatBytes(bytes, exact), style },
    { text: formatPercent(bytes, whole), style },
    { text: sum.class === 'framing' ? '' : formatCount(entries), style },
    { text: estimate(compressedBytes, exact), style },
    { text: MEANINGS[sum.class], style: palette.dim },
  ];
}

function styleOf(name: WasteClass, palette: Palette): Style {
  if (name === 'live') return palette.added;
  if (name === 'duplicate' || name === 'framing') return palette.plain;
  return name === 'metadata-copy' ? palette.changed : palette.removed;
}

function estimate(bytes: number | undefined, exact: boolean): string {
  return bytes === undefined ? '?' : `~${formatBytes(bytes, exact)}`;
}

const LAYER_COLUMNS: readonly Column[] = [
  '#',
  'PLAIN',
  'LIVE',
  'DUPLICATE',
  'OVERWRITTEN',
  'DELETED',
  'COPIES',
  'FRAMING',
].map((header): Column => ({ header, align: 'right' }));

/** What is wasted stays. */
const LAYERS_GIVE_WAY: readonly GiveWay[] = [
  ['INSTRUCTION', LEAST_TEXT],
  ['FRAMING', 0],
  ['LIVE', 0],
  ['PLAIN', 0],
  ['DUPLICATE', 0],
  ['INSTRUCTION', 0],
];

/** Returns the table of the layers, base first. */
export function layerTable(layers: readonly LayerWaste[], format: WasteFormat): string[] {
  const { palette, exact, instruction } = format;
  const rows = layers.map(({ layer, bytes, classes }): Cell[] => [
    String(layer),
    formatBytes(bytes, exact),
    ...classes.map((sum): Cell => ({
      text: formatBytes(sum.bytes, exact),
      style: sum.bytes === 0 ? palette.dim : styleOf(sum.class, palette),
    })),
    instruction(layer),
  ]);
  return formatTable([...LAYER_COLUMNS, { header: 'INSTRUCTION' }], rows, {
    ...tableOptions(format),
    giveWay: LAYERS_GIVE_WAY,
  });
}

/** Columns before what stands below a cause. */
const INDENT = ' '.repeat(9);

/**
 * Returns the lines of the causes, three for each: bytes, cause, files and the largest path; the instructions that stored
 * the bytes and made them waste; what to do.
 */
export function causeLines(causes: readonly WasteCause[], format: WasteFormat): string[] {
  const { palette, exact, width } = format;
  const heads = formatTable(
    [
      { header: '', align: 'right', width: INDENT.length - 2 },
      { header: '' },
      { header: '', align: 'right' },
      { header: '' },
    ],
    causes.map(({ cause, bytes, entries, paths, cache, copy }): Cell[] => [
      { text: formatBytes(bytes, exact), style: palette.emphasis },
      { text: causeText(cause, copy ?? cache), style: palette.changed },
      plural(entries, 'file'),
      {
        text: paths
          .map(({ path }) => path)
          .slice(0, 2)
          .join(', '),
        style: palette.dim,
      },
    ]),
    { terminalWidth: width, ellipsis: format.ellipsis },
  );
  return causes.flatMap((cause, i) => [
    heads[i],
    INDENT + whoLine(cause, format),
    ...wrap(`Fix: ${cause.fix}`, room(format)).map(
      (line) => INDENT + formatCell({ text: line, style: palette.note }),
    ),
  ]);
}

function causeText(cause: string, more: string | undefined): string {
  return more === undefined ? cause : `${cause} (${more})`;
}

/** `layer 5 COPY . /app -> layer 9 RUN chmod -R g+w /app`, each instruction cut to its part of the line. */
function whoLine(found: WasteCause, format: WasteFormat): string {
  const { cause, originLayer, layer, otherLayer = layer, copy } = found;
  const layers = [...new Set([originLayer, layer, copy === undefined ? otherLayer : layer])];
  if (cause === 'duplicate' && copy === undefined) layers.reverse();
  const space = room(format);
  const each =
    space === undefined
      ? undefined
      : Math.floor((space - ARROW.length * (layers.length - 1)) / layers.length);
  return layers
    .map((number) => cut(`layer ${number} ${format.instruction(number)}`.trim(), each, format))
    .join(ARROW);
}

const ARROW = ' -> ';

/** Breaks a text between words into lines of at most so many columns; what to do must never be cut. */
function wrap(text: string, columns: number | undefined): string[] {
  if (columns === undefined) return [text];
  const lines: string[] = [];
  for (const part of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(part) <= columns)
      lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(lines.length === 0 ? part : `     ${part}`);
  }
  return lines;
}

function room({ width }: WasteFormat): number | undefined {
  return width === undefined ? undefined : Math.max(20, width - INDENT.length);
}

function cut(text: string, columns: number | undefined, { ellipsis }: WasteFormat): string {
  const safe = cellText(text);
  return columns === undefined ? safe : truncateText(safe, columns, ellipsis);
}

function tableOptions({ palette, width, ellipsis }: WasteFormat) {
  return { header: palette.heading, terminalWidth: width, ellipsis };
}
