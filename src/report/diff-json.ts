import type { Culprit } from '../layers/compare/culprit.js';
import type { Difference } from '../layers/compare/diff.js';
import { facetNames } from '../layers/union/facets.js';
import type { Noise } from '../layers/compare/rebuild-noise.js';
import { fileJson } from './file.js';
import { namedJson } from './json.js';

/** What is known of a difference besides itself. */
export interface DifferenceFacts {
  readonly culprit: Culprit;
  /** Undefined unless what a rebuild changes was told apart. */
  readonly noise: Noise | null | undefined;
  /** How the contents differ, where that was asked for. */
  readonly content: object | undefined;
}

/** Returns one difference for JSON. */
export function differenceJson(difference: Difference, facts: DifferenceFacts): object {
  const { kind, path, facets, before, after, goneIn } = difference;
  const { culprit, noise, content } = facts;
  return namedJson(path, {
    kind,
    facets: facetNames(facets),
    before: before === undefined ? null : fileJson(before),
    after: after === undefined ? null : fileJson(after),
    goneIn: goneIn ?? null,
    by: culprit,
    ...(noise === undefined ? {} : { expected: noise }),
    ...(content === undefined ? {} : { content }),
  });
}
