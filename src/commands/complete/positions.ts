import type { FlagShape } from './command-shape.js';
import type { ShellWord } from './shell-line.js';

/** Returns the positions of a line: words that are no flags and no values of flags; `pending` is the flag whose value comes next. */
export function readPositions(
  before: readonly ShellWord[],
  flags: Readonly<Record<string, FlagShape>>,
): { positional: readonly string[]; pending: FlagShape | undefined; ended: boolean } {
  const positional: string[] = [];
  let pending: FlagShape | undefined;
  let ended = false;
  for (const { text } of before) {
    if (pending !== undefined) pending = undefined;
    else if (ended || text === '-' || !text.startsWith('-')) positional.push(text);
    else if (text === '--') ended = true;
    else pending = valueFlag(text, flags);
  }
  return { positional, pending, ended };
}

/** The flag whose value the next word is. */
function valueFlag(text: string, flags: Readonly<Record<string, FlagShape>>): FlagShape | undefined {
  const flag = text.startsWith('--')
    ? flags[text.slice(2)]
    : Object.values(flags).find(({ char }) => char !== undefined && text === `-${char}`);
  return flag?.type === 'option' ? flag : undefined;
}

/** Returns the index of the command's name, or of the image where there is none. */
export function firstWord(before: readonly ShellWord[], flags: Readonly<Record<string, FlagShape>>): number {
  for (let at = 0; at < before.length; at++) {
    const { text } = before[at];
    if (text === '-' || !text.startsWith('-')) return at;
    if (valueFlag(text, flags) !== undefined) at++;
  }
  return before.length;
}
