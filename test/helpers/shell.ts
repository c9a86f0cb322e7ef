/** An interactive shell in a terminal of its own, driven by keys; `strata` in it completes, and else only notes what
 * it was called with. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SETUP } from '../../src/commands/complete/shell-scripts.js';
import { RUN } from './run-command.js';
import { needTool, tool } from './tool.js';

export interface Shell {
  /** Types a line, key by key, where `\t` is the Tab key, then Enter. Returns the words that strata was called with. */
  enter(line: string): Promise<readonly string[]>;
  /** The same without Enter; returns what the terminal shows once `shows` is there, and takes the line back. */
  look(line: string, shows: string): Promise<string>;
  close(): Promise<void>;
}

export interface ShellOptions {
  /** The directory it starts in. */
  readonly cwd: string;
  /** Its home; what is put there is removed with it. */
  readonly home: string;
  readonly store: string;
}

/** How each shell is started without anybody's start-up files, and what makes it list without asking first. */
const SHELLS = {
  bash: {
    argv: ['--norc', '--noprofile', '-i'],
    setup: `unset HISTFILE; PS1='$ '; bind 'set completion-query-items 0'; bind 'set page-completions off'; bind 'set bell-style none'`,
  },
  zsh: {
    argv: ['-f', '-i'],
    setup: `PS1='$ '; LISTMAX=10000; unsetopt beep; autoload -Uz compinit && compinit -u -D`,
  },
} as const;

const PATIENCE = 60_000;

/** Starts the shell with completion set up as `strata autocomplete` says. Throws when the shell or tmux is not installed. */
export async function startShell(
  name: keyof typeof SHELLS,
  { cwd, home, store }: ShellOptions,
): Promise<Shell> {
  needTool(name);
  needTool('tmux');
  const own = mkdtempSync(path.join(home, `${name}-`));
  const noted = path.join(own, 'argv');
  const program = path.join(own, 'strata');
  const real = `exec '${process.execPath}' '${RUN}' "$@"`;
  writeFileSync(program, `#!/bin/sh\n${real}\n`, { mode: 0o755 });
  const { argv, setup } = SHELLS[name];
  const tmux = (...args: string[]): Promise<string> =>
    tool('tmux', ['-S', path.join(own, 'socket'), '-f', '/dev/null', ...args], {
      env: {
        PATH: `${own}:${process.env.PATH ?? ''}`,
        HOME: own,
        SHELL: '/bin/sh',
        STRATA_STORE: store,
        LC_ALL: 'C.UTF-8',
        TERM: 'xterm-256color',
      },
    });
  await tmux('new-session', '-d', '-x', '240', '-y', '60', '-c', cwd, name, ...argv);

  const screen = (): Promise<string> => tmux('capture-pane', '-p');
  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await sleep(20);
    }
    const shown = await screen();
    // The next line is to begin at a prompt again.
    await tmux('send-keys', 'C-c');
    await sleep(500);
    throw new Error(`${name} did not ${what}; its terminal shows:\n${shown}`);
  }
  async function type(keys: string): Promise<void> {
    for (const part of keys.split(/(\t)/)) {
      if (part === '\t') await tmux('send-keys', 'Tab');
      else if (part !== '') await tmux('send-keys', '-l', '--', part);
    }
  }
  async function enter(line: string): Promise<readonly string[]> {
    rmSync(noted, { force: true });
    await type(line);
    await tmux('send-keys', 'Enter');
    return until(`run '${line}'`, () =>
      Promise.resolve(existsSync(noted) ? readFileSync(noted, 'utf8').split('\0').slice(0, -1) : undefined),
    );
  }
  const shell: Shell = {
    enter,
    async look(line, shows) {
      await tmux('send-keys', 'C-l');
      await type(line);
      const seen = await until(`show '${shows}'`, async () => {
        const text = await screen();
        return text.includes(shows) ? text : undefined;
      });
      // Not C-c: that throws away what was typed behind it.
      await tmux('send-keys', 'C-u');
      return seen;
    },
    async close() {
      await tmux('kill-server').catch(() => undefined);
      // The shell may still be writing its history.
      rmSync(own, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
  try {
    await type(`${setup}; ${SETUP[name].line} && echo set-up > '${noted}'`);
    await tmux('send-keys', 'Enter');
    await until('set completion up', () => Promise.resolve(existsSync(noted) ? true : undefined));
    writeFileSync(
      program,
      `#!/bin/sh
[ "$1" = complete ] && ${real}
printf '%s\\0' "$@" >'${noted}.new' && mv '${noted}.new' '${noted}'
`,
    );
  } catch (thrown) {
    await shell.close();
    throw thrown;
  }
  return shell;
}
