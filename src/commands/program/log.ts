import { escapeForTerminal } from '../../report/escape.js';
import type { Palette } from '../../report/colour.js';

/** What is said beside the data, on stderr. Texts are raw: they are escaped here, so each is one line. */
export interface Log {
  /** What was decided (which source was taken); silent under --quiet. */
  info(text: string): void;
  /** What went wrong and was survived. */
  readonly warn: (text: string) => void;
  /** Lines that were escaped and styled already (anomalies); silent under --quiet. */
  lines(lines: readonly string[]): void;
}

/** Returns a log that writes lines through `write`, which takes the progress line away first. */
export function createLog(write: (text: string) => void, palette: Palette, quiet: boolean): Log {
  return {
    info(text) {
      if (!quiet) write(`${palette.dim(escapeForTerminal(text))}\n`);
    },
    warn(text) {
      write(`${palette.warning('warning:')} ${escapeForTerminal(text)}\n`);
    },
    lines(lines) {
      if (!quiet && lines.length > 0) write(`${lines.join('\n')}\n`);
    },
  };
}
