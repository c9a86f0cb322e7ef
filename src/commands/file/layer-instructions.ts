import { historyOf } from '../../layers/history/history.js';
import type { Image } from '../../model/image.js';
import { instructionLine } from '../../report/instruction.js';

/** Returns a function that gives the instruction of a layer on one line, raw; '' where the history does not tell. */
export function instructionsOf(image: Image): (layer: number) => string {
  const steps = new Map(historyOf(image).map((step) => [step.layer, step]));
  return (layer) => instructionLine(steps.get(layer));
}

/** Returns the layers up to `n` for JSON that names layers by number: an image may have long instructions and many files. */
export function instructionsJson(image: Image, n: number): object[] {
  return historyOf(image).flatMap(({ layer, instruction, created, recorded }) =>
    layer === undefined || layer > n
      ? []
      : [{ layer, instruction: recorded ? instruction.text : null, created: created ?? null }],
  );
}
