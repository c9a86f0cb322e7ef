import path from 'node:path';
import { fail } from '../../model/error.js';

/**
 * Returns the directory the process begins in: the flag's, which must be absolute unless it is empty, else the image's below `/`. Links of
 * the snapshot are followed by `follow` before it is judged: below /proc it could be a directory of the host
 * (CVE-2024-21626). Throws E_USAGE for the flag's and E_UNSAFE_PATH for such a place.
 */
export function workingDirectory(
  flag: string | undefined,
  image: string,
  follow: (path: string) => string = (given) => given,
): string {
  const asked = flag === '' ? undefined : flag;
  if (asked?.startsWith('/') === false)
    fail('E_USAGE', `reading the working directory '${asked}': it is not absolute`);
  const wanted = asked ?? image;
  if (wanted.includes('\0')) fail('E_CONFIG', 'reading the working directory: it has a NUL');
  const directory = path.posix.join('/', wanted).replace(/(?<=.)\/$/, '');
  for (const place of [directory, follow(directory)])
    if (place === '/proc' || place.startsWith('/proc/'))
      fail('E_UNSAFE_PATH', `beginning in ${directory}: it leads to ${place}, below /proc`, {
        hint: 'give another with --workdir',
      });
  return directory;
}
