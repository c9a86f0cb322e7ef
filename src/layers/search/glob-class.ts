const NAMED: Readonly<Record<string, RegExp>> = {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  blank: /^[ \t]$/,
  digit: /^[0-9]$/,
  lower: /^[a-z]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[ \t-\r]$/,
  upper: /^[A-Z]$/,
  xdigit: /^[A-Fa-f0-9]$/,
};

/** Reads the class of a glob that starts at `[` (POSIX 2.13.1) as a test of code points; undefined when it never closes, so that the bracket is a plain character. */
export function compileClass(
  text: string,
  open: number,
  ignoreCase: boolean,
): { readonly fits: (code: number) => boolean; readonly end: number } | undefined {
  let at = open + 1;
  const negated = text[at] === '!' || text[at] === '^';
  if (negated) at += 1;
  const first = at;
  const ranges: [number, number][] = [];
  const named: RegExp[] = [];
  while (at < text.length && (text[at] !== ']' || at === first)) {
    const name = /^\[:([a-z]+):\]/.exec(text.slice(at, at + 12))?.[1];
    if (name !== undefined && Object.hasOwn(NAMED, name)) {
      named.push(NAMED[name]);
      at += name.length + 4;
      continue;
    }
    const low = classCharacter(text, at);
    at = low.end;
    if (text[at] === '-' && at + 1 < text.length && text[at + 1] !== ']') {
      const high = classCharacter(text, at + 1);
      ranges.push([low.code, high.code]);
      at = high.end;
    } else ranges.push([low.code, low.code]);
  }
  if (text[at] !== ']') return undefined;
  const fitsOne = (code: number): boolean =>
    ranges.some(([low, high]) => code >= low && code <= high) ||
    named.some((name) => name.test(String.fromCodePoint(code)));
  const fits = ignoreCase
    ? (code: number): boolean =>
        fitsOne(code) || fitsOne(String.fromCodePoint(code).toUpperCase().codePointAt(0) ?? code)
    : fitsOne;
  return { fits: (code) => fits(code) !== negated, end: at };
}

function classCharacter(text: string, at: number): { code: number; end: number } {
  const from = text[at] === '\\' && at + 1 < text.length ? at + 1 : at;
  const code = text.codePointAt(from) ?? 0;
  return { code, end: from + (code > 0xffff ? 2 : 1) };
}
