import type { AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import { decodeName } from '../../model/name.js';

/** Where the records come from and what they may cost. */
export interface PaxContext {
  /** Where the header block of the extension begins in the tar. */
  readonly offset: number;
  /** A global header: what lays out one member's body is not taken from it. */
  readonly global: boolean;
  readonly limits: Limits;
  readonly anomalies: AnomalyLog;
}

/** One record of a header's body, as offsets in it; one object serves all records of a header in turn. */
export interface PaxRecord {
  readonly body: Uint8Array;
  readonly context: PaxContext;
  key: number;
  /** Where the key ends; the value begins behind the equals sign. */
  value: number;
  /** Where the value ends, before the newline. */
  end: number;
}

/** True when the bytes from `at` on are those of the ASCII `word`; past the end there is none. */
export function isWord(body: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (body[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/** The value's bytes: a view. */
export function valueOf({ body, value, end }: PaxRecord): Uint8Array {
  return body.subarray(value, end);
}

/** The first bytes of a value, for a switch or a message. */
export function shownValue({ body, value, end }: PaxRecord): string {
  return shown(body, value, end);
}

/** The first bytes of a key, from `at` on. */
export function shownKey({ body, value }: PaxRecord, at: number): string {
  return shown(body, at, value - 1);
}

function shown(body: Uint8Array, start: number, end: number): string {
  return decodeName(body.subarray(start, Math.min(end, start + 60)));
}

/** Throws E_TAR when a value that becomes a name holds a NUL, which a C reader would end it at. */
export function refuseNul({ body, value, end, context }: PaxRecord): void {
  for (let i = value; i < end; i++) if (body[i] === 0) return damaged(context, 'a name holds a NUL byte');
}

/** Where an anomaly of the header is. */
export function place(context: PaxContext): string {
  return `byte ${context.offset}`;
}

/** Throws E_TAR with the place of the header. */
export function damaged(context: PaxContext, why: string): never {
  return fail('E_TAR', `reading the extended header at byte ${context.offset}: ${why}`);
}
