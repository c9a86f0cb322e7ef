import { string } from '@oclif/core/args';
import { configChanges } from '../layers/compare/config-diff.js';
import { type Culprit, culpritOf } from '../layers/compare/culprit.js';
import { type Difference, differences } from '../layers/compare/diff.js';
import { alignHistories } from '../layers/compare/history-diff.js';
import { historyOf } from '../layers/history/history.js';
import { layerSharing } from '../layers/compare/layer-sharing.js';
import { joinRenames } from '../layers/compare/renames.js';
import { anomaliesJson } from '../report/anomalies.js';
import { countDifferences } from '../report/diff.js';
import { differenceJson } from '../report/diff-json.js';
import { imageJson } from '../report/image.js';
import { imageDiffJson, type ImageDifference } from '../report/image-diff.js';
import { openJsonList } from '../report/json.js';
import { StrataCommand } from './base.js';
import type { Compared } from './diff/compared.js';
import type { Context } from './program/context.js';
import { contentJson, type ContentLook } from './diff/content.js';
import { DIFF_FLAGS, parseChoice, refuseMixedForms } from './flags/diff.js';
import { printForm, realOnes } from './diff/forms.js';
import { writePatch } from './diff/patch.js';
import { diffPaths } from './diff/paths.js';
import { stopping } from './program/iterate.js';
import { instructionsJson } from './file/layer-instructions.js';
import { findNoise } from './diff/noise.js';
import { type OpenedSnapshot } from './image/open.js';
import { parseCount } from './flags/quantity.js';
import { settled } from './diff/settled.js';
import { openSides, sideOf, type Sides } from './diff/sides.js';

const SIDE = 'IMAGE[@N], or a directory or tar of files (rootfs:DIR).';

export default class Diff extends StrataCommand {
  static override readonly summary =
    'Compare two snapshots: files, contents, configuration, history, layers.';
  static override readonly description = `A and B are two images, two snapshots of one image (app.tar@3 app.tar@5), or an image and a root file system
(rootfs:DIR). Contents are compared by digest, never by size or time alone; LAYER names who made each version.
Paths (or globs) narrow it down; of files that are named the contents are shown too.`;
  static override readonly examples = [
    {
      description: 'What layers 4 to 6 changed, as one difference',
      command: '<%= config.bin %> <%= command.id %> demo.tar@3 demo.tar@6',
    },
    {
      description: 'How one file differs between two snapshots',
      command: '<%= config.bin %> <%= command.id %> demo.tar@4 demo.tar /app/config.json',
    },
    {
      description: 'Whether two builds are the same but for what every build changes',
      command: '<%= config.bin %> <%= command.id %> demo.tar@10 demo.tar@12 --semantic',
    },
    {
      description: 'Who changed modes and owners',
      command: '<%= config.bin %> <%= command.id %> demo.tar@2 demo.tar --only mode,owner',
    },
    {
      description: 'A patch of the text files',
      command: '<%= config.bin %> <%= command.id %> demo.tar@3 demo.tar@6 /app --patch',
    },
  ];
  static override readonly args = {
    a: string({ name: 'A', required: true, ignoreStdin: true, description: `Before: ${SIDE}` }),
    b: string({ name: 'B', required: true, ignoreStdin: true, description: `After: ${SIDE}` }),
    path: string({
      name: 'PATH',
      multiple: true,
      ignoreStdin: true,
      description: 'Path or glob inside the images. Default: everything.',
    }),
  };
  static override readonly flags = DIFF_FLAGS;

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Diff);
    refuseMixedForms({ ...flags, json: context.json });
    const choice = parseChoice(flags);
    const maxBytes = parseCount(flags['max-content'], '--max-content');
    const sides = await openSides(context, args.a, args.b);
    try {
      const paths = diffPaths(sides, words(args.path));
      const [a, b] = [sideOf(sides.before), sideOf(sides.after)];
      const met = [...stopping(differences(a, b, { ...choice, ...paths }), context.signal)];
      const all = await settled(context, sides, met);
      const joined = flags.renames && !flags.patch ? joinRenames(all, a, b, choice.ignore) : all;
      const found = joined.filter(choice.wanted);
      const noise = flags.semantic ? await findNoise(context, sides, found) : undefined;
      // What the form does not show must not count either.
      const filesOnly = ['files-only', 'stat', 'name-only', 'name-status', 'patch'] as const;
      const withImages = !sides.same && !filesOnly.some((name) => flags[name]);
      const compared: Compared = {
        sides,
        found,
        noise,
        culpritOf: culpritOf(a, b),
        image: withImages && paths.everything ? imageDifference(sides) : undefined,
      };
      const look: ContentLook | undefined =
        flags.content || paths.filesOnly || flags['side-by-side'] || flags['word-diff']
          ? {
              context: flags.unified,
              maxBytes,
              sideBySide: flags['side-by-side'],
              words: flags['word-diff'],
              exact: flags.bytes,
            }
          : undefined;
      if (context.json) await printJson(context, compared, look);
      else if (flags.patch)
        await writePatch(context, sides, realOnes(compared), { context: flags.unified, maxBytes });
      else await printForm(context, compared, { ...flags, look });
      if (flags['exit-code'] && differs(compared, choice.everything)) this.endWith(1);
      this.settleBriefly(sides.before.anomalies, args.a);
      if (!sides.same) this.settleBriefly(sides.after.anomalies, args.b);
    } finally {
      await sides.close();
    }
  }

  protected override oneIsAnAnswer(): boolean {
    return true;
  }
}

/** oclif says `string` of an argument that may be given several times. */
function words(argument: string | readonly string[] | undefined): readonly string[] {
  return argument === undefined ? [] : typeof argument === 'string' ? [argument] : argument;
}

/** A root file system has no configuration and no history to compare. */
function imageDifference({ before, after }: Sides): ImageDifference | undefined {
  if ([before, after].some(({ image }) => image.transport === 'rootfs')) return undefined;
  return {
    config: configChanges(before.image, after.image),
    layers: layerSharing(before.layers.slice(0, before.n), after.layers.slice(0, after.n)),
    history: alignHistories(historyOf(before.image), historyOf(after.image)),
  };
}

/**
 * Whether something differs that no rebuild explains, or at all where that was not told apart. Layers of other bytes count
 * only where every difference does: what was left out may be all that is behind them.
 */
function differs({ found, noise, image }: Compared, everything: boolean): boolean {
  if (found.some((difference) => noise?.get(difference) === undefined)) return true;
  if (image === undefined) return false;
  if (noise !== undefined) return image.config.some(({ expected }) => !expected);
  return (
    image.config.length > 0 || (everything && image.layers.some(({ before, after }) => before !== after))
  );
}

async function printJson(context: Context, compared: Compared, look: ContentLook | undefined): Promise<void> {
  const { sides, found, noise, image } = compared;
  const sideJson = ({ image, n }: OpenedSnapshot): object => ({
    image: imageJson(image),
    snapshot: n,
    layers: instructionsJson(image, n),
  });
  const list = openJsonList(
    {
      before: sideJson(sides.before),
      after: sideJson(sides.after),
      images: image === undefined ? null : imageDiffJson(image),
    },
    'differences',
  );
  const item = (difference: Difference, content?: object): string => {
    const by: Culprit = compared.culpritOf(difference);
    return list.item(
      differenceJson(difference, {
        culprit: by,
        noise: noise === undefined ? undefined : (noise.get(difference) ?? null),
        content,
      }),
    );
  };
  await context.output.write(list.begin);
  if (look === undefined)
    await context.output.parts(
      (function* () {
        for (const d of found) yield item(d);
      })(),
    );
  else
    for await (const { difference, json } of contentJson(context, sides, found, look))
      await context.output.write(item(difference, json));
  const { growth, ...counts } = countDifferences(found);
  await context.output.write(
    list.end({
      counts: { ...counts, expected: noise?.size ?? null, growth },
      anomalies: {
        before: anomaliesJson(sides.before.anomalies),
        after: anomaliesJson(sides.after.anomalies),
      },
    }),
  );
}
