import { readFileSync } from 'node:fs';
import type { OverlayXattrs } from '../upper/upper-entry.js';

/**
 * Returns by which extended attributes overlayfs can be told what is opaque: only root of the machine sets trusted ones,
 * in a user namespace it reads those of the user (overlayfs.rst, "User xattr").
 */
export function overlayMarks(uidMap = readFileSync('/proc/self/uid_map', 'utf8')): OverlayXattrs {
  const [inside, outside, size] = uidMap.trim().split(/\s+/).map(Number);
  const initial = inside === 0 && outside === 0 && size === 2 ** 32 - 1;
  return initial && process.geteuid?.() === 0 ? 'trusted' : 'user';
}
