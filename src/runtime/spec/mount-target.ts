import path from 'node:path';
import { fail } from '../../model/error.js';

/** What every container has of its own, and a mount would take away. */
const RESERVED_TREES = ['/proc', '/sys'];
const RESERVED = ['/dev', '/dev/pts', '/dev/mqueue', '/dev/console', '/dev/ptmx', '/dev/null', '/dev/fd'];

/** Returns the clean form of the place of a user's mount. Throws E_USAGE unless it is absolute, and not reserved. */
export function parseMountTarget(text: string, what: string): string {
  const bad = (why: string): never => fail('E_USAGE', `reading ${what}: ${why}`);
  if (text.includes('\0')) bad('the target has a NUL');
  if (!text.startsWith('/')) bad(`the target '${text}' is not absolute`);
  const target = cleanPath(text);
  const why = whyReserved(target);
  return why === undefined ? target : bad(why);
}

/** Returns why nothing may be mounted on a clean absolute path, or undefined. */
export function whyReserved(target: string): string | undefined {
  if (target === '/') return "the target is the container's root";
  const tree = RESERVED_TREES.find((top) => target === top || target.startsWith(`${top}/`));
  if (tree !== undefined) return `the target ${target} is in ${tree}, which the container has of its own`;
  if (RESERVED.includes(target)) return `the target ${target} is one that the container has of its own`;
  return undefined;
}

/** Returns an absolute path without `.`, `..`, double slashes and a slash at its end. */
export function cleanPath(text: string): string {
  return path.posix.normalize(`/${text}`).replace(/(?<=.)\/$/, '');
}
