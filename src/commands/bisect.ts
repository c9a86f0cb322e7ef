import { collapse } from '../layers/compare/collapse.js';
import { type Difference, differences } from '../layers/compare/diff.js';
import { FACET } from '../layers/union/facets.js';
import { fail } from '../model/error.js';
import { splitSnapshot } from '../model/snapshot.js';
import { outcomeText } from '../runtime/bisect/outcome.js';
import { openScript, type ScriptFile } from '../runtime/bisect/script-file.js';
import {
  allChanges,
  type Change,
  type Finding,
  searchChange,
  type Verdict,
} from '../runtime/bisect/search.js';
import { changeText, outputLines, trialLine, trialTable, type TrialRow } from '../report/bisect.js';
import { plural } from '../report/bytes.js';
import { countDifferences, countsText, differenceLines } from '../report/diff.js';
import { escapeForTerminal } from '../report/escape.js';
import { createTextPrinter } from '../report/text.js';
import { snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { BISECT_FLAGS, parseRange, type Range } from './flags/bisect.js';
import { bisectJson } from './container/bisect-json.js';
import { splitAtDashes } from './flags/command-behind.js';
import { plainToKeep } from './container/plain-to-keep.js';
import { containerPlace } from './container/place.js';
import type { Context } from './program/context.js';
import { instructionsOf } from './file/layer-instructions.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { parseDuration } from './flags/quantity.js';
import { runTrial, type Trial, type TrialOptions } from './container/trial.js';

/** Lines of a layer's changes that are shown. */
const MOST_CHANGES = 20;

export default class Bisect extends StrataCommand {
  static override readonly summary =
    'Find the layer that changes what a command says, by running it in snapshots.';
  static override readonly description = `As git bisect run: the command is run in snapshots, each time in a container of its own that is thrown away. Status 0 is
good, 125 says that the snapshot cannot be told, every other one is bad, also 127 where there is no such command, and a
timeout. The ends are tried first; which of them is good decides what is searched. The image's entrypoint is not used.
Ends with 0 when a layer was found, with 1 when both ends are the same.`;
  static override readonly examples = [
    {
      description: 'Which layer took curl away?',
      command: '<%= config.bin %> <%= command.id %> --good 2 -u 0 demo.tar -- test -e /usr/bin/curl',
    },
    {
      description: 'Every layer after which the result is another',
      command: '<%= config.bin %> <%= command.id %> --all -u 0 demo.tar@9 -- test -e /root/.deploy',
    },
  ];
  static override readonly usage = '<%= command.id %> [FLAGS] IMAGE[@N] -- COMMAND [ARGUMENT...]';
  static override readonly args = { image: snapshotArgument() };
  static override readonly flags = BISECT_FLAGS;

  async run(): Promise<unknown> {
    const { own, command } = splitAtDashes(this.argv, { ...Bisect.baseFlags, ...Bisect.flags });
    this.argv = [...own];
    const { args, flags, context } = await this.begin(Bisect);
    const milliseconds = flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout');
    if (command.length === 0 && flags.script === undefined)
      fail('E_USAGE', 'bisecting: no command is given', { hint: `strata bisect ${args.image} -- COMMAND` });
    const keepPlain = await plainToKeep(context, { snapshot: flags.snapshot, kept: false, all: true });
    const opened = await openSnapshot(context, args.image, { keepPlain });
    let script: ScriptFile | undefined;
    try {
      this.settleBefore(opened.anomalies, args.image);
      const range = parseRange(flags, opened.image, opened.n);
      if (flags.script !== undefined)
        script = await openScript((await containerPlace(context)).run, flags.script);
      const options: TrialOptions = {
        asked: args.image,
        flags: { ...flags, entrypoint: '', tools: script === undefined ? [] : [script.mount] },
        command: [...(script?.words ?? []), ...command],
        milliseconds,
      };
      const trials: Trial[] = [];
      const judge = judgeFor(context, opened, range, options, flags.verbose, trials);
      const finding = flags.all ? await judgeAll(range, judge) : await search(range, judge);
      if (finding.kind === 'untold') return failUntold(trials, finding.n);
      const changes = finding.kind === 'same' ? [] : finding.changes;
      if (changes.length === 0) this.endWith(1);
      if (!context.json) await print(context, opened, { ask: args.image, trials, changes, all: flags.all });
      return bisectJson(opened, range, options.command, trials, changes);
    } finally {
      await script?.remove();
      await opened.close();
    }
  }

  protected override oneIsAnAnswer(): boolean {
    return true;
  }
}

type Judge = (n: number) => Promise<Verdict>;
type Found = Exclude<Finding, Change> | { readonly kind: 'changed'; readonly changes: readonly Change[] };

function judgeFor(
  context: Context,
  opened: OpenedSnapshot,
  { low, high, good, bad }: Range,
  options: TrialOptions,
  verbose: boolean,
  trials: Trial[],
): Judge {
  const { palette } = context.terminal.stderr;
  // What holds for all containers is said once.
  const silent: Context = { ...context, log: { ...context.log, info: () => undefined } };
  return async (n) => {
    const printer = createTextPrinter();
    const show = (text: string): void => {
      context.log.lines(text === '' ? [] : [palette.dim(text.replace(/\n$/, ''))]);
    };
    const onOutput = verbose
      ? (bytes: Uint8Array) => {
          show(printer.push(bytes));
        }
      : undefined;
    const trial = await runTrial(trials.length === 0 ? context : silent, opened, n, { ...options, onOutput });
    show(printer.end());
    trials.push(trial);
    context.log.lines([trialLine(rowOf(trial), palette)]);
    const expected = n === good ? 'good' : n === bad ? 'bad' : trial.verdict;
    if (trial.verdict !== expected && trial.verdict !== 'skip' && (n === low || n === high))
      fail(
        'E_USAGE',
        `bisecting: --${expected} ${String(n)}, but it is ${trial.verdict} there (${outcomeText(trial.outcome)})`,
      );
    return trial.verdict;
  };
}

async function search({ low, high }: Range, judge: Judge): Promise<Found> {
  const steps = searchChange(low, high);
  let step = steps.next();
  while (step.done !== true) step = steps.next(await judge(step.value));
  const finding = step.value;
  return finding.kind === 'changed' ? { kind: 'changed', changes: [finding] } : finding;
}

async function judgeAll({ low, high }: Range, judge: Judge): Promise<Found> {
  const verdicts: Verdict[] = [];
  for (let n = low; n <= high; n++) verdicts.push(await judge(n));
  return { kind: 'changed', changes: allChanges(verdicts, low) };
}

function failUntold(trials: readonly Trial[], n: number): never {
  const trial = trials.find((one) => one.n === n);
  const why = trial === undefined ? '' : `: ${outcomeText(trial.outcome)}`;
  const user = trial?.outcome.kind === 'impossible' ? ', or give another user: -u 0' : '';
  return fail('E_USAGE', `bisecting: snapshot @${String(n)} cannot be told${why}`, {
    hint: `search between others, with --good N and --bad N${user}`,
  });
}

function rowOf({ n, verdict, outcome, milliseconds }: Trial): TrialRow {
  return { n, verdict, ended: outcomeText(outcome), milliseconds };
}

interface Shown {
  readonly ask: string;
  readonly trials: readonly Trial[];
  readonly changes: readonly Change[];
  readonly all: boolean;
}

async function print(
  context: Context,
  opened: OpenedSnapshot,
  { ask, trials, changes, all }: Shown,
): Promise<void> {
  const { output, terminal } = context;
  const { palette, isTTY, width } = terminal.stdout;
  const instructionOf = instructionsOf(opened.image);
  if (all) {
    const rows = trials.map((trial) => ({ ...rowOf(trial), instruction: instructionOf(trial.n) }));
    const format = { palette, width: isTTY ? width : undefined, ellipsis: terminal.ellipsis };
    await output.lines([...trialTable(rows, changes, format), '']);
  }
  if (changes.length === 0) {
    const first = trials.find(({ verdict }) => verdict !== 'skip');
    const both = all
      ? 'the result is the same in every snapshot'
      : `both @${String(trials[0].n)} and @${String(trials.at(-1)?.n)} are ${String(first?.verdict)}`;
    await output.lines([`nothing changed: ${both}`]);
    return;
  }
  for (const change of changes) {
    await output.lines([palette.emphasis(changeText(change))]);
    for (let layer = change.before + 1; layer <= change.after; layer++)
      await output.lines([
        `  ${change.skipped.length === 0 ? '' : `${String(layer)}: `}${escapeForTerminal(instructionOf(layer))}`,
      ]);
    for (const n of [change.before, change.after]) {
      const trial = trials.find((one) => one.n === n);
      if (trial === undefined) continue;
      await output.lines([
        trialLine(rowOf(trial), palette),
        ...outputLines(trial.output, trial.cut, palette),
      ]);
    }
    await output.lines(layerLines(context, opened, change, ask));
  }
}

/** What the layer changed, shortened. */
function* layerLines(
  context: Context,
  { union }: OpenedSnapshot,
  { before, after }: Change,
  ask: string,
): Generator<string> {
  const { palette } = context.terminal.stdout;
  const found = [...differences({ union, n: before }, { union, n: after })];
  const counted = countDifferences(found);
  yield `files: ${countsText(counted, false)}`;
  const listed = found.filter((difference) => !isTimeOnly(difference));
  const rows = [...collapse(listed)];
  if (rows.length > 0)
    yield* differenceLines(rows.slice(0, MOST_CHANGES), {
      palette,
      exact: false,
      arrow: context.terminal.utf8 ? '→' : '->',
      sides: ['', ''],
    });
  const image = splitSnapshot(ask)?.image ?? ask;
  if (rows.length > MOST_CHANGES)
    yield palette.dim(
      `and ${plural(rows.length - MOST_CHANGES, 'line')} more: strata diff ${escapeForTerminal(`${image}@${String(before)} ${image}@${String(after)}`)}`,
    );
}

function isTimeOnly({ kind, facets }: Difference): boolean {
  return kind === 'modified' && facets === FACET.mtime;
}
