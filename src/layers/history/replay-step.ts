import type { ExecutionConfig, ImageConfig } from '../../model/image-config.js';
import type { Image } from '../../model/image.js';
import { defaultShell, replay } from './config-replay.js';
import { historyOf, type Step } from './history.js';
import type { Instruction } from './instruction.js';

/** What comes after a snapshot in the history of its image. */
export interface NextStep {
  /** Steps before that which changed no file, oldest first. */
  readonly passed: readonly Step[];
  /** The step that made the next layer; undefined after the last one. */
  readonly step: Step | undefined;
  /** The configuration that this step found. */
  readonly execution: ExecutionConfig;
}

/** Returns the step that made layer `n + 1`, and what it found. */
export function nextStep(image: Image, n: number): NextStep {
  const steps = historyOf(image);
  const below = steps.findIndex(({ layer }) => layer === n);
  const next = steps.findIndex(({ layer }) => layer === n + 1);
  const end = next < 0 ? steps.length : next;
  return {
    passed: steps.slice(below + 1, end).filter(({ layer }) => layer === undefined),
    step: next < 0 ? undefined : steps[next],
    execution: executionAt(
      steps.map(({ instruction }) => instruction),
      end,
      image.config,
    ),
  };
}

/**
 * Returns the configuration as the first `count` instructions leave it. What no instruction of the image sets came with
 * its base, and what only the build knew (`ENV A=$B`) is taken from the final configuration.
 */
export function executionAt(
  instructions: readonly Instruction[],
  count: number,
  { execution, os }: Pick<ImageConfig, 'execution' | 'os'>,
): ExecutionConfig {
  const now = replay(instructions.slice(0, count), os);
  const end = replay(instructions, os);
  const values = new Map<string, string>();
  for (const variable of execution.env) {
    const equals = variable.indexOf('=');
    const [name, value] = [variable.slice(0, equals), variable.slice(equals + 1)];
    if (equals < 1) continue;
    if (now.env.has(name)) values.set(name, now.env.get(name) ?? value);
    else if (!end.env.has(name)) values.set(name, value);
  }
  for (const [name, value] of now.env) if (value !== undefined && !values.has(name)) values.set(name, value);
  const usual = defaultShell(os);
  const knowsShell = instructions.some(({ keyword }) => keyword === 'SHELL');
  return {
    ...execution,
    env: [...values].map(([name, value]) => `${name}=${value}`),
    user: end.user === '' ? execution.user : (now.user ?? execution.user),
    workingDir: end.workdir === '' ? execution.workingDir : (now.workdir ?? execution.workingDir),
    shell: knowsShell ? now.shell : execution.shell.length > 0 ? execution.shell : usual,
  };
}

/** What a RUN instruction runs. */
export interface RunCommand {
  readonly words: readonly string[];
  /** Build arguments that it could see, but those that the environment hides. */
  readonly env: readonly string[];
}

/** Returns what a RUN instruction runs: its exec form, or its text for the shell that it had. */
export function runCommand(
  instruction: Instruction,
  execution: Pick<ExecutionConfig, 'shell' | 'env'>,
): RunCommand {
  const { list, shell, command, body, buildArgs } = instruction;
  const set = new Set(execution.env.map((variable) => variable.slice(0, variable.indexOf('='))));
  return {
    words: list ?? [...(shell ?? execution.shell), scriptOf(command ?? body)],
    env: buildArgs.flatMap(([name, value]) =>
      value === undefined || set.has(name) ? [] : [`${name}=${value}`],
    ),
  };
}

/** A here-document as builders keep it that record the source: what is between its words is the script. */
function scriptOf(command: string): string {
  const heredoc = /^<<-?(["']?)(\w+)\1[ \t]*\n([\s\S]*\n)?\2[ \t]*\n?$/.exec(command);
  return heredoc === null ? command : (heredoc.at(3) ?? '');
}
