import { decodeName } from '../model/name.js';
import { escapeForTerminal } from './escape.js';

/** Select Graphic Rendition (ECMA-48, 8.3.117): colours and weight, which change nothing but looks. */
const COLOUR = /(\x1b\[[0-9;:]{0,64}m)/;
const RESET = '\x1b[0m';

/**
 * Returns what a terminal may get of the text that a container wrote, a line or a part of one: colours, line feeds and
 * tabs as they are, and every other control or hidden character and every byte that is not UTF-8 escaped, since whoever
 * runs in a container could else write to the clipboard, retitle the window or answer for the user. A carriage return
 * right before the end of a line, as programs on a terminal write it, is left out.
 */
export function logText(bytes: Uint8Array): string {
  const text = decodeName(bytes).replace(/\r$/, '');
  if (!text.includes('\x1b')) return escaped(text);
  const parts = text.split(COLOUR);
  // Colours do not go on behind the line: what comes next may be of the other stream, or not the container's.
  return (
    parts.map((part, i) => (i % 2 === 1 ? part : escaped(part))).join('') + (parts.length > 1 ? RESET : '')
  );
}

function escaped(text: string): string {
  return escapeForTerminal(text, { newlines: 'keep', backslashes: 'keep' });
}
