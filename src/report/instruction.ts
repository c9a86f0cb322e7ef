import type { Step } from '../layers/history/history.js';

/** Returns the instruction that made a layer on one line, raw; '' when the history does not tell. */
export function instructionLine(step: Step | undefined): string {
  return (step?.instruction.text ?? '').replace(/\s*\\?\n\s*/g, ' ').trim();
}
