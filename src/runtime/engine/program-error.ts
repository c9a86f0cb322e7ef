import { StrataError } from '../../model/error.js';

const MISSING = /executable file (?:.* )?not found|exec: .*no such file or directory/i;
const NOT_RUNNABLE =
  /open executable|exec(?:utable)?\b.*(?:permission denied|exec format error|is a directory)/i;

/**
 * Returns what an error of the runtime is when its own words, those of crun and of runc, say that the program is not there
 * (E_COMMAND_MISSING, with this hint) or cannot be run (E_COMMAND); else the error itself.
 */
export function programError(error: StrataError, said: string, hint?: string): StrataError {
  const { message } = error;
  const words = `running the program: ${message.slice(message.indexOf(': ') + 2)}`;
  if (MISSING.test(said))
    return new StrataError('E_COMMAND_MISSING', words, hint === undefined ? {} : { hint });
  return NOT_RUNNABLE.test(said) ? new StrataError('E_COMMAND', words) : error;
}
