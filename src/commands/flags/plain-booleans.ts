import { parseBoolean } from '../../runtime/spec/boolean.js';
import { type KnownFlag, takesNext } from './command-behind.js';

type KnownFlags = Readonly<Record<string, KnownFlag>>;

/**
 * Returns the command line with `--flag=true`, `--flag=false` and `-f=true` of flags without a value, which docker's users
 * write, as oclif has them: the flag, or its `--no-`, or where there is none no such flag, also not before. What is behind
 * the first `--` stays. Throws E_USAGE for another value.
 */
export function plainBooleans(argv: readonly string[], flags: KnownFlags): readonly string[] {
  let plain: { readonly word: string; readonly isValue: boolean }[] = [];
  const add = (word: string, isValue = false): void => {
    plain.push({ word, isValue });
  };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    if (word === '--') return [...plain.map((one) => one.word), ...argv.slice(at)];
    const found = booleanWithValue(word, flags);
    if (found === undefined) add(word);
    else if (found.value) add(`--${found.name}`);
    else if (flags[found.name].allowNo === true) add(`--no-${found.name}`);
    else
      plain = plain.flatMap((one) => {
        const rest = one.isValue ? one.word : without(one.word, found.name, flags);
        return rest === undefined ? [] : [{ ...one, word: rest }];
      });
    if (found === undefined && at + 1 < argv.length && takesNext(word, flags)) add(argv[++at], true);
  }
  return plain.map(({ word }) => word);
}

function booleanWithValue(word: string, flags: KnownFlags): { name: string; value: boolean } | undefined {
  const match = /^(-[A-Za-z]|--[a-z-]+)=(.*)$/s.exec(word);
  if (match === null) return undefined;
  const [, flag, value] = match;
  const name = flag.startsWith('--')
    ? flag.slice(2)
    : Object.keys(flags).find((one) => flags[one].char === flag[1]);
  if (name === undefined || !Object.hasOwn(flags, name) || flags[name].type !== 'boolean') return undefined;
  return { name, value: parseBoolean(value, flag) };
}

/** The word without the flag: as it is, undefined where it is that alone, or `-i` of `-it`. */
function without(word: string, name: string, flags: KnownFlags): string | undefined {
  if (word === `--${name}`) return undefined;
  const { char } = flags[name];
  if (char === undefined || !/^-[A-Za-z]/.test(word)) return word;
  const withValue = Object.values(flags).filter(({ type }) => type === 'option');
  // What stands behind one with a value is the value.
  let end = 1;
  while (end < word.length && !withValue.some((flag) => flag.char === word[end])) end++;
  const rest = word.slice(0, end).replaceAll(char, '') + word.slice(end);
  return rest === '-' ? undefined : rest;
}
