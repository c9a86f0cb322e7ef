import { fail } from '../../model/error.js';

/** Values that words of a Dockerfile instruction may name: the image's environment. */
export type Variables = ReadonlyMap<string, string>;

const NAME = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#]/y;

/**
 * Returns the words of a Dockerfile operand, quotes and variables left in them (BuildKit parser.parseWords): blanks inside
 * quotes and behind a backslash do not end a word.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word = (word ?? '') + char;
    if (char === '\\' && quote !== "'" && i + 1 < text.length) word += text[++i];
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * Returns a word with its quotes removed and its variables replaced, as a build does it (Dockerfile reference,
 * "Environment replacement"): `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}`. A name without a value is empty. Throws
 * E_USAGE for an open quote or brace and for other modifiers.
 */
export function expandWord(text: string, variables: Variables): string {
  const state = { at: 0 };
  const value = expandUntil(text, state, undefined, variables);
  return value;
}

function expandUntil(
  text: string,
  state: { at: number },
  end: '}' | '"' | undefined,
  variables: Variables,
): string {
  let out = '';
  while (state.at < text.length) {
    const char = text[state.at];
    if (char === end) {
      state.at++;
      return out;
    }
    if (char === "'" && end !== '"') {
      const close = text.indexOf("'", state.at + 1);
      if (close < 0) refuse(text, 'a single quote is not closed');
      out += text.slice(state.at + 1, close);
      state.at = close + 1;
    } else if (char === '"') {
      state.at++;
      out += expandUntil(text, state, '"', variables);
    } else if (char === '$') out += expandVariable(text, state, variables);
    else if (char === '\\' && state.at + 1 < text.length) {
      const next = text[state.at + 1];
      out += end === '"' && !'"$\\'.includes(next) ? char + next : next;
      state.at += 2;
    } else {
      out += char;
      state.at++;
    }
  }
  if (end !== undefined) refuse(text, end === '"' ? 'a double quote is not closed' : 'a brace is not closed');
  return out;
}

function expandVariable(text: string, state: { at: number }, variables: Variables): string {
  state.at++;
  const braced = text[state.at] === '{';
  NAME.lastIndex = state.at + (braced ? 1 : 0);
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return braced ? refuse(text, 'a variable has no name') : '$';
  state.at = NAME.lastIndex;
  const value = variables.get(name);
  if (!braced) return value ?? '';
  if (text[state.at] === '}') {
    state.at++;
    return value ?? '';
  }
  const modifier = text.slice(state.at, state.at + 2);
  if (modifier !== ':-' && modifier !== ':+') refuse(text, 'only ${NAME:-word} and ${NAME:+word} are known');
  state.at += 2;
  const word = expandUntil(text, state, '}', variables);
  const isSet = value !== undefined && value !== '';
  return modifier === ':-' ? (isSet ? value : word) : isSet ? word : '';
}

function refuse(text: string, why: string): never {
  return fail('E_USAGE', `reading the word ${text}: ${why}`);
}
