/** One step of a regular expression's source: an escape, a class, the name of a group, a count, or one character. */
const STEP = /\\k<[^>]*>|\\[^]|\(\?<[^=!>][^>]*>|\[(?:\\[^]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[^]/g;
/** A count: the most, or nothing behind a comma where there is no most. */
const COUNT = /^\{(?:\d+,)?(\d*)\}$/;
/** What looks at text that it does not take, or takes what another part took. */
const LOOKS_FURTHER = /\(\?<?[=!]|\\[1-9k]/;

/** Says whether what fits depends on the character beside a match: `\b` and `\B`, which mean another thing in a class. */
export function looksBeside(source: string): boolean {
  return [...source.matchAll(STEP)].some(([step]) => step === '\\b' || step === '\\B');
}

/** Returns the expression with every `$` fitting nothing: where a text ends, its line does not. */
export function withoutLineEnd(source: string): string {
  return source.replace(STEP, (step) => (step === '$' ? '[]' : step));
}

/**
 * Returns the expression so that nothing but its assertions sees a line feed: on several lines it then tries no longer than
 * on each of them, where `[^x]+y` would run to the end from every character.
 */
export function withinLine(source: string): string {
  return source.replace(STEP, (step) => {
    if (step.startsWith('[^')) return `${step.slice(0, -1)}\\n]`;
    if (step.startsWith('[')) return `(?:(?!\\n)${step})`;
    return WITHIN_LINE[step] ?? step;
  });
}

const WITHIN_LINE: Partial<Readonly<Record<string, string>>> = {
  '\\s': '[^\\S\\n]',
  '\\W': '[^\\w\\n]',
  '\\D': '[^\\d\\n]',
};

/** Says whether what fits depends on more than the text of the match. */
export function looksFurther(source: string): boolean {
  return LOOKS_FURTHER.test(source);
}

/** Returns a number of code units, not a near one, that no match exceeds; Infinity when there is none. */
export function longestMatch(source: string): number {
  if (looksFurther(source)) return Infinity;
  let times = 1;
  for (const [step] of source.matchAll(STEP)) {
    if (step === '*' || step === '+') return Infinity;
    const most = COUNT.exec(step)?.[1];
    if (most === '') return Infinity;
    if (most !== undefined) times *= Math.max(1, Number(most));
  }
  return times * source.length;
}
