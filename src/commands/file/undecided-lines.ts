import type { GrepResult } from '../../layers/search/grep.js';
import type { SearchedFile } from '../../layers/search/searched.js';
import { plural } from '../../report/bytes.js';

/** Sums up the lines that are too long for the pattern, over all files. */
export interface UndecidedLines {
  add(file: SearchedFile, result: GrepResult): void;
  count(): number;
  /** One line for people, raw; undefined when there are none. */
  words(): string | undefined;
}

/** Returns a sum that begins at nothing. */
export function undecidedLines(): UndecidedLines {
  let count = 0;
  let first = '';
  return {
    add({ path, layer }, { undecided }) {
      if (undecided === undefined) return;
      if (count === 0) first = `${path} in layer ${layer}, line ${undecided.first}`;
      count += undecided.count;
    },
    count: () => count,
    words: () =>
      count === 0
        ? undefined
        : `${plural(count, 'line')} of more than 1 MiB searched in parts (the first: ${first}): what depends on more than 64 KiB of it may be missed or wrong`,
  };
}
