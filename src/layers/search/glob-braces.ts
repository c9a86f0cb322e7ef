import { fail } from '../../model/error.js';

/** Patterns that the braces of one pattern may stand for, and characters of all of them. */
const MAX_ALTERNATIVES = 1024;
const MAX_EXPANDED = 64 * 1024;

/**
 * Returns the patterns without braces that a pattern stands for, in order. A brace without a comma of its own is a
 * character. Throws E_USAGE when they are too many.
 */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const todo = [pattern];
  let size = 0;
  for (let text = todo.pop(); text !== undefined; text = todo.pop()) {
    const brace = firstBrace(text);
    if (brace === undefined) {
      done.push(text);
      size += text.length;
    } else {
      const head = text.slice(0, brace.open);
      const tail = text.slice(brace.close + 1);
      for (const choice of [...brace.choices].reverse()) todo.push(head + choice + tail);
    }
    if (done.length + todo.length > MAX_ALTERNATIVES || size > MAX_EXPANDED)
      fail(
        'E_USAGE',
        `compiling the glob: its braces stand for more than ${MAX_ALTERNATIVES} patterns or ${MAX_EXPANDED} characters`,
      );
  }
  return done;
}

/** Finds the first brace pair with a comma of its own. */
function firstBrace(text: string): { open: number; close: number; choices: string[] } | undefined {
  const stack: { open: number; commas: number[] }[] = [];
  let found: { open: number; close: number; choices: string[] } | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    const top = stack.at(-1);
    if (char === '\\') i += 1;
    else if (char === '{') stack.push({ open: i, commas: [] });
    else if (char === ',' && top !== undefined) top.commas.push(i);
    else if (char === '}' && top !== undefined) {
      stack.pop();
      if (top.commas.length > 0 && (found === undefined || top.open < found.open)) {
        const cuts = [top.open, ...top.commas, i];
        found = {
          open: top.open,
          close: i,
          choices: cuts.slice(1).map((cut, k) => text.slice(cuts[k] + 1, cut)),
        };
      }
      if (stack.length === 0 && found !== undefined) return found;
    }
  }
  return found;
}
