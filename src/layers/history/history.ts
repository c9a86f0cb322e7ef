import type { HistoryStep } from '../../model/image-config.js';
import type { Image } from '../../model/image.js';
import type { Instruction, Keyword, KnownValues } from './instruction.js';
import { parseInstruction } from './parse-instruction.js';

/** One step of an image's history. */
export interface Step {
  /** From 1, the oldest. */
  readonly number: number;
  readonly instruction: Instruction;
  /** The layer it made (1 is the base); undefined for a step that changed metadata only. */
  readonly layer: number | undefined;
  /** RFC 3339 text as given. */
  readonly created: string | undefined;
  readonly author: string;
  readonly comment: string;
  /** Bytes of its layer as stored; undefined without a layer or where unknown. */
  readonly size: number | undefined;
  /** False for a step that the history does not have, made up for a layer without one. */
  readonly recorded: boolean;
}

/** Instructions that never make a layer; WORKDIR is not one, BuildKit makes its directory. */
const METADATA: ReadonlySet<Keyword> = new Set<Keyword>([
  'ARG',
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
]);

/** Different shells of one image that are told apart. */
const MAX_SHELLS = 4;

/**
 * Returns the history of an image, oldest step first, each with the layer it made. Every layer belongs to exactly one
 * step. Where the history does not fit the layers (an anomaly of its own): steps that claim a layer but cannot have made
 * one (ENV, CMD, …) are taken as empty if the numbers then fit; steps and layers are paired from the base up; steps left
 * over have no layer, and layers left over get a made-up UNKNOWN step at the end, as tools that append layers leave them.
 */
export function historyOf(image: Image): Step[] {
  const shells: (readonly string[])[] = [image.config.execution.shell].filter((shell) => shell.length > 0);
  const values = finalValues(image);
  const parsed: { readonly given: HistoryStep; readonly instruction: Instruction }[] = [];
  for (const given of image.config.history) {
    const known: KnownValues = { comment: given.comment, author: given.author, shells, values };
    const instruction = parseInstruction(given.createdBy, known);
    const { list } = instruction;
    if (
      instruction.keyword === 'SHELL' &&
      list !== undefined &&
      !shells.some((shell) => shell.join(' ') === list.join(' '))
    )
      shells.unshift(list);
    // Only the latest few: each is tried on every step.
    shells.length = Math.min(shells.length, MAX_SHELLS);
    parsed.push({ given, instruction });
  }
  const claims = parsed.filter((step) => !step.given.emptyLayer).length;
  const makers = parsed.filter(
    (step) => !step.given.emptyLayer && !METADATA.has(step.instruction.keyword),
  ).length;
  const strict = claims > image.layers.length && makers === image.layers.length;
  const steps: Step[] = [];
  let layer = 0;
  for (const { given, instruction } of parsed) {
    const makes =
      !given.emptyLayer && !(strict && METADATA.has(instruction.keyword)) && layer < image.layers.length;
    if (makes) layer += 1;
    steps.push(makeStep(image, steps.length + 1, makes ? layer : undefined, given, instruction));
  }
  while (layer < image.layers.length) {
    layer += 1;
    steps.push(makeStep(image, steps.length + 1, layer, undefined, parseInstruction('')));
  }
  return steps;
}

function makeStep(
  image: Image,
  number: number,
  layer: number | undefined,
  given: HistoryStep | undefined,
  instruction: Instruction,
): Step {
  return {
    number,
    instruction,
    layer,
    created: given?.created,
    author: given?.author ?? '',
    comment: given?.comment ?? '',
    size: layer === undefined ? undefined : image.layers[layer - 1].size,
    recorded: given !== undefined,
  };
}

function finalValues(image: Image): Map<string, string> {
  const values = new Map(image.config.execution.labels);
  for (const variable of image.config.execution.env) {
    const equals = variable.indexOf('=');
    if (equals > 0) values.set(variable.slice(0, equals), variable.slice(equals + 1));
  }
  return values;
}
