import type { Palette } from './colour.js';
import { plural } from './bytes.js';
import { escapeForTerminal } from './escape.js';
import { namedJson } from './json.js';

/** One way in which what is mounted is not what the layers say. */
interface Difference {
  readonly path: string;
  readonly facet: string;
  readonly expected: string;
  readonly found: string;
}

/** What was left out of a mounted snapshot, by reason. */
type LeftOut = ReadonlyMap<
  string,
  { readonly count: number; readonly first: readonly { readonly path: string; readonly what: string }[] }
>;

/** Returns the line of one difference: the path, what differs, and both sides. */
export function differenceLine({ path, facet, expected, found }: Difference, palette: Palette): string {
  const sides = `${escapeForTerminal(expected)} expected, ${escapeForTerminal(found)} found`;
  return `${palette.error('differs')} ${escapeForTerminal(path)}: ${facet}: ${sides}`;
}

/** Returns a line for each reason for which something cannot be seen in the mounted snapshot. */
export function leftOutLines(left: LeftOut): string[] {
  return [...left].map(([reason, { count, first }]) => {
    const names = first
      .slice(0, 3)
      .map(({ path, what }) => escapeForTerminal(what === '' ? path : `${path} ${what}`));
    return `left out: ${reason}: ${plural(count, 'thing')}, ${names.join(', ')}${count > 3 ? ', …' : ''}`;
  });
}

export function differencesJson(differences: readonly Difference[]): object[] {
  return differences.map(({ path, facet, expected, found }) => namedJson(path, { facet, expected, found }));
}

export function leftOutJson(left: LeftOut): object[] {
  return [...left].map(([reason, { count, first }]) => ({
    reason,
    count,
    first: first.map(({ path, what }) => namedJson(path, { what })),
  }));
}
