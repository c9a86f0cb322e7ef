import { expandWord, splitWords } from '../../runtime/commit/shell-words.js';
import { searchChange } from '../../runtime/bisect/search.js';
import { fail, StrataError } from '../../model/error.js';
import { splitSnapshot } from '../../model/snapshot.js';
import type { ChangeRow, TrialRow } from '../../report/bisect.js';
import type { Bisect, BisectEnd } from '../../tui/effects/bisect.js';
import type { Context } from '../program/context.js';
import { askStrata, ownProgram, type OwnProgram } from '../program/own-process.js';

/** What a shell would do more with than take it apart into words. */
const SHELL = /[|&;<>()$`*?[\]#~!{}\n]|^\s*\w+=/;

/** A typed line: the user in whose name it runs, and its words. */
export interface TypedCommand {
  readonly user: string | undefined;
  readonly words: readonly string[];
}

/**
 * Returns what a typed line runs: its words as a shell takes them apart, or `/bin/sh -c` of it where it has more for one;
 * before it `-u USER` says as whom. Throws E_USAGE for an open quote and an empty line.
 */
export function parseCommand(typed: string): TypedCommand {
  const asked = /^\s*-u\s*(\S+)(?:\s+--)?\s+(.*)$/s.exec(typed);
  const [user, line] = asked === null ? [undefined, typed] : [asked[1], asked[2]];
  if (SHELL.test(line)) return { user, words: ['/bin/sh', '-c', line] };
  const words = splitWords(line).map((word) => expandWord(word, new Map()));
  if (words.length === 0) fail('E_USAGE', 'bisecting: no command is given');
  return { user, words };
}

/**
 * Returns what the explorer searches with: the command `bisect` in a process of its own, on the image by the name that was
 * asked for, with the flags that say which one of several that is.
 */
export function exploreBisect(
  { env }: Pick<Context, 'env'>,
  asked: string,
  flags: readonly string[],
  program: OwnProgram = ownProgram(),
): Bisect {
  return async ({ low, high, line }, { signal, onStep }) => {
    const image = splitSnapshot(asked)?.image ?? asked;
    if (image === '-')
      fail('E_USAGE', 'bisecting an image of standard input: it cannot be read again', {
        hint: 'keep it: strata copy - store:NAME, then explore that',
      });
    const { user, words } = parseCommand(line);
    const asUser = user === undefined ? [] : ['--user', user];
    const steps = searchChange(low, high);
    const next = (step: IteratorResult<number>): void => {
      if (step.done !== true) onStep({ kind: 'trying', n: step.value });
    };
    const argv = ['bisect', '--json', '--color', 'never', ...flags, ...asUser, '--from', String(low)];
    next(steps.next());
    const answer = await askStrata([...argv, `${image}@${String(high)}`, '--', ...words], {
      program,
      env,
      signal,
      onLine: (said) => {
        const trial = parseTrial(said);
        if (trial === undefined) return;
        onStep({ kind: 'tried', trial });
        next(steps.next(trial.verdict));
      },
    }).catch(withOurHint);
    return endOf(answer);
  };
}

/** What its hint says is for the command line. */
function withOurHint(thrown: unknown): never {
  if (thrown instanceof StrataError && thrown.message.includes('cannot be told'))
    return fail(thrown.code, thrown.message, {
      hint: 'mark two other layers with m; or run it as another user: -u 0 COMMAND',
    });
  throw thrown;
}

/** A line as `trialLine` of report/bisect makes it. */
const TRIAL = /^@(\d+) (good|bad|skipped): (.*) \((\d+(?:\.\d+)?) s\)$/;

function parseTrial(line: string): TrialRow | undefined {
  const match = TRIAL.exec(line);
  if (match === null) return undefined;
  const [, n, word, ended, seconds] = match;
  const verdict = word === 'good' || word === 'bad' ? word : 'skip';
  return { n: Number(n), verdict, ended, milliseconds: Number(seconds) * 1000 };
}

/** What of the answer of `bisect --json` is read (docs/schema/bisect.json). */
interface Answer {
  readonly trials: readonly {
    readonly snapshot: number;
    readonly output: string;
    readonly outputBytes?: { readonly bytes: string };
  }[];
  readonly changes: readonly ChangeRow[];
}

function endOf(answer: unknown): BisectEnd {
  const { trials, changes } = answer as Answer;
  const change = changes.at(0);
  const trial = trials.find(({ snapshot }) => snapshot === change?.after);
  return { change, output: Buffer.from(trial?.output ?? '') };
}
