import { boolean, string } from '@oclif/core/flags';
import { diveNumbers } from '../../layers/gate/dive.js';
import {
  type DiveFacts,
  judgeDive,
  judgeWaste,
  type RuleResult,
  type Verdict,
  verdictOf,
  type WasteFacts,
} from '../../layers/gate/gate.js';
import type { WasteRules } from '../../layers/gate/gate-config.js';
import type { PathMatcher } from '../../layers/search/glob.js';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { Union } from '../../layers/union/union.js';
import type { Waste } from '../../layers/waste/waste.js';
import type { Image } from '../../model/image.js';
import { gateJson, gateLines, type GateSection } from '../../report/gate.js';
import { githubLines } from '../../report/github.js';
import { junitXml } from '../../report/junit.js';
import type { Context } from '../program/context.js';
import { readConfigs } from './gate-files.js';
import { indexOpened, openImage } from '../image/open.js';
import { writeTextFile } from '../file/text-file.js';

const GATE = 'GATE';

/** What a command that can judge an image takes. */
export const GATE_FLAGS = {
  check: boolean({
    helpGroup: GATE,
    summary:
      'Judge the image by .strata.yaml and .dive-ci: exit 0 passed, 1 a rule failed, 2 or more an error.',
  }),
  config: string({
    helpGroup: GATE,
    helpValue: 'FILE',
    dependsOn: ['check'],
    summary:
      "The rules, in either format. Default: ./.strata.yaml and ./.dive-ci; without them dive's defaults.",
  }),
  junit: string({
    helpGroup: GATE,
    helpValue: 'FILE',
    dependsOn: ['check'],
    summary: 'Also write the results as JUnit XML.',
  }),
  github: boolean({
    helpGroup: GATE,
    dependsOn: ['check'],
    summary: 'Also print the results as GitHub annotations; on stderr with --json.',
  }),
};

export interface GateFlagValues {
  readonly config: string | undefined;
  readonly junit: string | undefined;
  readonly github: boolean;
  /** Judge the rules of `.dive-ci` by dive's own numbers, mistakes and all; NaN is 0 %. */
  readonly 'dive-compat'?: boolean;
}

/** The image to judge, with what is known of it. */
export interface GateSubject {
  readonly image: Image;
  /** The snapshot to judge. */
  readonly n: number;
  readonly union: Union;
  readonly waste: Waste;
  /** The same sums without the paths that the matcher fits. */
  readonly wasteOf: (ignore: PathMatcher) => Waste;
  readonly layers: readonly IndexedLayer[];
}

export interface GateOutcome {
  readonly results: readonly RuleResult[];
  readonly verdict: Verdict;
  /** For the `gate` key of a command's JSON: docs/schema/common.json `#/$defs/gate`. */
  readonly json: object;
  /** What to print: a line per rule, a closing verdict line, and with `--github` but no `--json` the annotations. */
  readonly lines: readonly string[];
  /** 0 passed, 1 a rule failed; for `endWith`. */
  readonly exitCode: 0 | 1;
}

/**
 * Judges the image by the rules that the flags or the working directory name, and writes the JUnit file where asked.
 * Prints nothing but the annotations of `--github --json`, to stderr: GitHub reads both streams, and stdout is the JSON's
 * alone. Throws E_USAGE for rules that cannot be read, what opening a baseline throws, and what writing throws.
 */
export async function runGate(
  context: Context,
  subject: GateSubject,
  flags: GateFlagValues,
): Promise<GateOutcome> {
  const configs = readConfigs(flags.config);
  const sections: GateSection[] = [];
  for (const config of configs) {
    const results = [
      ...(config.waste === undefined
        ? []
        : judgeWaste(config.waste, await wasteFacts(context, subject, config.waste))),
      ...(config.dive === undefined ? [] : judgeDive(config.dive, diveFacts(subject, flags))),
    ];
    const unread = config.ignored.map((key) => `nothing reads '${key}'`);
    const notes = results.length === 0 ? [...unread, 'no rule is set'] : unread;
    sections.push({ file: config.file, results, notes });
  }
  const results = sections.flatMap((section) => section.results);
  const verdict = verdictOf(results);
  if (flags.junit !== undefined) await writeTextFile(flags.junit, [junitXml(subject.image.name, sections)]);
  const isFile = (file: string): boolean => configs.some((config) => config.file === file && config.isFile);
  const annotations = flags.github ? [...githubLines(subject.image.name, sections, isFile)] : [];
  if (context.json && annotations.length > 0) {
    context.progress.clear();
    process.stderr.write(`${annotations.join('\n')}\n`);
  }
  return {
    results,
    verdict,
    json: gateJson(sections, verdict),
    lines: [...gateLines(sections, context.terminal.stdout.palette), ...(context.json ? [] : annotations)],
    exitCode: verdict === 'pass' ? 0 : 1,
  };
}

function diveFacts({ union, n, waste }: GateSubject, flags: GateFlagValues): DiveFacts {
  return { dive: diveNumbers(union, n), waste, compat: flags['dive-compat'] ?? false };
}

async function wasteFacts(context: Context, subject: GateSubject, rules: WasteRules): Promise<WasteFacts> {
  const layers = subject.layers.slice(0, subject.n);
  return {
    waste: rules.ignore === undefined ? subject.waste : subject.wasteOf(rules.ignore),
    layerBytes: layers.map(({ index }) => index.plainBytes),
    compressedBytes: sumKnown(layers.map(({ facts, layer }) => facts?.storedBytes ?? layer.size)),
    baselineBytes: rules.baseline === undefined ? undefined : await plainBytesOf(context, rules.baseline),
  };
}

/** Bytes of the layers of `IMAGE[@N]` as tars, which is what `layers` and `waste` call their size. */
async function plainBytesOf(context: Context, name: string): Promise<number> {
  const opened = await openImage(context, name);
  try {
    const { layers } = await indexOpened(context, opened.image);
    return layers.slice(0, opened.n).reduce((sum, { index }) => sum + index.plainBytes, 0);
  } finally {
    await opened.close();
  }
}

function sumKnown(sizes: readonly (number | undefined)[]): number | undefined {
  return sizes.reduce<number | undefined>(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );
}
