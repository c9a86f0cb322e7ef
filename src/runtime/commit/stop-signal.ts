import { constants } from 'node:os';
import { fail } from '../../model/error.js';

/** signal(7): the last of the real-time signals. */
const LARGEST = 64;

/** Returns the signal as it is: a number from 1 to 64, or a name with or without SIG. Throws E_USAGE for any other. */
export function checkSignal(text: string): string {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= LARGEST) return text;
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  if (Object.hasOwn(constants.signals, name) || /^SIGRTM(?:IN(?:\+\d{1,2})?|AX(?:-\d{1,2})?)$/.test(name))
    return text;
  return fail('E_USAGE', `reading the change STOPSIGNAL: ${text} is not a signal`);
}
