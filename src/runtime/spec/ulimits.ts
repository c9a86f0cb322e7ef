import { fail } from '../../model/error.js';
import { nearestWord } from './nearest.js';
import type { RlimitConfig } from './runtime-config.js';

/** 2^64-1: without limit (RLIM_INFINITY, getrlimit(2)). */
export const UNLIMITED = 2n ** 64n - 1n;

/** What docker can set, which leaves out RLIMIT_AS; and what /proc/PID/limits calls it (proc(5)). */
const LIMITS: ReadonlyMap<string, string> = new Map([
  ['core', 'Max core file size'],
  ['cpu', 'Max cpu time'],
  ['data', 'Max data size'],
  ['fsize', 'Max file size'],
  ['locks', 'Max file locks'],
  ['memlock', 'Max locked memory'],
  ['msgqueue', 'Max msgqueue size'],
  ['nice', 'Max nice priority'],
  ['nofile', 'Max open files'],
  ['nproc', 'Max processes'],
  ['rss', 'Max resident set'],
  ['rtprio', 'Max realtime priority'],
  ['rttime', 'Max realtime timeout'],
  ['sigpending', 'Max pending signals'],
  ['stack', 'Max stack size'],
]);

/** Below about 20 crun fails while it makes the container, with words that name something else. */
const FILES_MIN = 32n;

/** Our own hard limits by name, as in `nofile`. */
export type OwnLimits = ReadonlyMap<string, bigint>;

export interface Ulimit {
  /** As in `nofile`. */
  readonly name: string;
  readonly soft: bigint;
  readonly hard: bigint;
}

/**
 * Returns what `--ulimit name=soft[:hard]` says; -1 and `infinity` are without limit, and without a hard limit it is the
 * soft one. Throws E_USAGE.
 */
export function parseUlimit(text: string): Ulimit {
  const match = /^([^=]*)=([^:]*)(?::([^:]*))?$/.exec(text);
  if (match === null) return bad(text, 'it is not name=soft[:hard]', 'as in nofile=1024:2048');
  const [, name, softText, hardText] = match;
  if (!LIMITS.has(name)) {
    const near = nearestWord(name.slice(0, 64), [...LIMITS.keys()]);
    const hint = near === undefined ? `known are ${[...LIMITS.keys()].join(', ')}` : `did you mean ${near}?`;
    return bad(text, 'there is no such limit', hint);
  }
  const soft = parseValue(softText, text);
  const hard = (hardText as string | undefined) === undefined ? soft : parseValue(hardText, text);
  if (soft > hard) return bad(text, 'the soft limit is over the hard one', 'as in nofile=1024:2048');
  if (name === 'nofile' && soft < FILES_MIN)
    return bad(
      text,
      'the runtime itself opens more before the program begins',
      `from ${String(FILES_MIN)} on`,
    );
  return { name, soft, hard };
}

function parseValue(value: string, text: string): bigint {
  if (value === '-1' || value === 'infinity') return UNLIMITED;
  if (!/^\d{1,19}$/.test(value)) return bad(text, `'${value}' is not a number`, '-1 is without limit');
  return BigInt(value);
}

function bad(text: string, why: string, hint: string): never {
  return fail('E_USAGE', `reading --ulimit ${text}: ${why}`, { hint });
}

/** Returns the hard limits that the text of /proc/self/limits says; what it does not say has none. */
export function parseOwnLimits(text: string): OwnLimits {
  const limits = new Map<string, bigint>();
  for (const line of text.split('\n'))
    for (const [name, label] of LIMITS) {
      if (!line.startsWith(`${label} `)) continue;
      const hard = line.slice(label.length).trim().split(/\s+/).at(1);
      if (hard !== undefined && /^\d{1,20}$/.test(hard)) limits.set(name, BigInt(hard));
    }
  return limits;
}

/**
 * Returns the limits as the specification has them, the last of a name counting, sorted by name. Without
 * `mayRaise` (CAP_SYS_RESOURCE) they are brought down to our own, and `notes` says so.
 */
export function clampUlimits(
  wanted: readonly Ulimit[],
  own: OwnLimits,
  mayRaise: boolean,
): { readonly rlimits: readonly RlimitConfig[]; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const last = [...new Map(wanted.map((limit) => [limit.name, limit])).values()];
  const rlimits = last
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, soft, hard }) => {
      const most = mayRaise ? UNLIMITED : (own.get(name) ?? UNLIMITED);
      if (hard > most)
        notes.push(
          `--ulimit ${name}: brought down to ${String(most)}, this process may not raise its own limit`,
        );
      return { type: `RLIMIT_${name.toUpperCase()}`, soft: least(soft, most), hard: least(hard, most) };
    });
  return { rlimits, notes };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
