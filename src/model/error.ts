import { ERROR_CODES, type ErrorCode } from './error-codes.js';

export interface ErrorDetails {
  /** What the user can do next, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class. `message` says what was being done, to which thing, and why it failed (no trailing dot, names
 * already escaped by the printer, never here); `code` is stable and listed in docs/errors.md.
 */
export class StrataError extends Error {
  override readonly name = 'StrataError';
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hint = details.hint;
    this.exitCode = ERROR_CODES[code].exit;
  }
}

/** Throws a {@link StrataError}; an expression, so that it can stand behind `??`. */
export function fail(code: ErrorCode, message: string, details?: ErrorDetails): never {
  throw new StrataError(code, message, details);
}

/** What an error crossing a worker boundary keeps: structured clone loses classes. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Returns the record of any thrown value; foreign errors become E_INTERNAL. */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof StrataError) return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  return {
    code: 'E_INTERNAL',
    message: thrown instanceof Error ? thrown.message : String(thrown),
    hint: undefined,
  };
}

export function fromErrorRecord(record: ErrorRecord): StrataError {
  return new StrataError(record.code, record.message, record.hint === undefined ? {} : { hint: record.hint });
}
