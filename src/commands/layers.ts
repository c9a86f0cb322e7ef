import { Flags } from '@oclif/core';
import { type ChangeCounts, countChanges } from '../layers/changes/changes.js';
import { historyOf, type Step } from '../layers/history/history.js';
import type { IndexedLayer } from '../layers/index/index-image.js';
import { anomaliesJson } from '../report/anomalies.js';
import { formatBytes, formatCount } from '../report/bytes.js';
import type { Cell } from '../report/cell.js';
import { imageJson } from '../report/image.js';
import { instructionLine } from '../report/instruction.js';
import { type Column, formatTable } from '../report/table.js';
import { snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { bytesFlag, reverseFlag } from './flags/flags.js';
import { openSnapshot } from './image/open.js';

const SORTS = ['layer', 'size', 'plain', 'changes'] as const;

/** One line of the listing. */
interface LayerRow {
  readonly position: number;
  readonly indexed: IndexedLayer;
  readonly counts: ChangeCounts;
  readonly step: Step | undefined;
}

export default class Layers extends StrataCommand {
  static override readonly summary =
    'List the layers: sizes, what each changed, and the instruction that made it.';
  static override readonly description = `Reads and verifies every layer that was not read before, and keeps its index.
Sizes are the blob as stored and its plain tar. Changes count paths: + added, ~ replaced, m metadata only, - removed.`;
  static override readonly examples = [
    { description: 'All layers, base first', command: '<%= config.bin %> <%= command.id %> demo.tar' },
    {
      description: 'The largest layers first, exact sizes',
      command: '<%= config.bin %> <%= command.id %> demo.tar --sort size --bytes',
    },
    {
      description: 'Digests of all layers for a script',
      command: '<%= config.bin %> <%= command.id %> demo.tar --json',
    },
  ];
  static override readonly args = { image: snapshotArgument() };
  static override readonly flags = {
    sort: Flags.option({ options: SORTS })({
      default: 'layer',
      summary: 'Order of the layers: base first, or what is largest first.',
    }),
    reverse: reverseFlag,
    bytes: bytesFlag,
    digests: Flags.boolean({ summary: 'Show the digest of each blob and its diffID.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Layers);
    const opened = await openSnapshot(context, args.image);
    try {
      const { image, layers, union, anomalies } = opened;
      const counts = countChanges(union);
      const steps = new Map(historyOf(image).map((step) => [step.layer, step]));
      const rows = layers.slice(0, opened.n).map((indexed, i): LayerRow => ({
        position: i + 1,
        indexed,
        counts: counts[i],
        step: steps.get(i + 1),
      }));
      if (flags.sort !== 'layer') sortLargestFirst(rows, SIZES[flags.sort]);
      if (flags.reverse) rows.reverse();
      if (!context.json) await context.output.lines(table(rows, context, flags.bytes, flags.digests));
      this.settle(anomalies);
      return {
        image: imageJson(image),
        snapshot: opened.n,
        layers: rows.map(rowJson),
        anomalies: anomaliesJson(anomalies),
      };
    } finally {
      await opened.close();
    }
  }
}

/** What the orders other than by number compare. */
const SIZES: Record<Exclude<(typeof SORTS)[number], 'layer'>, (row: LayerRow) => number> = {
  size: ({ indexed }) => storedBytes(indexed) ?? 0,
  plain: ({ indexed }) => indexed.index.plainBytes,
  changes: ({ counts }) => counts.added + counts.replaced + counts.metadata + counts.removed,
};

/** Rows that are equal stay as they were. */
function sortLargestFirst(rows: LayerRow[], sizeOf: (row: LayerRow) => number): void {
  rows.sort((a, b) => sizeOf(b) - sizeOf(a));
}

function storedBytes({ facts, layer }: IndexedLayer): number | undefined {
  return facts?.storedBytes ?? layer.size;
}

function table(rows: readonly LayerRow[], context: Context, exact: boolean, digests: boolean): string[] {
  const { palette, width, isTTY } = context.terminal.stdout;
  const columns: Column[] = [
    { header: '#', align: 'right' },
    { header: 'STORED', align: 'right' },
    { header: 'PLAIN', align: 'right' },
    { header: '+', align: 'right' },
    { header: '~', align: 'right' },
    { header: 'm', align: 'right' },
    { header: '-', align: 'right' },
    { header: 'CREATED' },
    ...(digests ? [{ header: 'BLOB' }, { header: 'DIFFID' }] : []),
    { header: 'INSTRUCTION' },
  ];
  const number = (count: number, style: (text: string) => string): Cell =>
    count === 0 ? { text: '0', style: palette.dim } : { text: formatCount(count), style };
  const cells = rows.map(({ position, indexed, counts, step }): Cell[] => {
    const stored = storedBytes(indexed);
    const { content } = indexed.layer;
    return [
      String(position),
      stored === undefined ? '?' : formatBytes(stored, exact),
      content.kind === 'absent' ? content.why : formatBytes(indexed.index.plainBytes, exact),
      number(counts.added, palette.added),
      number(counts.replaced, palette.changed),
      number(counts.metadata, palette.changed),
      number(counts.removed, palette.removed),
      { text: step?.created?.slice(0, 10) ?? '', style: palette.dim },
      ...(digests ? [indexed.facts?.digest ?? indexed.layer.digest ?? '', indexed.index.diffID] : []),
      instructionLine(step),
    ];
  });
  return formatTable(columns, cells, {
    header: palette.heading,
    terminalWidth: isTTY ? width : undefined,
    giveWay: isWhole(rows)
      ? [
          ['CREATED', 0],
          ['PLAIN', 0],
        ]
      : [['CREATED', 0]],
    ellipsis: context.terminal.ellipsis,
  });
}

/** Of a layer that is not there the column of its size says why. */
function isWhole(rows: readonly LayerRow[]): boolean {
  return rows.every(({ indexed }) => indexed.layer.content.kind !== 'absent');
}

function rowJson({ position, indexed, counts, step }: LayerRow): object {
  const { layer, facts, index } = indexed;
  return {
    layer: position,
    mediaType: layer.mediaType,
    digest: facts?.digest ?? layer.digest ?? null,
    diffID: layer.content.kind === 'absent' ? (layer.diffID ?? null) : index.diffID,
    compression: layer.content.kind === 'blob' ? layer.content.compression : null,
    storedBytes: storedBytes(indexed) ?? null,
    plainBytes: layer.content.kind === 'absent' ? null : index.plainBytes,
    absent: layer.content.kind === 'absent' ? layer.content.why : null,
    entries: index.count,
    changes: counts,
    created: step?.created ?? null,
    instruction: step?.recorded === true ? step.instruction.text : null,
    createdBy: layer.step?.createdBy ?? null,
  };
}
