import { boolean, option } from '@oclif/core/flags';
import { ERROR_CODES } from '../model/error-codes.js';
import { fail, StrataError } from '../model/error.js';
import type { Image } from '../model/image.js';
import { type IndexedLayer, indexLayers } from '../layers/index/index-image.js';
import { unite } from '../layers/union/unite.js';
import { anomaliesJson, anomalyLines, countSeverities } from '../report/anomalies.js';
import { formatBytes, plural } from '../report/bytes.js';
import { type ErrorJson, errorJson } from '../report/error.js';
import { escapeForTerminal } from '../report/escape.js';
import { imageJson } from '../report/image.js';
import { imageArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { type Damage, readDamages, unreadDamages } from './file/damage.js';
import { toFailure } from './program/failure.js';
import { gatherAnomalies, openImage, reporting } from './image/open.js';
import { type MountedReport, reportMounted } from './container/verify-mounted.js';

/** What the verification of one image found. */
interface Findings {
  readonly image: Image;
  readonly damages: readonly Damage[];
  readonly anomalies: ReturnType<typeof gatherAnomalies>;
  /** Layers whose bytes are here and are what was promised. */
  readonly verified: readonly IndexedLayer[];
  /** Layers that are elsewhere by right, or encrypted. */
  readonly notHere: number;
}

export default class Verify extends StrataCommand {
  static override readonly summary =
    'Check every digest, size and diffID, the configuration, and list all anomalies.';
  static override readonly description = `Reads every byte again, whatever is known of it. Ends with 3 when a digest or size is wrong, a blob is missing, a
layer cannot be read, or an anomaly of severity error is found; warnings and notes are listed but do not fail
(--strict: warnings do). A foreign layer need not be here.

With --mounted the snapshot IMAGE[@N] is mounted as a container would see it, and every entry compared with what the layers
say: path, kind, mode, owner, size, time, link, device, attributes and content. Only root can.`;
  static override readonly examples = [
    { description: 'Is this image whole?', command: '<%= config.bin %> <%= command.id %> demo.tar' },
    {
      description: 'Would a container see what the layers say?',
      command: '<%= config.bin %> <%= command.id %> --mounted demo.tar@3',
    },
    { description: 'In a script', command: '<%= config.bin %> <%= command.id %> demo.tar --json' },
  ];
  static override readonly args = { image: imageArgument() };
  static override readonly flags = {
    mounted: boolean({ default: false, summary: 'Mount the snapshot, and compare every entry of it.' }),
    snapshot: option({ options: ['auto', 'erofs', 'unpacked'] as const })({
      default: 'auto',
      env: 'STRATA_SNAPSHOT',
      summary: 'How to mount it. Default: as EROFS where that works.',
    }),
    content: boolean({
      default: true,
      allowNo: true,
      summary: 'Compare the bytes of files too, with --mounted.',
    }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Verify);
    if (flags.mounted) return this.tellMounted(await reportMounted(context, args.image, flags), context);
    const opened = await openImage(context, args.image);
    try {
      return await this.tell(await check(opened.image, context), context);
    } finally {
      await opened.close();
    }
  }

  /** A blob that is named but not there is nothing the user asked for in vain, as elsewhere: it is the damage looked for. */
  protected override async catch(thrown: Error & { exitCode?: number }): Promise<void> {
    await super.catch(thrown);
    if (thrown instanceof StrataError && thrown.code === 'E_BLOB_MISSING')
      if (process.exitCode === thrown.exitCode) this.endWith(ERROR_CODES.E_DAMAGED.exit);
  }

  private async tellMounted({ json, lines, failure }: MountedReport, context: Context): Promise<object> {
    if (!context.json) {
      await context.output.lines(lines);
      if (failure !== undefined) throw failure;
    }
    if (failure !== undefined) this.endWith(failure.exitCode);
    return json;
  }

  /** Prints the findings, or returns them for --json. Throws E_DAMAGED after they are printed. */
  private async tell(findings: Findings, context: Context): Promise<object> {
    const { image, damages, anomalies, verified } = findings;
    const failure = judge(findings, context.strict);
    if (!context.json) await context.output.lines(report(findings, failure, context));
    if (failure !== undefined) {
      if (!context.json) throw failure;
      this.endWith(failure.exitCode);
    }
    return {
      image: imageJson(image),
      ok: failure === undefined,
      error: failure === undefined ? null : errorJson(failure).error,
      layers: image.layers.length,
      verifiedLayers: verified.length,
      plainBytes: plainBytes(verified),
      damages: damages.map(({ layer, error }) => ({ layer: layer ?? null, error: damageJson(error) })),
      anomalies: anomaliesJson(anomalies),
    };
  }
}

/** Reads all of an image. Throws what is no fault of the image: E_INTERRUPTED, E_UNREADABLE, E_INTERNAL, … */
async function check(image: Image, context: Context): Promise<Findings> {
  const results = await indexLayers(image, {
    store: await context.store(),
    limits: context.limits,
    signal: context.signal,
    fresh: true,
    ...reporting(context, image),
  });
  context.progress.end();
  if (context.signal.aborted) fail('E_INTERRUPTED', 'interrupted');
  const damages = [...unreadDamages(image), ...readDamages(results)];
  const damaged = new Set(damages.map(({ layer }) => layer));
  const good = results.flatMap((result) => ('error' in result ? [] : [result]));
  const here = good.filter(({ layer }) => layer.content.kind !== 'absent');
  // A stack with a hole would show what no file system ever has; only what is below the hole can be judged.
  const hole = results.findIndex((result) => 'error' in result || result.layer.content.kind === 'absent');
  const union = unite(good.slice(0, hole === -1 ? undefined : hole).map(({ index }) => index));
  // A blob that is missing is told as damage, so not once more as an anomaly.
  const told = { ...image, anomalies: image.anomalies.filter(({ code }) => code !== 'layer-absent') };
  return {
    image,
    damages,
    anomalies: gatherAnomalies(told, good, union),
    verified: here,
    notHere: good.filter(({ layer }) => layer.content.kind === 'absent' && !damaged.has(layer.position))
      .length,
  };
}

/** Returns the error that the command ends with; undefined for an image that is whole. */
function judge({ image, damages, anomalies }: Findings, strict: boolean): StrataError | undefined {
  const { error, warning } = countSeverities(anomalies);
  const found = [
    ...(damages.length > 0 ? [plural(damages.length, 'damage')] : []),
    ...(error > 0 ? [plural(error, 'anomaly of severity error', 'anomalies of severity error')] : []),
    ...(strict && warning > 0 ? [`${plural(warning, 'warning')} (--strict)`] : []),
  ];
  if (found.length === 0) return undefined;
  return new StrataError('E_DAMAGED', `verifying ${image.name}: ${found.join(', ')}`);
}

function report(findings: Findings, failure: StrataError | undefined, context: Context): string[] {
  const { damages, anomalies, verified, notHere } = findings;
  const { palette } = context.terminal.stdout;
  // The message names the layer.
  const lines = damages.map(({ error }) => {
    const { code, message } = damageJson(error);
    return `${palette.error('damaged')} ${code}: ${escapeForTerminal(message)}`;
  });
  lines.push(...anomalyLines(anomalies, { palette, list: ['error', 'warning', 'note'] }));
  const verdict = failure === undefined ? palette.added('ok') : palette.error('damaged');
  const absent = notHere === 0 ? '' : `, ${String(notHere)} not here`;
  const plain = formatBytes(plainBytes(verified), false);
  lines.push(`${verdict}: ${plural(verified.length, 'layer')} verified, ${plain} plain${absent}`);
  return lines;
}

function damageJson(thrown: unknown): ErrorJson['error'] {
  return errorJson(toFailure(thrown)).error;
}

function plainBytes(layers: readonly IndexedLayer[]): number {
  return layers.reduce((sum, { index }) => sum + index.plainBytes, 0);
}
