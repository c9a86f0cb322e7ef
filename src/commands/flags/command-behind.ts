/** A flag as oclif has it, as far as it matters for where the image is. */
export interface KnownFlag {
  readonly type: 'boolean' | 'option';
  readonly char?: string | undefined;
  /** Whether there is `--no-`. */
  readonly allowNo?: boolean | undefined;
}

/** A command line whose words after the image belong to a program. */
export interface SplitLine {
  /** Flags and the image, for oclif. */
  readonly own: readonly string[];
  /** The program and its arguments, as they are. */
  readonly command: readonly string[];
}

/** Splits behind the first word that is neither a flag nor a flag's value, as docker does; one `--` there is dropped. */
export function splitCommand(argv: readonly string[], flags: Readonly<Record<string, KnownFlag>>): SplitLine {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at];
    if (word === '--') {
      // Everything behind it is the image and its command.
      const command = argv.slice(at + 2);
      return { own: argv.slice(0, at + 2), command };
    }
    if (word === '-' || !word.startsWith('-')) break;
    at += takesNext(word, flags) ? 2 : 1;
  }
  const command = argv.slice(at + 1);
  return { own: argv.slice(0, at + 1), command: command[0] === '--' ? command.slice(1) : command };
}

/** Whether the word is a flag whose value is the next one. */
export function takesNext(word: string, flags: Readonly<Record<string, KnownFlag>>): boolean {
  if (word.startsWith('--')) {
    const name = word.slice(2);
    return Object.hasOwn(flags, name) && flags[name].type === 'option';
  }
  const known = Object.values(flags);
  for (let i = 1; i < word.length; i++) {
    const flag = known.find(({ char }) => char === word[i]);
    // Of `-it` each is a flag; what follows one with a value is the value.
    if (flag?.type === 'option') return i === word.length - 1;
  }
  return false;
}

/**
 * The same where flags may also stand behind the image: when exactly one word before the first `--` is neither a flag nor
 * a flag's value, all behind that `--` is the command.
 */
export function splitAtDashes(
  argv: readonly string[],
  flags: Readonly<Record<string, KnownFlag>>,
): SplitLine {
  const dashes = argv.indexOf('--');
  const own = argv.slice(0, dashes < 0 ? argv.length : dashes);
  let words = 0;
  for (let at = 0; at < own.length; at++)
    if (own[at] === '-' || !own[at].startsWith('-')) words++;
    else if (takesNext(own[at], flags)) at++;
  return words === 1 ? { own, command: dashes < 0 ? [] : argv.slice(dashes + 1) } : splitCommand(argv, flags);
}
