import { fail } from '../../model/error.js';

/** Global flags whose value is the next word. */
const VALUE_FLAGS: ReadonlySet<string> = new Set([
  '--platform',
  '--color',
  '--limit',
  '--profile',
  '--theme',
]);

/** What a plain `strata IMAGE` does, and what it does where a person can look around. */
const DEFAULT_COMMAND = 'inspect';
const INTERACTIVE_COMMAND = 'explore';

/** Flags of a plain `strata IMAGE` that leave it to be looked around in; others are of the default command. */
const LOOKING = /^--(platform|color|limit|quiet|strict|debug|profile|theme)(=|$)|^-q$/;

export interface RouteOptions {
  readonly commands: readonly string[];
  /** Whether a file or directory of this name exists. */
  readonly exists: (path: string) => boolean;
  /** Whether a person sits at a terminal. Default: no. */
  readonly interactive?: () => boolean;
}

/**
 * Returns the command line with the command's name first: global flags before it are moved behind it, and a line that
 * begins with an image means `explore` on a terminal, else `inspect`. Empty and flag-only lines stay as they are (help, version). Throws E_USAGE
 * when the first word looks like a misspelt command.
 */
export function route(line: readonly string[], options: RouteOptions): readonly string[] {
  const { commands, exists, interactive = () => false } = options;
  const argv = spelledOut(line, commands);
  const at = firstWord(argv);
  const word = argv.at(at);
  if (at === argv.length || word === undefined) return argv;
  const before = argv.slice(0, at);
  const after = argv.slice(at + 1);
  const isImage = before.includes('--');
  if (!isImage && commands.includes(word)) return [word, ...before, ...after];
  if (!isImage && !exists(word) && !looksLikeImage(word)) refuseMisspelt(word, after, commands);
  const looking = word !== '-' && argv.every((_, i) => i === at || isLooking(argv, i)) && interactive();
  return [looking ? INTERACTIVE_COMMAND : DEFAULT_COMMAND, ...argv];
}

/** Short for help where nothing else is said; elsewhere `-h` is what docker and ls have it for. */
function spelledOut(argv: readonly string[], commands: readonly string[]): readonly string[] {
  const last = argv.at(-1);
  const isAlone = argv.length === 1 || (argv.length === 2 && commands.includes(argv[0]));
  return isAlone && last === '-h' ? [...argv.slice(0, -1), '--help'] : argv;
}

/** Whether a word is a flag (or its value) that the explorer has. */
function isLooking(argv: readonly string[], i: number): boolean {
  return argv[i] === '--' || LOOKING.test(argv[i]) || (i > 0 && VALUE_FLAGS.has(argv[i - 1]));
}

/** The index of the first word that is no flag and no flag's value; the length when there is none. */
function firstWord(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    if (word === '--') return Math.min(at + 1, argv.length);
    if (word === '-' || !word.startsWith('-')) return at;
    if (VALUE_FLAGS.has(word)) at += 1;
  }
  return argv.length;
}

/** A path, a transport, a tag or a digest has one of these; a command never has. */
function looksLikeImage(word: string): boolean {
  return word === '-' || /[^a-z-]/.test(word);
}

function refuseMisspelt(word: string, after: readonly string[], commands: readonly string[]): void {
  const near = nearest(word, commands);
  if (near !== undefined)
    fail('E_USAGE', `reading the command line: '${word}' is neither a command nor a file`, {
      hint: `did you mean 'strata ${near}'? For an image of that name write 'strata ${DEFAULT_COMMAND} ${word}'`,
    });
  if (after.some((next) => !next.startsWith('-')))
    fail('E_USAGE', `reading the command line: '${word}' is neither a command nor a file`, {
      hint: "'strata help' lists the commands",
    });
}

/** The command that is one slip (two from five letters on) away, or the only one that begins with the word. */
function nearest(word: string, commands: readonly string[]): string | undefined {
  const allowed = word.length < 5 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const command of commands) {
    const distance = editDistance(word, command);
    if (distance < bestDistance) {
      best = command;
      bestDistance = distance;
    }
  }
  if (best !== undefined) return best;
  const longer = commands.filter((command) => command.startsWith(word));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment) that make `a` into `b`. */
function editDistance(a: string, b: string): number {
  if (a.length > 32 || Math.abs(a.length - b.length) > 2) return Infinity;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforePrevious[j - 2] + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length];
}
