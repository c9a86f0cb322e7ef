import { differences } from '../../layers/compare/diff.js';
import { facetNames } from '../../layers/union/facets.js';
import { decodeName } from '../../model/name.js';
import type { Change } from '../../runtime/bisect/search.js';
import { outcomeText } from '../../runtime/bisect/outcome.js';
import { countDifferences } from '../../report/diff.js';
import { imageJson } from '../../report/image.js';
import { nameJson, namedJson } from '../../report/json.js';
import type { Range } from '../flags/bisect.js';
import { instructionsOf } from '../file/layer-instructions.js';
import type { OpenedSnapshot } from '../image/open.js';
import type { Trial } from './trial.js';

/** Returns what `bisect --json` prints. */
export function bisectJson(
  { image, union }: OpenedSnapshot,
  { low, high }: Range,
  command: readonly string[],
  trials: readonly Trial[],
  changes: readonly Change[],
): object {
  const instructionOf = instructionsOf(image);
  return {
    image: imageJson(image),
    range: { low, high },
    command,
    trials: trials.map(trialJson),
    changes: changes.map(({ before, after, skipped, from, to }) => {
      const found = [...differences({ union, n: before }, { union, n: after })];
      const { added, removed, modified, growth } = countDifferences(found);
      return {
        before,
        after,
        skipped,
        from,
        to,
        layers: Array.from({ length: after - before }, (_, i) => ({
          layer: before + 1 + i,
          instruction: instructionOf(before + 1 + i),
        })),
        counts: { added, removed, modified, growth },
        differences: found.map(({ path, kind, facets }) =>
          namedJson(path, { kind, facets: facetNames(facets) }),
        ),
      };
    }),
  };
}

function trialJson({ n, verdict, outcome, output, cut, milliseconds }: Trial): object {
  return {
    snapshot: n,
    verdict,
    kind: outcome.kind,
    status: 'status' in outcome ? outcome.status : null,
    said: outcomeText(outcome),
    milliseconds,
    ...nameJson(decodeName(output), 'output'),
    cut,
  };
}
