import type { BlessedScreen } from './blessed-screen.js';
import { giveModes, takeModes } from './blessed-screen.js';

/** The terminal's own streams. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream & { readonly isRaw?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };
}

type Listener = (...values: unknown[]) => void;

/**
 * What a program that was killed may have left on (XTerm Control Sequences): another buffer, mouse, focus events, pasting
 * in brackets, keys of its own, a region that scrolls, letters of another set, colours, no cursor. Not 1049, which puts the
 * cursor somewhere else where there is no other buffer.
 */
export const SOBER =
  '\x1b[?1047l\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l' +
  '\x1b[?2004l\x1b[?1l\x1b>\x1b7\x1b[r\x1b8\x1b(B\x0f\x1b[?7h\x1b[4l\x1b[0m\x1b[?25h';

/**
 * Leaves the screen: the terminal shows what it did before, its keys and its size are nobody's, in cooked mode. Returns
 * what takes it back: it has its present size then, every cell is to be painted, and its modes are ours again.
 */
export function leaveScreen(screen: BlessedScreen, { input, output }: TerminalStreams): () => void {
  const { program } = screen;
  const onData = input.rawListeners('data') as Listener[];
  const onResize = output.rawListeners('resize') as Listener[];
  for (const one of onData) input.off('data', one);
  for (const one of onResize) output.off('resize', one);
  giveModes(screen);
  screen.leave();
  program.flush();
  input.setRawMode?.(false);
  input.pause();
  return () => {
    input.setRawMode?.(true);
    for (const one of onData) input.on('data', one);
    for (const one of onResize) output.on('resize', one);
    program.cols = output.columns ?? program.cols;
    program.rows = output.rows ?? program.rows;
    screen.enter();
    takeModes(screen);
    screen.alloc();
    input.resume();
  };
}
