import { fail } from '../../model/error.js';
import type { Frame } from '../rows/frame.js';
import { THEMES, type ThemeName } from '../rows/theme.js';
import type { Action } from '../state/action.js';
import { giveModes, openBlessed, type ScreenOptions } from './blessed-screen.js';
import { attributesOfTheme, writeRow } from './cells.js';
import { chordOf } from './keys.js';
import { leaveScreen, SOBER, type TerminalStreams } from './lend.js';
import { createPaste } from './paste.js';

export type { ScreenOptions } from './blessed-screen.js';

/** The terminal, taken over until it is closed. */
export interface Screen {
  size(): { readonly width: number; readonly height: number };
  paint(frame: Frame, theme: ThemeName): void;
  /** Draws every cell at the next paint. */
  forget(): void;
  /** Gives the terminal back and stops the process until it is continued. */
  suspend(): void;
  /**
   * Gives the terminal to somebody else while `deed` goes on; settles as that does. Afterwards, also when it failed, the
   * screen is there again as `resize` is sent for it, unless it was closed meanwhile. Nothing is painted and no key heard
   * in between. Throws E_INTERNAL while it is lent already.
   */
  lend<T>(deed: (terminal: TerminalStreams) => Promise<T>): Promise<T>;
  /** Hands bytes to the terminal's clipboard (OSC 52). */
  copy(bytes: Uint8Array): void;
  /** Restores the terminal; safe to call at any time, any number of times. */
  close(): void;
}

/** Takes the terminal over and sends what is pressed, clicked and resized. */
export function openScreen(options: ScreenOptions, send: (action: Action) => void): Screen {
  const screen = openBlessed(options);
  const { program } = screen;
  const terminal = { input: options.input, output: options.output };
  let closed = false;
  let lent = false;
  let attributes:
    { readonly theme: ThemeName; readonly of: ReturnType<typeof attributesOfTheme> } | undefined;

  const paste = createPaste((text) => send({ type: 'paste', text }));
  options.input.on('keypress', paste.hear);
  program.on('keypress', (character, key) => {
    if (closed || paste.takes(character, key)) return;
    const pressed = chordOf(character, key);
    if (pressed === undefined) return;
    const { chord, text } = pressed;
    send({ type: 'key', chord, ...(text === undefined ? {} : { text }) });
  });
  program.on('mouse', ({ action, x, y, button }) => {
    if (closed) return;
    if (action === 'wheelup' || action === 'wheeldown')
      send({ type: 'wheel', x, y, down: action === 'wheeldown' });
    else if (action === 'mousedown' && button === 'left') send({ type: 'click', x, y });
  });
  program.on('resize', () => {
    if (!closed) send({ type: 'resize', width: screen.cols, height: screen.rows });
  });

  const leave = (): (() => void) => {
    const takeBack = leaveScreen(screen, terminal);
    lent = true;
    return () => {
      lent = false;
      if (closed) return;
      takeBack();
      send({ type: 'resize', width: screen.cols, height: screen.rows });
    };
  };

  return {
    size: () => ({ width: screen.cols, height: screen.rows }),
    paint(frame, theme) {
      if (closed || lent) return;
      if (attributes?.theme !== theme) attributes = { theme, of: attributesOfTheme(THEMES[theme]) };
      // A row of another size comes from before a resize; the next paint has the right one.
      for (let y = 0; y < Math.min(frame.rows.length, screen.lines.length); y++)
        if (writeRow(screen.lines[y], frame.rows[y], attributes.of, options.utf8))
          screen.lines[y].dirty = true;
      screen.render();
      if (frame.cursor === undefined) program.hideCursor();
      else {
        program.cup(frame.cursor.y, frame.cursor.x);
        program.showCursor();
      }
      program.flush();
    },
    forget() {
      screen.alloc();
    },
    suspend() {
      const takeBack = leave();
      // Nothing is read meanwhile, and a process that waits for nothing but a signal ends.
      const alive = setInterval(() => undefined, 60_000);
      process.once('SIGCONT', () => {
        clearInterval(alive);
        takeBack();
        // Only the group in the foreground heard that the terminal has another size.
        process.kill(process.pid, 'SIGWINCH');
      });
      process.kill(process.pid, 'SIGTSTP');
    },
    async lend(deed) {
      if (lent) fail('E_INTERNAL', 'lending the terminal: somebody has it');
      const takeBack = leave();
      try {
        return await deed(terminal);
      } finally {
        if (!closed) options.output.write(SOBER);
        takeBack();
      }
    },
    copy(bytes) {
      if (!lent) options.output.write(`\x1b]52;c;${Buffer.from(bytes).toString('base64')}\x07`);
    },
    close() {
      if (closed) return;
      closed = true;
      if (lent) options.output.write(SOBER);
      options.input.off('keypress', paste.hear);
      giveModes(screen);
      screen.destroy();
    },
  };
}
