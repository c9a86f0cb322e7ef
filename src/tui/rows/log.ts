import { decodeName } from '../../model/name.js';
import type { LogLine } from '../effects/containers.js';
import { type Row, seg } from './segment.js';
import { safeText } from './safe-text.js';

/** Select Graphic Rendition (ECMA-48, 8.3.117): colours of the container's, which the theme has no place for. */
const COLOUR = /\x1b\[[0-9;:]{0,64}m/g;

/** Returns what a line says, without its colours. */
export function logText({ bytes }: LogLine): string {
  return decodeName(bytes).replace(/\r$/, '').replace(COLOUR, '');
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
