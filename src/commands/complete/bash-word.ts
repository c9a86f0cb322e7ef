import { quoteForShell, type ShellWord, shellWords, type Variables } from './shell-line.js';

/**
 * Returns what bash is to put in place of the word that it sees at the cursor: that begins behind an open quote, else at
 * the last character of COMP_WORDBREAKS outside of quotes. Typed directories stay as they were typed where that is
 * simple: `~/`, `$NAME/`. Undefined for what cannot be typed there.
 */
export function wordForBash(
  text: string,
  current: ShellWord | undefined,
  breaks: string,
  variables: Variables,
): string | undefined {
  if (current === undefined) return undefined;
  const { raw, quote, quoteAt } = current;
  if (quote !== '') {
    const quoted = quoteAt === 0 ? quoteForShell(text, quote) : undefined;
    // Readline closes the quotes, but not when the last character is one already.
    return quoted?.endsWith(quote) === true ? quoted + quote : quoted;
  }
  const from = wordStart(raw, breaks);
  // A directory may end inside of quotes, and one cannot go on there.
  const kept = /['"]/.test(raw) ? from : Math.max(from, raw.lastIndexOf('/') + 1);
  const known = kept === 0 ? '' : (shellWords(raw.slice(0, kept), variables).at(-1)?.text ?? '');
  const rest = text.startsWith(known) ? quoteForShell(text.slice(known.length), '') : undefined;
  return rest === undefined ? undefined : raw.slice(from, kept) + rest;
}

/** Where readline takes a word to begin (`_rl_find_completion_word`). */
function wordStart(raw: string, breaks: string): number {
  let start = 0;
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at];
    if (char === '\\') at++;
    else if (char === '"' || char === "'") at = endOfQuotes(raw, at);
    // A word that begins at an `@` begins with it: bash may want to complete the name of a host.
    else if (breaks.includes(char)) start = char === '@' ? at : at + 1;
  }
  return start;
}

function endOfQuotes(raw: string, open: number): number {
  const quote = raw[open];
  let at = open + 1;
  while (at < raw.length && raw[at] !== quote) at += quote === '"' && raw[at] === '\\' ? 2 : 1;
  return at;
}
