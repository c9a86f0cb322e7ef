/** One word of a command line that is being typed. */
export interface ShellWord {
  /** What the program would get: quotes and backslashes gone, `~/` and `$NAME` of the environment put in. */
  readonly text: string;
  /** As typed. */
  readonly raw: string;
  /** The quote that is open at its end; '' for none. */
  readonly quote: '' | "'" | '"';
  /** Where in `raw` that quote stands. */
  readonly quoteAt: number;
  /** Whether `text` is known: false where only the shell could say it (`$(…)`, backquotes, `$'…'`). */
  readonly known: boolean;
}

export type Variables = Readonly<Record<string, string | undefined>>;

const SEPARATOR = /[;|&()\n]/;
const REDIRECT = /[<>]/;
const BLANK = /[ \t]/;

/**
 * Returns the words of the last simple command of a shell line (POSIX, "Token Recognition"); the last one is the word at
 * the line's end, empty behind a blank. Executes and expands nothing but `~/` and variables. Redirections are left out.
 */
export function shellWords(line: string, variables: Variables): readonly ShellWord[] {
  let words: ShellWord[] = [];
  let redirected = false;
  let at = 0;
  for (;;) {
    while (at < line.length && BLANK.test(line[at])) at++;
    const char = line.charAt(at);
    if (SEPARATOR.test(char)) {
      words = [];
      redirected = false;
      at++;
      continue;
    }
    if (REDIRECT.test(char)) {
      redirected = true;
      at++;
      continue;
    }
    const { word, end } = readWord(line, at, variables);
    const isLast = end === line.length;
    if (!redirected || isLast) words.push(redirected ? { ...word, known: false } : word);
    if (isLast) return words;
    redirected = false;
    at = end;
  }
}

function readWord(line: string, start: number, variables: Variables): { word: ShellWord; end: number } {
  let text = '';
  let quote: ShellWord['quote'] = '';
  let quoteAt = 0;
  let known = true;
  let at = start;
  if (line.startsWith('~/', start)) {
    text = variables.HOME ?? '~';
    at++;
  }
  for (; at < line.length; at++) {
    const char = line[at];
    if (quote === '' && (BLANK.test(char) || SEPARATOR.test(char) || REDIRECT.test(char))) break;
    if (quote === "'") {
      if (char === quote) quote = '';
      else text += char;
    } else if (char === '\\') {
      const next = line.charAt(at + 1);
      // Between double quotes a backslash quotes only these.
      text += quote === '"' && !/[$`"\\]/.test(next) ? char + next : next;
      at++;
    } else if (char === '"' || (char === "'" && quote === '')) {
      if (quote === '') quoteAt = at - start;
      quote = quote === '' ? char : '';
    } else if (char === '`' || char === '$') {
      const variable = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/.exec(line.slice(at, at + 256));
      const value = variable === null ? undefined : variables[variable[1] || variable[2]];
      if (variable === null || value === undefined) known = false;
      else {
        text += value;
        at += variable[0].length - 1;
      }
    } else text += char;
  }
  const end = Math.min(at, line.length);
  return { word: { text, raw: line.slice(start, end), quote, quoteAt, known }, end };
}

/** Outside quotes these stand for themselves. Everything else gets a backslash. */
const PLAIN = /[\p{L}\p{M}\p{N}_./:=@%+,-]/u;

/**
 * Returns the text as it is to be typed behind an open quote, or outside one; undefined when it cannot be. The result,
 * read by a shell, is exactly the text: nothing in it is expanded or executed.
 */
export function quoteForShell(text: string, quote: ShellWord['quote']): string | undefined {
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return undefined;
  if (quote === "'") return text.includes("'") ? undefined : text;
  // History expansion knows no backslash between double quotes.
  if (quote === '"') return text.includes('!') ? undefined : text.replace(/[$`"\\]/g, '\\$&');
  return Array.from(text, (char) => (PLAIN.test(char) ? char : `\\${char}`)).join('');
}
