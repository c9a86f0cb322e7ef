import type { Frame } from '../rows/frame.js';
import { THEMES, type ThemeName } from '../rows/theme.js';
import type { Action } from '../state/action.js';
import { openBlessed, type ScreenOptions, takeMouse } from './blessed-screen.js';
import { attributesOfTheme, writeRow } from './cells.js';
import { chordOf } from './keys.js';

export type { ScreenOptions } from './blessed-screen.js';

/** The terminal, taken over until it is closed. */
export interface Screen {
  size(): { readonly width: number; readonly height: number };
  paint(frame: Frame, theme: ThemeName): void;
  /** Draws every cell at the next paint. */
  forget(): void;
  /** Gives the terminal back and stops the process until it is continued; `resumed` is called then. */
  suspend(resumed: () => void): void;
  /** Hands bytes to the terminal's clipboard (OSC 52). */
  copy(bytes: Uint8Array): void;
  /** Restores the terminal; safe to call at any time, any number of times. */
  close(): void;
}

/** Takes the terminal over and sends what is pressed, clicked and resized. */
export function openScreen(options: ScreenOptions, send: (action: Action) => void): Screen {
  const screen = openBlessed(options);
  const { program } = screen;
  let closed = false;
  let attributes:
    { readonly theme: ThemeName; readonly of: ReturnType<typeof attributesOfTheme> } | undefined;

  program.on('keypress', (character, key) => {
    const pressed = chordOf(character, key);
    if (pressed === undefined || closed) return;
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

  return {
    size: () => ({ width: screen.cols, height: screen.rows }),
    paint(frame, theme) {
      if (closed) return;
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
    suspend(resumed) {
      const resume = program.pause();
      process.once('SIGCONT', () => {
        resume();
        takeMouse(screen);
        screen.alloc();
        resumed();
      });
      process.kill(process.pid, 'SIGTSTP');
    },
    copy(bytes) {
      options.output.write(`\x1b]52;c;${Buffer.from(bytes).toString('base64')}\x07`);
    },
    close() {
      if (closed) return;
      closed = true;
      program.disableMouse();
      screen.destroy();
    },
  };
}
