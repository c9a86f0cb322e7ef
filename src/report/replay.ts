import { facetNames } from '../layers/union/facets.js';
import { plural } from './bytes.js';
import type { Palette, Style } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { namedJson } from './json.js';

/** A path in which a replay and the layer differ. */
export interface ReplayRow {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'removed';
  /** Mask of layers/facets. */
  readonly facets: number;
}

export interface ReplayRows {
  readonly same: number;
  readonly missing: readonly ReplayRow[];
  readonly extra: readonly ReplayRow[];
  readonly different: readonly ReplayRow[];
}

const LETTERS = { added: 'A', modified: 'C', removed: 'D' } as const;
/** Lines of each kind that are shown. */
const MOST = 20;

/** Yields the counts, then what is missing, extra and different, each with what happened to it. */
export function* replayLines(rows: ReplayRows, palette: Palette): Generator<string> {
  const { same, missing, extra, different } = rows;
  const counts = [
    `${plural(same, 'path')} the same`,
    `${missing.length} missing`,
    `${extra.length} extra`,
    `${different.length} different`,
  ];
  yield `compared with the layer: ${counts.join(', ')}`;
  yield* listed('missing', missing, palette.removed, palette);
  yield* listed('extra', extra, palette.added, palette);
  yield* listed('different', different, palette.changed, palette);
}

function* listed(
  word: string,
  rows: readonly ReplayRow[],
  style: Style,
  palette: Palette,
): Generator<string> {
  for (const { path, kind, facets } of rows.slice(0, MOST)) {
    const what = facets === 0 ? '' : palette.dim(`  ${facetNames(facets).join(', ')}`);
    yield `${style(word.padEnd(9))} ${LETTERS[kind]} ${escapeForTerminal(path)}${what}`;
  }
  if (rows.length > MOST) yield palette.dim(`and ${rows.length - MOST} more ${word}`);
}

/** Returns a path as JSON has it. */
export function replayRowJson({ path, kind, facets }: ReplayRow): object {
  return namedJson(path, { kind, facets: facetNames(facets) });
}
