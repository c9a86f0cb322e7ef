import type { Image } from '../../model/image.js';
import { guessBase } from './base-image.js';
import { defaultShell, missingInstructions } from './config-replay.js';
import { oneLine, quoteWord, type Escape } from './dockerfile-words.js';
import { readConfigHealthcheck } from './healthcheck.js';
import { historyOf, type Step } from './history.js';
import type { Instruction } from './instruction.js';
import { writeInstruction } from './write-instruction.js';

/** One instruction or comment of a reconstructed Dockerfile. */
export interface DockerfileLine {
  /** One instruction; several lines only where it is continued or holds a here-document. */
  readonly text: string;
  /** The layer it makes; undefined for metadata. */
  readonly layer: number | undefined;
  /**
   * `exact`: the history says so; `likely`: a sound inference; `guess`: a stand-in or one of several readings.
   */
  readonly confidence: 'exact' | 'likely' | 'guess';
  /** What is not known of it, in one line. */
  readonly note: string | undefined;
}

/** A Dockerfile as far as an image tells it. */
export interface Dockerfile {
  /** Lines above everything: comments and, for Windows, the escape directive. */
  readonly header: readonly string[];
  readonly lines: readonly DockerfileLine[];
}

/** Arguments that exist without ARG (Dockerfile reference, predefined ARGs). */
const PREDEFINED = /^(?:https?|ftp|no|all)_proxy$/i;

/**
 * Reconstructs the Dockerfile of an image from its history and configuration. The text is a valid Dockerfile whatever
 * the history holds; what a history cannot say (sources of a COPY, stages, the name of a base) is stood in for and said
 * in a note. No text of the image can become a parser directive or an instruction of its own.
 */
export function reconstructDockerfile(image: Image): Dockerfile {
  const steps = historyOf(image);
  const windows = image.config.os === 'windows';
  const escape: Escape = windows ? '`' : '\\';
  const base = guessBase(image, steps);
  const from = base ?? {
    from: 'scratch',
    steps: 0,
    confidence: 'guess' as const,
    note: 'nothing names a base, so everything is built from the first layer up',
  };
  const lines: DockerfileLine[] = [
    {
      text: `FROM ${from.from}`,
      layer: undefined,
      confidence: from.confidence,
      note: steps.length === 0 ? undefined : from.note,
    },
    ...writeSteps(image, steps, from.steps, escape),
  ];
  const missing = missingInstructions(
    steps.map((step) => step.instruction),
    image.config.execution,
    image.config.os,
    escape,
  );
  for (const text of missing.lines)
    lines.push({ text, layer: undefined, confidence: 'likely', note: FROM_CONFIG });
  const comments = [
    [missing.unwritable, 'not expressible in a Dockerfile'],
    [missing.removed, "set by the history, but not in the image's configuration"],
  ] as const;
  for (const [texts, note] of comments)
    for (const text of texts)
      lines.push({ text: `# ${oneLine(text)}`, layer: undefined, confidence: 'guess', note });
  return { header: header(steps, windows), lines };
}

const FROM_CONFIG = "from the image's configuration; its history does not show it";

/** Returns the Dockerfile as text, notes as comments above their line. */
export function renderDockerfile(dockerfile: Dockerfile): string {
  const out = [...dockerfile.header];
  let note: string | undefined;
  for (const line of dockerfile.lines) {
    // A run of lines with the same note needs it once.
    if (line.note !== undefined && line.note !== note) out.push(`# ${line.note}`);
    note = line.note;
    out.push(line.text);
  }
  return `${out.join('\n')}\n`;
}

function header(steps: readonly Step[], windows: boolean): string[] {
  const lines = windows ? ['# escape=`'] : [];
  // Parser directives end at the first other line, so nothing of the image below can be one.
  lines.push('# Reconstructed from the history of an image.');
  if (steps.some((step) => step.instruction.builder === 'buildkit'))
    lines.push('# BuildKit records neither --from of COPY, nor --mount and --network of RUN, nor ONBUILD.');
  return lines;
}

function writeSteps(image: Image, steps: readonly Step[], from: number, escape: Escape): DockerfileLine[] {
  const lines: DockerfileLine[] = [];
  const args = new Set<string>();
  const lastHealth = steps.findLastIndex((step) => step.instruction.keyword === 'HEALTHCHECK');
  const classic = steps.some((step) => step.instruction.builder === 'classic');
  let shell = defaultShell(image.config.os);
  for (const [at, step] of steps.entries()) {
    const instruction = at === lastHealth ? settleHealthcheck(step.instruction, image) : step.instruction;
    if (instruction.keyword === 'SHELL' && instruction.list !== undefined) shell = instruction.list;
    if (at < from) continue;
    const undeclared = instruction.buildArgs.filter(([name]) => !args.has(name) && !PREDEFINED.test(name));
    for (const [name, value] of undeclared) {
      if (/[\s"'\\$`=]/.test(name) || /[\n\r]/.test(value ?? '')) continue;
      const text = value === undefined ? `ARG ${name}` : `ARG ${name}=${quoteWord(value, escape)}`;
      lines.push({
        text,
        layer: undefined,
        confidence: 'likely',
        note: 'seen as a build argument of the next RUN',
      });
      args.add(name);
    }
    if (instruction.keyword === 'ARG') for (const [name] of instruction.pairs) args.add(name);
    const written = writeInstruction(settleExec(instruction, step, classic), {
      escape,
      shell,
      layer: step.layer,
    });
    lines.push({ text: written.text, layer: step.layer, confidence: written.confidence, note: written.note });
  }
  return lines;
}

/** The last HEALTHCHECK is in the configuration with its arguments apart. */
function settleHealthcheck(instruction: Instruction, image: Image): Instruction {
  const settled = readConfigHealthcheck(image.config.execution.healthcheck);
  const printed = instruction.healthcheck;
  if (settled === undefined || printed?.test.join(' ') !== settled.test.join(' ')) return instruction;
  return { ...instruction, healthcheck: settled };
}

/** `/setup.sh --now` among the steps of the classic builder is a RUN in exec form, of which it records the words only. */
function settleExec(instruction: Instruction, step: Step, classic: boolean): Instruction {
  if (instruction.keyword !== 'UNKNOWN' || step.layer === undefined || step.comment !== '')
    return instruction;
  if (!/^\/[^\n\r]*$/.test(instruction.body) || !classic) return instruction;
  return { ...instruction, keyword: 'RUN', command: instruction.body };
}
