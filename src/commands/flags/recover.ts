import { fail } from '../../model/error.js';
import type { Context } from '../program/context.js';

/** What `--output` calls standard output. */
export const STDOUT = '-';

/** The values of the flags of `strata recover`. */
export interface RecoverFlags {
  readonly version: string | undefined;
  readonly output: string | undefined;
  readonly all: boolean;
  readonly list: boolean;
  readonly preserve: boolean;
  readonly bytes: boolean;
  readonly 'despite-errors': boolean;
}

/** Throws E_USAGE for flags that do not go together, and E_PRIVILEGE. */
export function checkFlags({ output, all, list: listed, preserve }: RecoverFlags, { json }: Context): void {
  if (listed && output !== undefined)
    fail('E_USAGE', 'reading the command line: --list writes nothing to --output');
  if (output === '') fail('E_USAGE', 'reading the command line: --output names nothing');
  if (all && output === STDOUT)
    fail('E_USAGE', 'recovering everything: standard output is one file', {
      hint: 'name a new directory: --output DIR',
    });
  if (json && !listed && (output === undefined || output === STDOUT))
    fail('E_USAGE', 'reading the command line: the content and --json both need standard output', {
      hint: 'name a file with --output; strata cat --deleted --json gives the content in JSON',
    });
  if (preserve && process.getuid?.() !== 0)
    fail('E_PRIVILEGE', 'recovering with --preserve: only root can give files to other users', {
      hint: 'leave --preserve out, then the files belong to you',
    });
}
