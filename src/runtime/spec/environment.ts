import { fail } from '../../model/error.js';

/** One wish: a value, or `undefined` for a variable that is not to be there. */
export type EnvironmentChange = readonly [name: string, value: string | undefined];

/** Where a variable named without a value comes from. */
export type HostEnvironment = Readonly<Record<string, string | undefined>>;

/** PATH where an image has none. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Returns what `-e KEY=VALUE` or `-e KEY` says, the latter with the host's value; where the host has none the variable
 * is taken out, as docker does. Throws E_USAGE for an empty name.
 */
export function parseEnvironment(text: string, host: HostEnvironment): EnvironmentChange {
  const [name, value] = splitPair(text);
  if (name === '') fail('E_USAGE', `reading the environment variable '${text}': it has no name`);
  refuseNul(text, 'the environment variable');
  return [name, value ?? hostValue(host, name)];
}

/** Returns the host's value; a property that every object has is none. */
export function hostValue(host: HostEnvironment, name: string): string | undefined {
  return Object.hasOwn(host, name) ? host[name] : undefined;
}

export interface EnvironmentInput {
  /** `Env` of the image. */
  readonly image: readonly string[];
  /** Of `--env-file`, then of `-e`: the later one wins. */
  readonly changes: readonly EnvironmentChange[];
  readonly hostname: string;
  readonly home: string;
  readonly tty: boolean;
}

/**
 * Returns the environment in docker's order: PATH, HOSTNAME, TERM with a terminal, the image's, then the changes; HOME
 * is that of the user unless given. Entries of the image without a name and a value are left out. Throws E_CONFIG for a
 * NUL in the image's.
 */
export function makeEnvironment(input: EnvironmentInput): readonly string[] {
  const values = new Map<string, string>([
    ['PATH', DEFAULT_PATH],
    ['HOSTNAME', input.hostname],
  ]);
  if (input.tty) values.set('TERM', 'xterm');
  for (const entry of input.image) {
    const [name, value] = splitPair(entry);
    if (name === '' || value === undefined) continue;
    if (entry.includes('\0')) fail('E_CONFIG', `reading the image's environment: ${name} has a NUL`);
    values.set(name, value);
  }
  for (const [name, value] of input.changes)
    if (value === undefined) values.delete(name);
    else values.set(name, value);
  // An empty one counts as none, as for runc.
  if ((values.get('HOME') ?? '') === '') values.set('HOME', input.home);
  return [...values].map(([name, value]) => `${name}=${value}`);
}

function splitPair(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Throws E_USAGE: a NUL would cut the text for the kernel. */
function refuseNul(text: string, what: string): void {
  if (text.includes('\0')) fail('E_USAGE', `reading ${what}: it has a NUL`);
}
