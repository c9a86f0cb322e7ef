import { fail } from './error.js';
import { canonicalName, familiarName } from './distribution-name.js';

/**
 * Returns whether a name fits a pattern of `--filter reference=`: `*` and `?` stand for what is not `/`, `[a-z]` for one of
 * a set; with or without the tag, in docker's short spelling or whole (Go path.Match, as docker has it). Throws E_USAGE for
 * a set that is not closed.
 */
export function compileReferencePattern(pattern: string): (name: string) => boolean {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) fail('E_USAGE', `reading the pattern '${pattern.slice(0, 200)}': a [ is not closed`);
      const set = pattern.slice(at + 1, end).replace(/[\\\]]/g, '\\$&');
      source += `[${set}]`;
      at = end;
    } else source += char.replace(/[.+^${}()|\\]/g, '\\$&');
  }
  let fits: RegExp;
  try {
    // Consecutive stars would make the match take exponential time.
    fits = new RegExp(`^(?:${source.replace(/(?:\[\^\/\]\*)+/g, '[^/]*')})$`);
  } catch {
    return fail('E_USAGE', `reading the pattern '${pattern.slice(0, 200)}': a set in it is malformed`);
  }
  return (name) => {
    const forms = [familiarName(name), canonicalName(name)];
    return forms.some((form) => fits.test(form) || fits.test(form.replace(/:[^/:]*$/, '')));
  };
}
