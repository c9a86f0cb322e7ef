import { readFileSync } from 'node:fs';

/** Why an ordinary user gets no user namespace here, and the command with which root allows it. */
export interface Refusal {
  readonly why: string;
  readonly remedy: string;
}

interface Switch {
  readonly name: string;
  /** Whether it refuses with that value. */
  readonly refuses: (value: number) => boolean;
  readonly good: string;
}

/** user_namespaces(7), Debian's and Ubuntu's own. */
const SWITCHES: readonly Switch[] = [
  { name: 'user.max_user_namespaces', refuses: (value) => value === 0, good: '15000' },
  { name: 'kernel.unprivileged_userns_clone', refuses: (value) => value === 0, good: '1' },
  { name: 'kernel.apparmor_restrict_unprivileged_userns', refuses: (value) => value === 1, good: '0' },
];

/** Returns what of this machine's settings forbids user namespaces; undefined when none of those known does. */
export function whyRefused(value: (name: string) => number | undefined = readSysctl): Refusal | undefined {
  for (const { name, refuses, good } of SWITCHES) {
    const found = value(name);
    if (found !== undefined && refuses(found))
      return { why: `${name} is ${String(found)}`, remedy: `sysctl -w ${name}=${good}` };
  }
  return undefined;
}

/** True when namespaces can be made but may be good for nothing (AppArmor takes away the privileges in them). */
export function mayBeCrippled(): boolean {
  return readSysctl('kernel.apparmor_restrict_unprivileged_userns') === 1;
}

/** Returns a kernel parameter that is a number; undefined where the kernel has none of that name. */
export function readSysctl(name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8'));
  } catch {
    return undefined;
  }
}
