import type { Capped } from '../layers/contents/capped.js';
import { plural } from './bytes.js';
import type { Palette, Style } from './colour.js';

/** Yields a line for each item, as `text` says it, and one that counts those that were cut. */
export function* cappedLines<T>(
  noun: string,
  { items, more }: Capped<T>,
  sign: string,
  text: (item: T) => string,
  style: Style,
  palette: Palette,
): Generator<string> {
  for (const item of items) yield style(`${sign} ${noun} ${text(item)}`);
  if (more > 0) yield palette.dim(`${sign} and ${plural(more, noun)} more`);
}

/** Returns a cut list for JSON. */
export function cappedJson<T>({ items, more }: Capped<T>, json: (item: T) => object): object {
  return { items: items.map(json), more };
}
