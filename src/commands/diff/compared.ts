import type { Culprit } from '../../layers/compare/culprit.js';
import type { Difference } from '../../layers/compare/diff.js';
import type { Noise } from '../../layers/compare/rebuild-noise.js';
import type { ImageDifference } from '../../report/image-diff.js';
import type { Sides } from './sides.js';

/** Two snapshots with what was found. */
export interface Compared {
  readonly sides: Sides;
  readonly found: readonly Difference[];
  /** What a rebuild may change; undefined where that was not told apart. */
  readonly noise: ReadonlyMap<Difference, Noise> | undefined;
  readonly culpritOf: (difference: Difference) => Culprit;
  /** Undefined for two snapshots of one image, and where only files were asked for. */
  readonly image: ImageDifference | undefined;
}
