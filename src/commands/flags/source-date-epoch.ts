import { fail } from '../../model/error.js';
import type { Environment } from '../program/terminal.js';

/** Reads SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch). Throws E_USAGE. */
export function sourceDateEpoch({ SOURCE_DATE_EPOCH: text }: Environment): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  return fail('E_USAGE', `reading SOURCE_DATE_EPOCH '${text}': not a number of seconds since 1970`, {
    hint: 'set it to what `date +%s` gives, or unset it',
  });
}
