import { textIfAny } from '../store/if-any.js';
import { type IdMap, idOutside } from './id-map.js';

/** Returns the map of the user namespace of this process; empty in the first one, which has the whole range onto itself. */
export function ownIdMap(kind: 'uid' | 'gid', text = textIfAny(`/proc/self/${kind}_map`)): IdMap {
  const extents = text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
  // user_namespaces(7)
  const whole = extents.length === 1 && extents[0].containerID === 0 && extents[0].size === 2 ** 32 - 1;
  return whole ? [] : extents;
}

/** True when this process has no privileges outside of a user namespace, whatever it is inside of it. */
export function isRootless(): boolean {
  return process.getuid?.() !== 0 || ownIdMap('uid').length > 0;
}

/** Returns the user whose process this is outside of the user namespace that it may be in. */
export function ownerOutside(): number {
  const uid = process.getuid?.() ?? -1;
  return uid === 0 ? (idOutside(ownIdMap('uid'), 0) ?? 0) : uid;
}
