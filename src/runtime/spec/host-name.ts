import { fail } from '../../model/error.js';

/** What Linux has room for, less one (HOST_NAME_MAX, sethostname(2)). */
const LENGTH_MAX = 63;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;

/**
 * Returns a host or domain name of RFC 1123, of at most 63 characters; names of services have underscores, too. Throws E_USAGE
 * naming `what`.
 */
export function parseHostName(text: string, what: string): string {
  const bad = (why: string): never => fail('E_USAGE', `reading ${what} '${text.slice(0, 200)}': ${why}`);
  if (text === '') bad('it is empty');
  if (text.length > LENGTH_MAX) bad('it is longer than 63 characters');
  if (!text.split('.').every((label) => LABEL.test(label)))
    bad(
      'it has other than letters, digits, dots, hyphens and underscores, or begins or ends a part with a hyphen',
    );
  return text;
}
