import { boolean } from '@oclif/core/flags';
import type { AnomalyLog } from '../../model/anomaly.js';
import { fail, StrataError } from '../../model/error.js';
import type { Image, Layer } from '../../model/image.js';
import { countSeverities } from '../../report/anomalies.js';
import { plural } from '../../report/bytes.js';
import { toFailure } from '../program/failure.js';

/** `--despite-errors`: write files of an image that breaks a MUST of its specifications, or that is not whole. */
export const despiteErrorsFlag = boolean({
  summary: `Go on although the image has anomalies of severity error, which are left out or read as listed, or a layer
is not here.`,
});

/**
 * Throws E_LAYER_UNAVAILABLE when a layer above `from`, up to `n`, is not here and the user did not say to go on: it may
 * have changed or removed what the layers that are here show.
 */
export function refuseHoles(
  { layers }: Image,
  { from, n }: { readonly from: number; readonly n: number },
  doing: string,
  despite: boolean,
): void {
  const hole = layers.find(
    ({ position, content }) => position > from && position <= n && content.kind === 'absent',
  );
  if (despite || hole?.content.kind !== 'absent') return;
  fail(
    'E_LAYER_UNAVAILABLE',
    `${doing}: layer ${String(hole.position)} is ${hole.content.why}, so nobody knows what it changes`,
    { hint: '--despite-errors goes on without it' },
  );
}

/** Throws E_DAMAGED when there are anomalies of severity error and the user did not say to go on. */
export function refuseErrors(
  log: Pick<AnomalyLog, 'counts'>,
  doing: string,
  image: string,
  despite: boolean,
): void {
  const { error } = countSeverities(log);
  if (error === 0 || despite) return;
  fail(
    'E_DAMAGED',
    `${doing} ${image}: the image has ${plural(error, 'anomaly', 'anomalies')} of severity error`,
    {
      hint: `strata verify ${image} lists them; --despite-errors goes on`,
    },
  );
}

/** Something the image promises and its bytes do not keep. */
export interface Damage {
  /** Position of the layer; undefined for the configuration. */
  readonly layer: number | undefined;
  readonly error: StrataError;
}

/** Returns the damage that shows before any layer is read: blobs that are missing, a history that Docker refuses. */
export function unreadDamages(image: Image): Damage[] {
  const damages: Damage[] = [];
  const history = historyError(image);
  if (history !== undefined) damages.push({ layer: undefined, error: history });
  for (const { position, content, digest, diffID } of image.layers) {
    // Foreign and encrypted layers cannot be read, but nothing that was promised is missing.
    if (content.kind !== 'absent' || content.why !== 'missing') continue;
    const blob = digest === undefined ? `its tar with diffID ${String(diffID)}` : `its blob ${digest}`;
    const message = `reading layer ${String(position)}: ${blob} is not in ${image.name}`;
    const hint = 'the image was copied incompletely; copy it again';
    damages.push({ layer: position, error: new StrataError('E_BLOB_MISSING', message, { hint }) });
  }
  return damages;
}

/**
 * Returns the damage that reading the layers showed. Throws an error that is no fault of the image, as of the operating
 * system: what could not be read for such a reason is not damaged.
 */
export function readDamages(
  results: readonly { readonly layer: Layer; readonly error?: unknown }[],
): Damage[] {
  return results
    .filter((result) => 'error' in result)
    .map(({ layer, error: thrown }) => {
      const error = toFailure(thrown);
      if (error.exitCode !== DAMAGED) throw error;
      return { layer: layer.position, error };
    });
}

const DAMAGED = 3;

/**
 * Docker refuses a configuration whose history has more steps with a layer than there are diffIDs (moby, image/store.go:
 * "too many non-empty layers in History section"); fewer are read by all, so that is only an anomaly.
 */
function historyError({ config, layers }: Image): StrataError | undefined {
  const promised = config.diffIDs.length;
  // Schema 1 and root file systems promise no diffIDs.
  if (layers.length > promised) return undefined;
  const steps = config.history.filter((step) => !step.emptyLayer).length;
  if (steps <= promised) return undefined;
  return new StrataError(
    'E_CONFIG',
    `reading the image configuration: its history has ${plural(steps, 'step')} with a layer for ${plural(promised, 'diffID')}, which Docker refuses`,
  );
}
