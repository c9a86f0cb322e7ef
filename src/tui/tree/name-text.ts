import type { PathTable } from '../../layers/index/path-table.js';

/** Names one after the other, a letter (U+0000 to U+00FF) for each byte. */
export interface NameText {
  readonly text: string;
  /** The first node whose name is in it, and the one behind the last. */
  readonly first: number;
  readonly end: number;
  /** The byte of all names at which it begins. */
  readonly start: number;
}

/** Nodes whose names are in one text: little enough to be made, looked through and given up without being missed. */
const NODES = 16_384;

/**
 * Yields the texts of all names, as `change` makes them: V8 looks for a text in a string many times quicker than a loop
 * does in an array.
 */
export function* nameTexts(
  { names, nameEnd, count }: PathTable,
  change: (text: string) => string = (text) => text,
): Generator<NameText> {
  const bytes = Buffer.from(names.buffer, names.byteOffset, names.length);
  for (let first = 1; first < count; first += NODES) {
    const end = Math.min(first + NODES, count);
    const start = nameEnd[first - 1];
    yield { text: change(bytes.toString('latin1', start, nameEnd[end - 1])), first, end, start };
  }
}

/** Marks the names that hold the text where `isThere` says so, too; `all` are the texts of the names. */
export function namesWith(
  { nameEnd, count }: PathTable,
  all: Iterable<NameText>,
  wanted: string,
  isThere?: (at: number) => boolean,
): Uint8Array {
  const marks = new Uint8Array(count);
  for (const part of all) markNames(part, nameEnd, wanted, isThere, marks);
  return marks;
}

/** A function for each text: V8 makes quick code of one that is called again sooner than of one long loop. */
function markNames(
  { text, first, start }: NameText,
  nameEnd: Uint32Array,
  wanted: string,
  isThere: ((at: number) => boolean) | undefined,
  marks: Uint8Array,
): void {
  let node = first;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at)) {
    while (nameEnd[node] <= start + at) node += 1;
    if (start + at + wanted.length > nameEnd[node] || isThere?.(start + at) === false) {
      at += 1;
      continue;
    }
    marks[node] = 1;
    at = nameEnd[node] - start;
  }
}
