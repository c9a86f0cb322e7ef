import { fail } from '../../model/error.js';

/** Returns how many lines `--tail` asks for; undefined for `all` and, as docker has it, negative numbers. Throws E_USAGE. */
export function parseTail(text: string): number | undefined {
  if (text === 'all' || /^-\d+$/.test(text)) return undefined;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return count ?? fail('E_USAGE', `reading --tail '${text}': neither a number of lines nor 'all'`);
}
