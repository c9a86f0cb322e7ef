import { boolean } from '@oclif/core/flags';
import type { AnomalyLog } from '../model/anomaly.js';
import { fail } from '../model/error.js';
import { countSeverities } from '../report/anomalies.js';
import { plural } from '../report/bytes.js';

/** `--despite-errors`: write files of an image that breaks a MUST of its specifications. */
export const despiteErrorsFlag = boolean({
  summary: 'Go on although the image has anomalies of severity error; they are left out or read as listed.',
});

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
