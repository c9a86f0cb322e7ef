import { fail } from '../../model/error.js';
import { cleanPath } from './mount-target.js';
import type { RequestedDevice } from './request.js';
import type { DeviceNode, DeviceRule } from './runtime-config.js';

const allow = (major: number, minor?: number): DeviceRule => ({
  allow: true,
  type: 'c',
  major,
  ...(minor === undefined ? {} : { minor }),
  access: 'rwm',
});

/** null, zero, full, random, urandom, tty, console, ptmx and the terminals of the container's own devpts. */
const DEFAULT_RULES: readonly DeviceRule[] = [
  { allow: false, access: 'rwm' },
  allow(1, 3),
  allow(1, 5),
  allow(1, 7),
  allow(1, 8),
  allow(1, 9),
  allow(5, 0),
  allow(5, 1),
  allow(5, 2),
  allow(136),
];

/** What `--device` says: a path of the host, one of the container, and of `rwm` what it may do. */
export interface DeviceRequest {
  readonly source: string;
  readonly target: string;
  readonly access: string;
}

/** Returns what `--device SOURCE[:TARGET][:rwm]` says, by docker's rules. Throws E_USAGE. */
export function parseDevice(text: string): DeviceRequest {
  const parts = text.split(':');
  const bad = (why: string): never =>
    fail('E_USAGE', `reading --device ${text}: ${why}`, { hint: 'write /dev/sda or /dev/sda:/dev/xvda:r' });
  if (parts.includes('') || parts.length > 3) bad('it is not SOURCE[:TARGET][:rwm]');
  const [source, second, third] = parts as [string, string?, string?];
  const access = third ?? (second !== undefined && isAccess(second) ? second : 'rwm');
  const target = second === undefined || (third === undefined && isAccess(second)) ? source : second;
  if (!isAccess(access)) bad(`'${access}' is not of r, w and m`);
  for (const one of [source, target])
    if (!one.startsWith('/') || one.includes('\0')) bad(`'${one}' is not an absolute path`);
  const clean = cleanPath(target);
  if (!clean.startsWith('/dev/')) bad(`'${clean}' is not below /dev`);
  return { source: cleanPath(source), target: clean, access };
}

function isAccess(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}

/** Returns what `--device-cgroup-rule 'c 42:* rmw'` says (docker-run(1)). Throws E_USAGE. */
export function parseDeviceRule(text: string): DeviceRule {
  const match = /^([acb]) (\d{1,8}|\*):(\d{1,8}|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null || !isAccess(match[4]))
    return fail('E_USAGE', `reading --device-cgroup-rule '${text}': not a rule`, {
      hint: "write 'c 42:* rwm'",
    });
  const number = (digits: string): number => (digits === '*' ? -1 : Number(digits));
  return {
    allow: true,
    type: match[1] as 'a' | 'c' | 'b',
    major: number(match[2]),
    minor: number(match[3]),
    access: match[4],
  };
}

/** Returns the rules of the device control group: nothing but the ordinary devices and what was asked for. */
export function deviceRules(
  devices: readonly RequestedDevice[],
  extra: readonly DeviceRule[],
): readonly DeviceRule[] {
  const own = devices.map(({ type, major, minor, access }) => ({ allow: true, type, major, minor, access }));
  return [...DEFAULT_RULES, ...own, ...extra];
}

/** Returns the nodes to be made beside the ordinary ones, which the runtime makes. */
export function deviceNodes(devices: readonly RequestedDevice[]): readonly DeviceNode[] {
  return devices.map(({ path, type, major, minor, fileMode, uid, gid }) => ({
    path,
    type,
    major,
    minor,
    fileMode,
    uid,
    gid,
  }));
}
