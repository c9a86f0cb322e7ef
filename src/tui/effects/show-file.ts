import { MAGIC_BYTES, guessType } from '../../layers/read/magic.js';
import { decodeText } from '../../layers/contents/content-diff.js';
import { inodeOf } from '../../layers/union/union.js';
import { fail } from '../../model/error.js';
import type { Action, Effect } from '../state/action.js';
import type { FileForm } from '../state/page.js';
import { hexBody, partsBody, textBody } from './bodies.js';
import { type FileWindow, readWindow, WINDOW } from './file-window.js';
import type { Looked } from './outside.js';
import { readWhole } from '../../layers/read/content.js';
import type { ReadingOptions } from './tell-part.js';

type Read = Extract<Effect, { do: 'read' }>;
type Filled = Extract<Action, { type: 'filled' }>;

/** Bytes of an archive or ELF file that is looked into. */
const MOST_PARTS = 64 * 1024 * 1024;

/** Returns the page's lines of the part of a file that was asked for. Rejects with what reading a layer throws. */
export async function showFile(
  { union, layers }: Looked,
  { id, node, touch, form: asked, from: given, near }: Read,
  options: ReadingOptions,
): Promise<Filled> {
  const inode = inodeOf(union, touch) ?? fail('E_INTERNAL', 'viewing a file: it has no content');
  const index = union.layers[inode.layer - 1];
  const layer = layers[inode.layer - 1];
  const size = index.columns.size[inode.row];
  // Its parts are of all of it: then in one pass, whose part that is done only grows.
  const from = asked === 'parts' ? 0 : given;
  const mayBeWanted = size <= MOST_PARTS && (asked === undefined || asked === 'parts');
  const whole = mayBeWanted ? (asked === 'parts' ? () => true : mayHaveParts) : undefined;
  const read = (lines: boolean): Promise<FileWindow> =>
    readWindow(layer, index, inode.row, { from, lines, near, whole }, options);
  let window = await read(asked !== 'hex');
  const isText = size === 0 || looksLikeText(window.bytes, window.end === size);
  const hasParts =
    size <= MOST_PARTS && !isText && mayHaveParts(window.start === 0 ? window.bytes : new Uint8Array(0));
  const forms: FileForm[] = hasParts || asked === 'parts' ? ['text', 'hex', 'parts'] : ['text', 'hex'];
  let form = asked ?? (isText ? 'text' : hasParts ? 'parts' : 'hex');
  if (form === 'parts') {
    const all = window.whole ?? (await readWhole(layer, index, inode.row, MOST_PARTS, options));
    const body = await partsBody(all);
    if (body !== undefined)
      return {
        type: 'filled',
        id,
        body,
        file: { node, touch, form, forms, size, start: 0, end: size },
        line: 0,
      };
    form = 'hex';
  }
  if (form === 'hex' && window.start % 16 !== 0) window = await read(false);
  const body = form === 'text' ? textBody(window, size) : hexBody(window);
  const { start, end } = window;
  const line = near === undefined ? (from === 'end' ? body.count : 0) : body.rowAt(near);
  return { type: 'filled', id, body, file: { node, touch, form, forms, size, start, end }, line };
}

/** A window may cut a character in two; its last bytes do not count. */
function looksLikeText(bytes: Uint8Array, whole: boolean): boolean {
  const feed = whole ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
  const head = bytes.subarray(0, Math.min(feed > 0 ? feed : bytes.length, WINDOW));
  return decodeText(head) !== undefined;
}

function mayHaveParts(bytes: Uint8Array): boolean {
  const type = guessType(bytes.subarray(0, MAGIC_BYTES)) ?? '';
  return (
    type.startsWith('ELF') ||
    type.startsWith('ZIP') ||
    type === 'tar' ||
    type === 'gzip' ||
    type === 'Zstandard'
  );
}
