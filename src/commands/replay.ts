import { option, string } from '@oclif/core/flags';
import { type NextStep, nextStep, runCommand } from '../layers/history/replay-step.js';
import { fail } from '../model/error.js';
import { countDifferences, countsText } from '../report/diff.js';
import { escapeForTerminal } from '../report/escape.js';
import { imageJson } from '../report/image.js';
import { instructionLine } from '../report/instruction.js';
import { replayLines, replayRowJson } from '../report/replay.js';
import { differences } from '../layers/compare/diff.js';
import { outcomeText } from '../runtime/bisect/outcome.js';
import { snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { openSnapshot, type OpenedSnapshot } from './image/open.js';
import { replayRun, type Replayed } from './container/replay-run.js';
import { SANDBOX_FLAGS } from './flags/run.js';
import type { ContainerFlagValues } from './container/run-request.js';
import { shellInImage } from './container/shell-image.js';

type ReplayFlagValues = ContainerFlagValues & {
  readonly shell?: 'before' | 'after' | undefined;
  readonly keep?: string | undefined;
};

export default class Replay extends StrataCommand {
  static override readonly summary = 'Run the next instruction of a build again, on top of a snapshot.';
  static override readonly description = `What made layer N+1 is run as it was, by the history of the image: with the shell, environment, user and directory of
that moment, but in a container of its own and without a network. Then what it changed is compared with what the layer
changed, times apart. Instructions that change no file are named and passed. COPY and ADD cannot be run, for what they
copied from is not in the image: their files are those of the layer, which --shell after opens. @0 is the empty file
system that a build begins with. Ends as the instruction does.`;
  static override readonly examples = [
    {
      description: 'Does the step do the same again?',
      command: '<%= config.bin %> <%= command.id %> demo.tar@8',
    },
    {
      description: 'Keep what it made, as an image',
      command:
        '<%= config.bin %> <%= command.id %> --keep redone demo.tar@8 && <%= config.bin %> commit redone demo:redone',
    },
  ];
  static override readonly args = { image: snapshotArgument() };
  static override readonly flags = {
    shell: option({ options: ['before', 'after'] as const })({
      summary: 'Open a shell: instead of the instruction, or in the same container after it.',
    }),
    keep: string({
      helpValue: 'NAME',
      summary: 'Keep the container under that name, for changes and commit.',
    }),
    ...SANDBOX_FLAGS,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Replay);
    if (flags.shell !== undefined && context.json)
      fail('E_USAGE', `replaying: --shell ${flags.shell} and --json do not go together`);
    const opened = await openSnapshot(context, args.image);
    try {
      this.settleBefore(opened.anomalies, args.image);
      const next = nextStep(opened.image, opened.n);
      for (const step of next.passed) context.log.info(`passed: ${instructionLine(step)}`);
      if (next.step === undefined) return failAtTop(opened, args.image);
      if (flags.shell === 'before') {
        context.log.info(`next: ${instructionLine(next.step)}`);
        const shell = { ...flags, toolbox: false, keep: false, name: flags.keep };
        this.endWith(
          await shellInImage(context, withExecution(opened, next), args.image, shell, () => {
            this.releaseInterrupts();
          }),
        );
        return undefined;
      }
      const { keyword } = next.step.instruction;
      if (keyword !== 'RUN') return await this.#take(context, opened, next, args.image, flags);
      const run = runCommand(next.step.instruction, next.execution);
      const mounts = next.step.instruction.mounts;
      if (mounts.length > 0)
        context.log.warn(`the instruction had ${mounts.join(' ')}, which is not there now`);
      context.log.info(`running: ${instructionLine(next.step)}`);
      const replayed = await replayRun(context, withExecution(opened, next), {
        asked: args.image,
        flags,
        ...run,
        shellAfter: flags.shell === 'after',
        keep: flags.keep,
        onLeave: () => {
          this.releaseInterrupts();
        },
      });
      this.endWith(replayed.status);
      if (!context.json) await printReplayed(context, replayed, flags.keep);
      return {
        ...head(opened, next),
        ran: true,
        command: run.words,
        ...replayedJson(replayed),
        container: replayed.container,
      };
    } finally {
      await opened.close();
    }
  }

  /** What cannot be run: the layer's own content is what there is. */
  async #take(
    context: Context,
    opened: OpenedSnapshot,
    next: NextStep,
    asked: string,
    flags: ReplayFlagValues,
  ): Promise<object | undefined> {
    const { union, n } = opened;
    const counts = countDifferences(differences({ union, n }, { union, n: n + 1 }));
    const { keyword } = next.step?.instruction ?? {};
    const why =
      keyword === 'COPY' || keyword === 'ADD'
        ? 'what it copied from is not in the image'
        : keyword === 'WORKDIR'
          ? 'it made its directory'
          : 'the history does not tell how';
    const told = `not run: ${why}; layer ${String(n + 1)} has ${countsText(counts, false)}`;
    if (flags.shell !== undefined) context.log.info(told);
    else if (!context.json) await context.output.lines([escapeForTerminal(instructionLine(next.step)), told]);
    const above = `${asked.replace(/@[^@/]*$/, '')}@${String(n + 1)}`;
    if (flags.shell === 'after') {
      const shell = { ...flags, toolbox: false, keep: false, name: flags.keep };
      this.endWith(
        await shellInImage(context, withExecution({ ...opened, n: n + 1 }, next), above, shell, () => {
          this.releaseInterrupts();
        }),
      );
      return undefined;
    }
    if (flags.keep !== undefined)
      return fail('E_USAGE', 'replaying: nothing was run, so there is no container', {
        hint: `its files are in the layer: strata run --name ${flags.keep} ${above}`,
      });
    return {
      ...head(opened, next),
      ran: false,
      command: null,
      status: null,
      same: null,
      missing: [],
      extra: [],
      different: [],
      container: null,
    };
  }
}

/** The image with the configuration that the instruction found. */
function withExecution(opened: OpenedSnapshot, { execution }: NextStep): OpenedSnapshot {
  const { image } = opened;
  return { ...opened, image: { ...image, config: { ...image.config, execution } } };
}

function failAtTop({ n }: OpenedSnapshot, asked: string): never {
  return fail('E_USAGE', `replaying: no layer comes after snapshot @${String(n)}`, {
    hint: /@[^@/]+$/.test(asked) ? 'strata history lists the steps' : `name an earlier one: ${asked}@1`,
  });
}

async function printReplayed(context: Context, replayed: Replayed, keep: string | undefined): Promise<void> {
  const { palette } = context.terminal.stdout;
  const { outcome, comparison } = replayed;
  if (outcome !== undefined && replayed.status !== 0)
    context.log.warn(`the instruction failed: ${outcomeText(outcome)}`);
  if (replayed.needsNetwork)
    context.log.warn('it had no network: --network host gives it that of this machine');
  await context.output.lines(replayLines(comparison, palette));
  if (keep !== undefined)
    context.log.info(`kept as container ${keep}: strata commit ${keep} NEWREF makes an image of it`);
}

function head({ image, n }: OpenedSnapshot, { passed, step }: NextStep): object {
  return {
    image: imageJson(image),
    snapshot: n,
    passed: passed.map((one) => one.instruction.text),
    instruction: step?.recorded === true ? step.instruction.text : null,
  };
}

function replayedJson({ status, comparison }: Replayed): object {
  const { same, missing, extra, different } = comparison;
  return {
    status,
    same,
    missing: missing.map(replayRowJson),
    extra: extra.map(replayRowJson),
    different: different.map(replayRowJson),
  };
}
