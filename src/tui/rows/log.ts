import { decodeName } from '../../model/name.js';
import type { LogLine } from '../effects/containers.js';
import { type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';

/**
 * What a shell or a program says to its terminal, not to who reads: control sequences (ECMA-48, 5.4), among them colours;
 * titles, folders, links and marks of prompts (XTerm Control Sequences, OSC 0, 1, 2, 7, 8, 133); other escape sequences
 * (ECMA-35, 13.2); the bell. What else a string may do, such as write the clipboard, stays to be seen.
 */
const TO_TERMINAL =
  /\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\](?:[01278]|133);[^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|\x1b[ -/]{0,4}[0-OQ-WYZ\\`-~]|\x07/g;

/** Returns what a line says to who reads it, without what it says to a terminal. */
export function logText({ bytes }: LogLine): string {
  return decodeName(bytes).replace(/\r+$/, '').replace(TO_TERMINAL, '');
}

/** Returns a line as a pane may show it: every control of the container's escaped; a mark before what is of standard error. */
export function logRow(line: LogLine, timestamps: boolean): Row {
  const { time, stream, more } = line;
  return [
    ...(timestamps ? [seg(`${safeText(time)} `, 'dim')] : []),
    stream === 'stderr' ? seg('! ', 'warning') : seg('  '),
    seg(safeText(logText(line), { text: true })),
    ...(more > 0 ? [seg(` … ${more} bytes more`, 'dim')] : []),
  ];
}
