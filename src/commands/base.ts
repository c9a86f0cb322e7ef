import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { ExitError } from '@oclif/core/errors';
import type { FlagInput, Input, OutputFlags, ParserOutput } from '@oclif/core/interfaces';
import type { AnomalyLog } from '../model/anomaly.js';
import { fail, StrataError } from '../model/error.js';
import { parsePlatform } from '../model/platform.js';
import { splitSnapshot } from '../model/snapshot.js';
import { anomalyHint, anomalyLines, countSeverities, holeLines } from '../report/anomalies.js';
import { plural } from '../report/bytes.js';
import { COLOUR_CHOICES, type ColourChoice } from '../report/colour.js';
import { errorJson, formatError } from '../report/error.js';
import { envelope, jsonText } from '../report/json.js';
import { createContext, type Context } from './program/context.js';
import { ownBrokenStreams } from './program/broken-streams.js';
import { isBrokenPipe, toFailure } from './program/failure.js';
import { BASE_FLAGS } from './flags/flags.js';
import { catchInterrupts, type Interrupt } from './program/interrupt.js';
import { parseLimits } from './flags/limits.js';
import { plainBooleans } from './flags/plain-booleans.js';
import { createTerminal, type Terminal } from './program/terminal.js';

type Values = OutputFlags<FlagInput>;

/** What {@link StrataCommand.begin} gives: the parsed command line and the context made from it. */
export type Begun<F extends Values, B extends Values, A extends Values> = ParserOutput<F, B, A> & {
  readonly context: Context;
};

/**
 * What every command of strata is built on: the global flags, the context, `--json`, and one way to end. A command's
 * `run` starts with `await this.begin(TheClass)` and returns the object for `--json` (its `schemaVersion` is added), or
 * nothing after it wrote everything itself.
 */
export abstract class StrataCommand extends Command {
  static override readonly enableJsonFlag: boolean = true;
  static override readonly baseFlags = BASE_FLAGS;

  #interrupt: Interrupt | undefined;
  #context: Context | undefined;
  #strictly: StrataError | undefined;
  /** Of all images that were settled. */
  readonly #odd = { error: 0, warning: 0 };

  /** Runs the command to its end, whatever end that is: never rejects; the exit code is in `process.exitCode`. */
  static async start(
    this: new (argv: string[], config: Config) => StrataCommand,
    argv: readonly string[],
    config: Config,
  ): Promise<void> {
    await new this([...argv], config)._run();
  }

  /** Parses the command line and makes the context. Throws E_USAGE. */
  protected async begin<F extends Values, B extends Values, A extends Values>(
    command: Input<F, B, A>,
  ): Promise<Begun<F, B, A>> {
    const { enableJsonFlag } = this.constructor as typeof StrataCommand;
    const json = enableJsonFlag ? { json: { type: 'boolean' } as const } : {};
    this.argv = [...plainBooleans(this.argv, { ...command.baseFlags, ...command.flags, ...json })];
    const parsed = await this.parse(command);
    const { platform, color, limit, quiet, strict, debug } = parsed.flags as unknown as BaseFlagValues;
    this.#interrupt = catchInterrupts(() => this.#context?.progress.end());
    this.#context = createContext({
      terminal: this.#terminal(color),
      signal: this.#interrupt.signal,
      limits: parseLimits(limit ?? []),
      platform: platform === undefined ? undefined : parsePlatform(platform),
      json: this.jsonEnabled(),
      quiet,
      strict,
      debug: debug || isDebug(process.env),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
    });
    return { ...parsed, context: this.#context };
  }

  /** Gives signals their usual effect back: from here on they are for somebody else. */
  protected releaseInterrupts(): void {
    this.#interrupt?.release();
  }

  /** Whether the exit code 1 is an answer of this command: then no error ends with it. */
  protected oneIsAnAnswer(): boolean {
    return false;
  }

  /** Returns the exit code of an error of ours that has `code`, for commands that end as another program does. */
  protected ownExit(code: number): number {
    return code === 1 && this.oneIsAnAnswer() ? 2 : code;
  }

  /** Makes the process end with this code although nothing failed: 1 for a gate that said no, 3 for found damage. */
  protected endWith(code: number): void {
    process.exitCode = code;
  }

  /**
   * Tells of anomalies on stderr (not under --quiet or --json); under --strict throws E_DAMAGED when there are any but notes,
   * with --json after the answer, which says what they are.
   */
  protected settle(log: Pick<AnomalyLog, 'counts' | 'list'>): void {
    const { log: say, terminal, json } = this.#begun();
    if (!json) say.lines(anomalyLines(log, { palette: terminal.stderr.palette }));
    this.#failIfStrict(log);
  }

  /**
   * The same for commands that look at a part of an image: one line on stderr, and only when there are anomalies but
   * notes. `image` is its name as the user gave it, which the line repeats for `strata verify`.
   */
  protected settleBriefly(log: Pick<AnomalyLog, 'counts' | 'list'>, image: string): void {
    this.#tellBriefly(log, image);
    this.#failIfStrict(log);
  }

  /** The same before something is done: under --strict it is not, whatever the form of the answer. */
  protected settleBefore(log: Pick<AnomalyLog, 'counts' | 'list'>, image: string): void {
    this.#tellBriefly(log, image);
    this.refuseWhenStrict(log);
  }

  /** Only throws E_DAMAGED under --strict, for what is copied as it is. */
  protected refuseWhenStrict(log: Pick<AnomalyLog, 'counts'>): void {
    this.#failIfStrict(log);
    if (this.#strictly !== undefined) throw this.#strictly;
  }

  #tellBriefly(log: Pick<AnomalyLog, 'counts' | 'list'>, image: string): void {
    const { log: say, json } = this.#begun();
    if (!json) for (const line of holeLines(log)) say.info(line);
    const hint = anomalyHint(log, splitSnapshot(image)?.image ?? image);
    if (!json && hint !== undefined) say.info(hint);
  }

  #failIfStrict(log: Pick<AnomalyLog, 'counts'>): void {
    const { strict, json } = this.#begun();
    const { error, warning } = countSeverities(log);
    if (!strict || error + warning === 0) return;
    this.#odd.error += error;
    this.#odd.warning += warning;
    const seen = `${plural(this.#odd.error, 'error')} and ${plural(this.#odd.warning, 'warning')}`;
    this.#strictly = new StrataError('E_DAMAGED', `reading the image strictly: ${seen}`, {
      hint: 'leave --strict out to go on in spite of them',
    });
    if (!json) throw this.#strictly;
  }

  protected override async init(): Promise<void> {
    await super.init();
    ownBrokenStreams();
  }

  /** Ends with the error's line on stderr, or its JSON on stdout, and its exit code. */
  protected override async catch(thrown: Error & { exitCode?: number }): Promise<void> {
    const context = this.#context;
    context?.progress.end();
    const asked = askedExit(thrown);
    if (asked !== undefined) {
      process.exitCode = asked;
      return;
    }
    if (isBrokenPipe(thrown)) {
      context?.output.discard();
      process.exitCode ??= 0;
      return;
    }
    const failure = toFailure(thrown);
    process.exitCode = this.#interrupt?.exitCode ?? this.ownExit(failure.exitCode);
    // After a part of the data went out, a second JSON value behind it would only hide that the first one is cut.
    if (this.jsonEnabled() && context?.output.started !== true) {
      context?.output.discard();
      this.logJson(this.toErrorJson(failure));
      return;
    }
    await context?.output.flush().catch(() => undefined);
    this.#tell(failure);
  }

  /** Waits until everything is written; a failure of the last write is told like any other. */
  protected override async finally(error: Error | undefined): Promise<void> {
    this.#context?.progress.end();
    if (error === undefined && this.#strictly !== undefined) {
      process.exitCode = this.#strictly.exitCode;
      this.#tell(this.#strictly);
    }
    try {
      await this.#context?.output.flush();
    } catch (thrown) {
      if (error === undefined) await this.catch(thrown as Error);
    } finally {
      if (this.#interrupt?.exitCode !== undefined) process.exitCode = this.#interrupt.exitCode;
      this.#interrupt?.release();
    }
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${jsonText(json, 2)}\n`, (error) => {
      if (!error || isBrokenPipe(error)) return;
      const failure = toFailure(error);
      process.exitCode = failure.exitCode;
      this.#tell(failure);
    });
  }

  protected override toSuccessJson(result: unknown): unknown {
    return typeof result === 'object' && result !== null && !Array.isArray(result)
      ? envelope(result)
      : result;
  }

  protected override toErrorJson(error: unknown): unknown {
    return envelope(errorJson(error));
  }

  #tell(failure: StrataError): void {
    const { palette } = this.#context?.terminal.stderr ?? this.#terminal(askedColour(this.argv)).stderr;
    const debug = this.#context?.debug ?? (this.argv.includes('--debug') || isDebug(process.env));
    process.stderr.write(`${formatError(failure, { palette, debug })}\n`);
  }

  #terminal(color: ColourChoice): Terminal {
    return createTerminal(color, process.env, process.stdout, process.stderr);
  }

  #begun(): Context {
    return this.#context ?? fail('E_INTERNAL', 'running a command: it has no context before begin()');
  }
}

interface BaseFlagValues {
  readonly platform: string | undefined;
  readonly color: ColourChoice;
  readonly limit: readonly string[] | undefined;
  readonly quiet: boolean;
  readonly strict: boolean;
  readonly debug: boolean;
}

function isDebug(env: NodeJS.ProcessEnv): boolean {
  return env.STRATA_DEBUG !== undefined && env.STRATA_DEBUG !== '' && env.STRATA_DEBUG !== '0';
}

/** The exit code of `this.exit(code)`. */
function askedExit(thrown: Error): number | undefined {
  return thrown instanceof ExitError ? (thrown.oclif.exit ?? 0) : undefined;
}

/** What `--color` says on a command line that could not be parsed. */
function askedColour(argv: readonly string[]): ColourChoice {
  const at = argv.findIndex((word) => word === '--color' || word.startsWith('--color='));
  const word = at === -1 ? undefined : argv[at];
  const value = word?.startsWith('--color=') === true ? word.slice('--color='.length) : argv.at(at + 1);
  return (word === undefined ? undefined : COLOUR_CHOICES.find((choice) => choice === value)) ?? 'auto';
}
