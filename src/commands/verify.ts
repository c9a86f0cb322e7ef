import { fail } from '../model/error.js';
import type { Image } from '../model/image.js';
import { type IndexedLayer, indexLayers } from '../layers/index-image.js';
import { unite } from '../layers/unite.js';
import { anomaliesJson, anomalyLines, countSeverities } from '../report/anomalies.js';
import { formatBytes, plural } from '../report/bytes.js';
import { errorJson } from '../report/error.js';
import { escapeForTerminal } from '../report/escape.js';
import { imageJson } from '../report/image.js';
import { imageArgument } from './args.js';
import { StrataCommand } from './base.js';
import type { Context } from './context.js';
import { toFailure } from './failure.js';
import { gatherAnomalies, openImage, reporting } from './open.js';

/** A layer that could not be read as promised. */
interface Damage {
  readonly layer: number;
  readonly error: ReturnType<typeof errorJson>['error'];
}

export default class Verify extends StrataCommand {
  static override readonly summary =
    'Check every digest, size and diffID, the configuration, and list all anomalies.';
  static override readonly description = `Reads every byte again, whatever is known of it. Ends with 3 when a digest or size is wrong, a layer cannot
be read, or an anomaly of severity error is found; warnings and notes are listed but do not fail (--strict: warnings do).`;
  static override readonly examples = [
    { description: 'Is this image whole?', command: '<%= config.bin %> <%= command.id %> demo.tar' },
    { description: 'In a script', command: '<%= config.bin %> <%= command.id %> demo.tar --json' },
  ];
  static override readonly args = { image: imageArgument() };

  async run(): Promise<unknown> {
    const { args, context } = await this.begin(Verify);
    const opened = await openImage(context, args.image);
    try {
      return await this.check(opened.image, context);
    } finally {
      await opened.close();
    }
  }

  private async check(image: Image, context: Context): Promise<unknown> {
    const results = await indexLayers(image, {
      store: await context.store(),
      limits: context.limits,
      signal: context.signal,
      fresh: true,
      ...reporting(context, image),
    });
    context.progress.end();
    if (context.signal.aborted) fail('E_INTERRUPTED', 'interrupted');
    const good: IndexedLayer[] = [];
    const damages: Damage[] = [];
    for (const result of results) {
      if ('error' in result)
        damages.push({ layer: result.layer.position, error: errorJson(toFailure(result.error)).error });
      else good.push(result);
    }
    // A stack with a hole would show what no file system ever has; then only the layers themselves are judged.
    const union = unite(damages.length === 0 ? good.map(({ index }) => index) : []);
    const anomalies = gatherAnomalies(image, good, union);
    const severities = countSeverities(anomalies);
    const failed = damages.length > 0 || severities.error > 0;
    if (!context.json) await context.output.lines(this.report(image, good, damages, anomalies, context));
    this.settleStrictly(context, severities);
    if (failed) this.endWith(3);
    return {
      image: imageJson(image),
      ok: !failed,
      layers: image.layers.length,
      verifiedLayers: good.filter(({ layer }) => layer.content.kind !== 'absent').length,
      plainBytes: good.reduce((sum, { index }) => sum + index.plainBytes, 0),
      damages,
      anomalies: anomaliesJson(anomalies),
    };
  }

  private settleStrictly(context: Context, { error, warning }: { error: number; warning: number }): void {
    if (context.strict && error + warning > 0) this.endWith(3);
  }

  private report(
    image: Image,
    good: readonly IndexedLayer[],
    damages: readonly Damage[],
    anomalies: ReturnType<typeof gatherAnomalies>,
    context: Context,
  ): string[] {
    const { palette } = context.terminal.stdout;
    const here = good.filter(({ layer }) => layer.content.kind !== 'absent');
    const absent = good.length - here.length;
    const bytes = here.reduce((sum, { index }) => sum + index.plainBytes, 0);
    const { error } = countSeverities(anomalies);
    const lines = damages.map(
      ({ layer, error: { code, message } }) =>
        `${palette.error('damaged')} layer ${String(layer)}: ${code}: ${escapeForTerminal(message)}`,
    );
    lines.push(...anomalyLines(anomalies, { palette, list: ['error', 'warning', 'note'] }));
    const verdict =
      damages.length > 0
        ? palette.error(`damaged: ${plural(damages.length, 'layer')} of ${String(image.layers.length)}`)
        : error > 0
          ? palette.error(`broken rules: ${plural(error, 'error')}`)
          : palette.added('ok');
    lines.push(
      `${verdict}: ${plural(here.length, 'layer')} verified, ${formatBytes(bytes, false)} plain${absent === 0 ? '' : `, ${String(absent)} not here`}`,
    );
    return lines;
  }
}
