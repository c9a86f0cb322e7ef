import { CAPABILITIES } from '../../model/capability.js';
import { fail } from '../../model/error.js';
import { nearestWord } from './nearest.js';
import type { CapabilitySets } from './runtime-config.js';

/** All capabilities Linux has, in the order of their numbers, as in `CAP_CHOWN`. */
export const ALL_CAPABILITIES: readonly string[] = CAPABILITIES.map((name) => `CAP_${name.toUpperCase()}`);

/** The fourteen that docker gives a container. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SYS_CHROOT',
  'CAP_MKNOD',
  'CAP_AUDIT_WRITE',
  'CAP_SETFCAP',
];

const ALL = 'ALL';
const PREFIX = 'CAP_';

/** Returns the full name of a capability written in any case, with or without `CAP_`, or `ALL`. Throws E_USAGE. */
export function parseCapability(text: string): string {
  const upper = text.toUpperCase();
  if (upper === ALL) return ALL;
  const name = upper.startsWith(PREFIX) ? upper : `${PREFIX}${upper}`;
  if (ALL_CAPABILITIES.includes(name)) return name;
  // Without what all have in common, which would make any short word look near.
  const words = ALL_CAPABILITIES.map((one) => one.slice(PREFIX.length));
  const near = nearestWord(name.slice(PREFIX.length, 64), words);
  return fail('E_USAGE', `reading the capability '${text}': Linux has none of that name`, {
    hint: near === undefined ? 'capabilities(7) lists them' : `did you mean ${near}?`,
  });
}

/**
 * Returns the capabilities of a container by docker's rules: adding ALL wins over dropping it, dropping ALL leaves what
 * is added, and else what is both dropped and added is there. `available` are those this process may hand on; `ALL`
 * means these, and asking for another throws E_PRIVILEGE. Throws E_USAGE for an unknown name.
 */
export function chooseCapabilities(
  add: readonly string[],
  drop: readonly string[],
  available: readonly string[] = ALL_CAPABILITIES,
): readonly string[] {
  const added = new Set(add.map(parseCapability));
  const dropped = new Set(drop.map(parseCapability));
  for (const name of added)
    if (name !== ALL && !available.includes(name))
      fail('E_PRIVILEGE', `adding the capability ${name}: this process does not have it`);
  return available.filter((name) => {
    if (added.has(ALL)) return !dropped.has(name);
    if (added.has(name)) return true;
    return DEFAULT_CAPABILITIES.includes(name) && !dropped.has(ALL) && !dropped.has(name);
  });
}

/**
 * Returns the five sets of a process. A user other than root begins without any, as after execve(2) of an ordinary file,
 * but may gain those of the bounding set; nothing is inherited (CVE-2022-24769).
 */
export function capabilitySets(capabilities: readonly string[], uid: number): CapabilitySets {
  const held = uid === 0 ? capabilities : [];
  return { bounding: capabilities, effective: held, permitted: held, inheritable: [], ambient: [] };
}
