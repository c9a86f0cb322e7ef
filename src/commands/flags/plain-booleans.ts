import { parseBoolean } from '../../runtime/spec/boolean.js';
import { type KnownFlag, takesNext } from './command-behind.js';

/**
 * Returns the command line with `--flag=true` and `--flag=false` of flags without a value, which docker's users write, as
 * oclif has them: `--flag`, and `--no-flag` or nothing. What is behind the first `--` stays. Throws E_USAGE for another value.
 */
export function plainBooleans(
  argv: readonly string[],
  flags: Readonly<Record<string, KnownFlag>>,
): readonly string[] {
  const plain: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    if (word === '--') return [...plain, ...argv.slice(at)];
    const [, name = '', value = ''] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? [];
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag?.type !== 'boolean') plain.push(word);
    else if (parseBoolean(value, `--${name}`)) plain.push(`--${name}`);
    else if (flag.allowNo === true) plain.push(`--no-${name}`);
    if (at + 1 < argv.length && takesNext(word, flags)) plain.push(argv[++at]);
  }
  return plain;
}
