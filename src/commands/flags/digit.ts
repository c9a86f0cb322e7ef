import type { FlagInput } from '@oclif/core/interfaces';

/**
 * Returns the command line with words such as `-1` and `-0`, which oclif takes for numbers, replaced by the flags that
 * people mean; not behind `--` and not where a flag's value is (`--layer -1`).
 */
export function withDigitFlags(
  argv: readonly string[],
  flags: FlagInput,
  names: Readonly<Record<string, string>>,
): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, at) => {
    if (!Object.hasOwn(names, word) || (end >= 0 && at > end)) return word;
    const before = at === 0 ? '' : argv[at - 1];
    const isValue = before.startsWith('--') && takesValue(flags, before.slice(2));
    return isValue ? word : names[word];
  });
}

function takesValue(flags: FlagInput, name: string): boolean {
  return Object.hasOwn(flags, name) && flags[name].type === 'option';
}
