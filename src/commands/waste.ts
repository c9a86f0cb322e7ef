import { boolean, integer } from '@oclif/core/flags';
import { openClassified } from '../layers/waste/open-classified.js';
import { type DiveNumbers, diveNumbers } from '../layers/gate/dive.js';
import type { PathMatcher } from '../layers/search/glob.js';
import { historyOf, type Step } from '../layers/history/history.js';
import type { Waste } from '../layers/waste/waste.js';
import { wasteOf } from '../layers/waste/waste-sums.js';
import { fail } from '../model/error.js';
import { anomaliesJson } from '../report/anomalies.js';
import { formatBytes, plural } from '../report/bytes.js';
import { imageJson } from '../report/image.js';
import { instructionLine } from '../report/instruction.js';
import { compareDive, diveWasteJson } from '../report/waste-dive.js';
import { causeJson, classesJson, sumsJson } from '../report/waste-json.js';
import { causeLines, classTable, layerTable, type WasteFormat, wasteSummary } from '../report/waste.js';
import { snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { bytesFlag } from './flags/flags.js';
import { GATE_FLAGS, runGate } from './waste/gate.js';
import { openSnapshot } from './image/open.js';
import { wasteOptions } from './waste/waste-options.js';

/** With the classes above them they fill a terminal of 24 lines. */
const CAUSES_SHOWN = 4;

interface Shown {
  readonly waste: Waste;
  readonly dive: DiveNumbers | undefined;
  readonly most: number;
  readonly layers: boolean;
}

export default class WasteCommand extends StrataCommand {
  static override readonly summary =
    'Tell which stored bytes are wasted, why, by which instruction, and what to do.';
  static override readonly description = [
    'Every byte of every layer is live, duplicate, overwritten, deleted, a metadata-only copy, or framing of the tars.',
    'Causes come largest first, each with the instructions and the fix. STORED is estimated by how well the layer compressed.',
  ].join('\n');
  static override readonly examples = [
    {
      description: 'How much is wasted, why, and what to do',
      command: '<%= config.bin %> <%= command.id %> demo.tar',
    },
    {
      description: 'More causes, and what each layer holds',
      command: '<%= config.bin %> <%= command.id %> demo.tar --most 20 --layers',
    },
    {
      description: "Next to dive's numbers",
      command: '<%= config.bin %> <%= command.id %> demo.tar --dive-compat',
    },
    {
      description: 'For a script',
      command: '<%= config.bin %> <%= command.id %> demo.tar --json',
    },
  ];
  static override readonly usage =
    '<%= command.id %> IMAGE [FLAGS] [--check [--config FILE] [--junit FILE] [--github]]';
  static override readonly args = { image: snapshotArgument() };
  static override readonly flags = {
    layers: boolean({ summary: 'Also show the classes of each layer.' }),
    most: integer({
      min: 0,
      helpValue: 'COUNT',
      summary: `Show at most that many causes. Default: ${String(CAUSES_SHOWN)}; all with --json.`,
    }),
    bytes: bytesFlag,
    'dive-compat': boolean({ summary: "Also show dive's three numbers beside ours." }),
    ...GATE_FLAGS,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(WasteCommand);
    const opened = await openSnapshot(context, args.image);
    try {
      const { image, union, n, layers } = opened;
      if (flags.check && n === 0) fail('E_USAGE', `checking ${args.image}: no layer is in this snapshot`);
      const steps = historyOf(image);
      const classified = await openClassified(union, n, await context.store());
      const options = wasteOptions(image, n, layers, steps);
      const ignoring = (ignore?: PathMatcher): Waste => wasteOf(classified, { ...options, ignore });
      const waste = ignoring();
      const dive = flags['dive-compat'] ? diveNumbers(union, n) : undefined;
      // What is odd is no source of a report that stays.
      const writes = flags.junit !== undefined;
      if (writes) this.settleBefore(opened.anomalies, args.image);
      const gate = flags.check
        ? await runGate(context, { image, n, union, waste, wasteOf: ignoring, layers }, flags)
        : undefined;
      const format = formatOf(context, steps, flags.bytes);
      if (!context.json) {
        const most = flags.most ?? CAUSES_SHOWN;
        if (gate === undefined)
          await context.output.lines(lines({ waste, dive, most, layers: flags.layers }, format));
        else await context.output.lines([wasteSummary(waste, format), ...gate.lines]);
      }
      if (gate !== undefined) this.endWith(gate.exitCode);
      if (!writes) this.settleBriefly(opened.anomalies, args.image);
      return {
        image: imageJson(image),
        snapshot: n,
        totals: { ...sumsJson(waste), efficiency: waste.efficiency, baseLayers: waste.baseLayers },
        classes: classesJson(waste),
        layers: waste.layers.map((one) => ({
          layer: one.layer,
          instruction: format.instruction(one.layer),
          ...sumsJson(one),
          classes: classesJson(one),
        })),
        causesFound: waste.causes.length,
        causes: waste.causes.slice(0, flags.most).map((cause) => causeJson(cause, format)),
        ...(dive === undefined ? {} : { dive: diveWasteJson(waste, dive) }),
        ...(gate === undefined ? {} : { gate: gate.json }),
        anomalies: anomaliesJson(opened.anomalies),
      };
    } finally {
      await opened.close();
    }
  }

  /** To a gate, 1 says that a rule failed. */
  protected override oneIsAnAnswer(): boolean {
    return true;
  }
}

function formatOf(context: Context, steps: readonly Step[], exact: boolean): WasteFormat {
  const { palette, isTTY, width } = context.terminal.stdout;
  const byLayer = new Map(steps.map((step) => [step.layer, instructionLine(step)]));
  return {
    palette,
    exact,
    width: isTTY ? width : undefined,
    ellipsis: context.terminal.ellipsis,
    instruction: (layer) => byLayer.get(layer) ?? '',
  };
}

function* lines({ waste, dive, most, layers }: Shown, format: WasteFormat): Generator<string> {
  yield wasteSummary(waste, format);
  yield* classTable(waste, format);
  if (layers) {
    yield '';
    yield* layerTable(waste.layers, format);
  }
  if (dive !== undefined) {
    yield '';
    yield* compareDive(waste, dive, format);
  }
  const shown = waste.causes.slice(0, most);
  if (shown.length > 0) {
    yield '';
    yield* causeLines(shown, format);
  }
  const rest = waste.causes.slice(most);
  if (rest.length === 0) return;
  const bytes = rest.reduce((sum, cause) => sum + cause.bytes, 0);
  yield format.palette.dim(
    `and ${plural(rest.length, 'more cause')}, ${formatBytes(bytes, format.exact)}: --most ${waste.causes.length}`,
  );
}
