import { vi, expect } from 'vitest';
import { tool } from './tool.js';

/** A real terminal with a shell in it. */
export interface TestTerminal {
  /** Types text and the enter key. */
  line(text: string): Promise<void>;
  /** Presses keys by tmux's names: `C-c`, `Enter`. */
  keys(...names: string[]): Promise<void>;
  /** What is on the screen, without empty lines. */
  screen(): Promise<string>;
  /** Waits until the screen fits. */
  shows(pattern: RegExp): Promise<void>;
  /** Types a command for the shell, and returns what is between its line and the next prompt. */
  answer(text: string): Promise<string>;
  /** Clears the screen; the shell keeps the exit code of what was run last. */
  clear(): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Pastes text, in brackets where the program asked for them. */
  paste(text: string): Promise<void>;
  /** The process that its shell runs: other tests run the same line at the same time. */
  child(): Promise<number>;
  close(): Promise<void>;
}

/** The prompt of the shell. */
const PROMPT = 'outside$';

/**
 * Opens a terminal of 80 columns and 24 rows with a shell in it; `name` tells it from others. `run` runs a program, by
 * default as this user, whose the terminal is.
 */
export async function openTerminal(
  name: string,
  env: Readonly<Record<string, string>>,
  run: (program: string, args: string[]) => Promise<string> = tool,
): Promise<TestTerminal> {
  const socket = `strata-${String(process.pid)}-${name}`;
  const tmux = (...args: string[]): Promise<string> =>
    run('tmux', ['-L', socket, '-f', '/dev/null', ...args]);
  const variables = Object.entries({ ...env, PS1: `${PROMPT} `, HISTFILE: '' }).map((pair) => pair.join('='));
  await tmux(
    'new-session',
    '-d',
    '-x',
    '80',
    '-y',
    '24',
    'env',
    ...variables,
    'bash',
    '--norc',
    '--noprofile',
  );
  const screen = async (): Promise<string> =>
    (await tmux('capture-pane', '-p', '-J'))
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '')
      .join('\n');
  const keys = async (...names: string[]): Promise<void> => {
    await tmux('send-keys', ...names);
  };
  const line = async (text: string): Promise<void> => {
    await tmux('send-keys', '-l', text);
    await keys('Enter');
  };
  const shows = (pattern: RegExp): Promise<void> =>
    vi.waitFor(async () => expect(await screen()).toMatch(pattern), { timeout: 30_000, interval: 50 });
  const clear = async (): Promise<void> => {
    await keys('C-l');
    await vi.waitFor(async () => expect((await screen()).split('\n')).toHaveLength(1), 10_000);
  };
  return {
    line,
    keys,
    screen,
    shows,
    clear,
    async answer(text) {
      await clear();
      await line(text);
      await shows(/\n(?:outside\$|\S* ?[#$])$/);
      return (await screen()).split('\n').slice(1, -1).join('\n');
    },
    async resize(columns, rows) {
      await tmux('resize-window', '-x', String(columns), '-y', String(rows));
    },
    async paste(text) {
      await tmux('set-buffer', text);
      await tmux('paste-buffer', '-p');
    },
    async child() {
      const shell = (await tmux('display-message', '-p', '#{pane_pid}')).trim();
      return Number(await run('pgrep', ['-P', shell]));
    },
    async close() {
      await tmux('kill-server').catch(() => undefined);
    },
  };
}
