import { fail } from '../../model/error.js';
import { expandBraces } from './glob-braces.js';
import { compileClass } from './glob-class.js';

export interface GlobOptions {
  readonly ignoreCase?: boolean;
}

/** Tells whether a rooted clean path (`/a/b`, a name of model/name) fits. */
export type PathMatcher = (path: string) => boolean;

/** Characters of one pattern; paths have at most 4095 bytes. */
const MAX_LENGTH = 4096;

/**
 * Compiles a glob over paths: `*` and `?` stay within a name, `**` as a whole component stands for any number of them,
 * `[a-z]`, `[!a]` and `[[:digit:]]` are classes, `{a,b}` alternatives, a backslash takes the next character as it is.
 * A pattern without a slash fits the last component of a path (as gitignore and `find -name`); one with a slash fits
 * whole paths from the root, with or without the leading slash. Names starting with a dot are names like others. `?`
 * fits one character, or one byte of a name that is not UTF-8. Matching takes at most pattern length times path length
 * steps: regular expressions made from globs (picomatch, minimatch) need minutes for `*a*a*a*a*b` and a hostile name.
 * Throws E_USAGE for an empty or too large pattern.
 */
export function compileGlob(pattern: string, options: GlobOptions = {}): PathMatcher {
  if (pattern === '') fail('E_USAGE', 'compiling the glob: it is empty');
  if (pattern.length > MAX_LENGTH)
    fail(
      'E_USAGE',
      `compiling the glob: it has ${pattern.length} characters, at most ${MAX_LENGTH} are allowed`,
    );
  const ignoreCase = options.ignoreCase ?? false;
  const globs = expandBraces(pattern).map((text) => compileOne(text, ignoreCase));
  return (path) => {
    const subject = ignoreCase ? path.toLowerCase() : path;
    return globs.some((glob) =>
      glob.whole
        ? matchPath(glob.parts, subject)
        : matchName(glob.parts[0], subject, subject.lastIndexOf('/') + 1, subject.length),
    );
  };
}

/**
 * Compiles a regular expression of the user (JavaScript, Unicode mode where the text allows it). Throws E_USAGE with the
 * reason when it is malformed, or when `flags` has another letter than `i`, `m` or `s`.
 */
export function compileRegex(text: string, flags = ''): RegExp {
  if (!/^[ims]*$/.test(flags))
    fail(
      'E_USAGE',
      `compiling the regular expression ${text}: the flags "${flags}" are not all of i, m and s`,
    );
  try {
    return new RegExp(text, `${flags}u`);
  } catch {
    // Unicode mode refuses needless escapes such as \- and \_, which people write.
  }
  try {
    return new RegExp(text, flags);
  } catch (cause) {
    const why =
      cause instanceof Error ? cause.message.replace(/^Invalid regular expression: /, '') : 'malformed';
    return fail('E_USAGE', `compiling the regular expression: ${why}`, {
      cause,
      hint: 'Use JavaScript syntax, and quote it for the shell.',
    });
  }
}

/** One step of a component: a literal code unit, any character, any run, or a class. */
type Token =
  | { readonly kind: 'unit'; readonly unit: number }
  | { readonly kind: 'one' }
  | { readonly kind: 'run' }
  | { readonly kind: 'class'; readonly fits: (code: number) => boolean };

/** Undefined stands for `**`. */
type Part = readonly Token[] | undefined;

interface Glob {
  /** The whole path is matched, not only its last component. */
  readonly whole: boolean;
  readonly parts: readonly Part[];
}

function compileOne(text: string, ignoreCase: boolean): Glob {
  const parts = splitParts(text);
  const whole = parts.length > 1;
  const clean = whole ? parts.filter((part) => part !== '') : parts;
  return {
    whole,
    parts: clean.map((part) => (part === '**' && whole ? undefined : compilePart(part, ignoreCase))),
  };
}

/** Splits at slashes; a slash cannot be inside a class, as a path component has none. */
function splitParts(text: string): string[] {
  const stripped = text.length > 1 ? text.replace(/\/+$/, '') : text;
  return (stripped === '' ? '/' : stripped).split('/');
}

function compilePart(text: string, ignoreCase: boolean): Token[] {
  const tokens: Token[] = [];
  const source = ignoreCase ? text.toLowerCase() : text;
  for (let i = 0; i < source.length; i++) {
    const char = source[i];
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'run') tokens.push({ kind: 'run' });
    } else if (char === '?') tokens.push({ kind: 'one' });
    else if (char === '[') {
      const found = compileClass(text, i, ignoreCase);
      if (found === undefined) tokens.push({ kind: 'unit', unit: source.charCodeAt(i) });
      else {
        tokens.push({ kind: 'class', fits: found.fits });
        i = found.end;
      }
    } else {
      if (char === '\\' && i + 1 < source.length) i += 1;
      tokens.push({ kind: 'unit', unit: source.charCodeAt(i) });
    }
  }
  return tokens;
}

/** Fits components by components; `**` is tried as short as possible and grown, only the last one ever again. */
function matchPath(parts: readonly Part[], path: string): boolean {
  const starts: number[] = [];
  if (path !== '/')
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) starts.push(at + 1);
  const end = (name: number): number => (name + 1 < starts.length ? starts[name + 1] - 1 : path.length);
  let part = 0;
  let name = 0;
  let anyPart = -1;
  let anyName = 0;
  while (name < starts.length) {
    const wanted = part < parts.length ? parts[part] : null;
    if (wanted === undefined) {
      // A last `**` is whatever is below: a name is left, so it fits.
      if (part === parts.length - 1) return true;
      anyPart = part;
      anyName = name;
      part += 1;
    } else if (wanted !== null && matchName(wanted, path, starts[name], end(name))) {
      part += 1;
      name += 1;
    } else if (anyPart >= 0) {
      anyName += 1;
      name = anyName;
      part = anyPart + 1;
    } else return false;
  }
  return part === parts.length;
}

/** Fits one component, `path` from `from` to `to`; only the last `*` is ever tried again, which is enough. */
function matchName(tokens: Part, path: string, from: number, to: number): boolean {
  if (tokens === undefined) return true;
  let token = 0;
  let at = from;
  let runToken = -1;
  let runAt = from;
  while (at < to || token < tokens.length) {
    const wanted = token < tokens.length ? tokens[token] : undefined;
    if (wanted?.kind === 'run') {
      runToken = token;
      runAt = at;
      token += 1;
      continue;
    }
    const width = wanted === undefined || at >= to ? 0 : fitWidth(wanted, path, at, to);
    if (width > 0) {
      token += 1;
      at += width;
    } else if (runToken >= 0 && runAt < to) {
      runAt += characterWidth(path, runAt, to);
      at = runAt;
      token = runToken + 1;
    } else return false;
  }
  return true;
}

/** How many code units the token takes at that place; 0 when it does not fit. */
function fitWidth(token: Token, path: string, at: number, to: number): number {
  if (token.kind === 'unit') return path.charCodeAt(at) === token.unit ? 1 : 0;
  const width = characterWidth(path, at, to);
  if (token.kind !== 'class') return width;
  const code = width === 2 ? (path.codePointAt(at) ?? 0) : path.charCodeAt(at);
  return token.fits(code) ? width : 0;
}

function characterWidth(path: string, at: number, to: number): number {
  const unit = path.charCodeAt(at);
  const next = at + 1 < to ? path.charCodeAt(at + 1) : 0;
  return unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
}
