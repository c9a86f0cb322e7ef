import { toErrorRecord, type ErrorRecord } from '../model/error.js';
import type { Palette } from './colour.js';
import { escapeForTerminal } from './escape.js';

/** Where a mistake of strata itself is reported. */
const REPORT_HINT =
  'this is a mistake of strata: please report it with the output of the same command under --debug';

export interface ErrorFormat {
  readonly palette: Palette;
  /** Adds the stack of a foreign error and the chain of causes. */
  readonly debug?: boolean;
}

/** Returns the record of a thrown value as it is shown: a foreign error is E_INTERNAL and asks to be reported. */
function errorRecord(thrown: unknown): ErrorRecord {
  const record = toErrorRecord(thrown);
  return record.code === 'E_INTERNAL' ? { ...record, hint: record.hint ?? REPORT_HINT } : record;
}

/**
 * Returns the lines that tell of an error, without the last line feed: `CODE: message`, then `hint: ...`. Everything
 * is escaped, so a message is one line whatever names it holds.
 */
export function formatError(thrown: unknown, { palette, debug = false }: ErrorFormat): string {
  const { code, message, hint } = errorRecord(thrown);
  const lines = [`${palette.error(`${code}:`)} ${escapeForTerminal(message)}`];
  if (hint !== undefined) lines.push(`${palette.hint('hint:')} ${escapeForTerminal(hint)}`);
  if (debug) lines.push(...stackLines(thrown).map(palette.dim));
  return lines.join('\n');
}

/** The fields of an error in JSON: `{"error": {code, message, hint}}`. */
export interface ErrorJson {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/** Returns what `--json` prints for a thrown value. */
export function errorJson(thrown: unknown): ErrorJson {
  const { code, message, hint } = errorRecord(thrown);
  return { error: { code, message, hint: hint ?? null } };
}

/** How many causes are followed; a cycle of causes ends there. */
const CAUSES = 8;

function stackLines(thrown: unknown): string[] {
  const lines: string[] = [];
  let current: unknown = thrown;
  for (let i = 0; i < CAUSES && current instanceof Error; i++) {
    const stack = current.stack ?? `${current.name}: ${current.message}`;
    lines.push(...`${i === 0 ? '' : 'cause: '}${stack}`.split('\n').map((line) => escapeForTerminal(line)));
    current = current.cause;
  }
  return lines;
}
