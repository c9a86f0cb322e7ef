import { Chalk, type ChalkInstance } from 'chalk';

/** What `--color` takes. */
export const COLOUR_CHOICES = ['auto', 'always', 'never'] as const;
export type ColourChoice = (typeof COLOUR_CHOICES)[number];

/** 0 none, 1 sixteen colours, 2 the 256 of xterm, 3 true colour. */
export type ColourLevel = 0 | 1 | 2 | 3;

export interface ColourQuestion {
  readonly choice: ColourChoice;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
}

/**
 * Returns how many colours a stream gets; the only place that decides. First that speaks: `--color=always|never`,
 * NO_COLOR when not empty (no-color.org), FORCE_COLOR (empty, `true`, 1, 2, 3; `0` or `false` is none), TERM=dumb, no
 * terminal.
 */
export function decideColour({ choice, env, isTTY }: ColourQuestion): ColourLevel {
  if (choice === 'never') return 0;
  if (choice === 'always') return atLeastOne(termLevel(env));
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 0;
  if (env.FORCE_COLOR !== undefined) return forcedLevel(env.FORCE_COLOR, env);
  return isTTY ? termLevel(env) : 0;
}

function forcedLevel(force: string, env: ColourQuestion['env']): ColourLevel {
  if (force === '0' || force === 'false') return 0;
  if (force === '1') return 1;
  if (force === '2') return 2;
  if (force === '3') return 3;
  return atLeastOne(termLevel(env));
}

function atLeastOne(level: ColourLevel): ColourLevel {
  return level === 0 ? 1 : level;
}

function termLevel(env: ColourQuestion['env']): ColourLevel {
  const term = env.TERM ?? '';
  if (term === 'dumb') return 0;
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit' || term.endsWith('-direct')) return 3;
  return /-256(?:color)?$/.test(term) ? 2 : 1;
}

/** Text in, the same text with the terminal's codes around it out; the text itself must be escaped already. */
export type Style = (text: string) => string;

/** What the colours mean. Colour is never the only sign: marks, letters and words say the same. */
export interface Palette {
  readonly level: ColourLevel;
  readonly added: Style;
  readonly changed: Style;
  readonly removed: Style;
  readonly directory: Style;
  readonly symlink: Style;
  readonly executable: Style;
  /** Setuid and setgid files, and world-writable ones. */
  readonly privileged: Style;
  readonly special: Style;
  readonly heading: Style;
  readonly emphasis: Style;
  readonly dim: Style;
  readonly digest: Style;
  readonly error: Style;
  readonly warning: Style;
  readonly note: Style;
  readonly hint: Style;
  /** A path before what is said of it. */
  readonly path: Style;
  /** What a search found within a line. */
  readonly match: Style;
  readonly plain: Style;
}

/** Returns the palette of a colour level; at 0 every style gives its text back unchanged. */
export function createPalette(level: ColourLevel): Palette {
  const chalk: ChalkInstance = new Chalk({ level });
  const style = (paint: Style): Style => (level === 0 ? same : paint);
  return {
    level,
    added: style(chalk.green),
    changed: style(chalk.yellow),
    removed: style(chalk.red),
    directory: style(chalk.bold.blue),
    symlink: style(chalk.cyan),
    executable: style(chalk.green),
    privileged: style(chalk.bold.red),
    special: style(chalk.magenta),
    heading: style(chalk.bold),
    emphasis: style(chalk.bold),
    dim: style(chalk.dim),
    digest: style(chalk.cyan),
    error: style(chalk.bold.red),
    warning: style(chalk.yellow),
    note: style(chalk.cyan),
    hint: style(chalk.dim),
    path: style(chalk.magenta),
    match: style(chalk.bold.red),
    plain: same,
  };
}

function same(text: string): string {
  return text;
}
