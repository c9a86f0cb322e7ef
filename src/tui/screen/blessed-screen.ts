import Program from 'blessed/lib/program.js';
import Screen from 'blessed/lib/widgets/screen.js';
import { capabilities, writers } from './capabilities.js';

/** A cell of blessed's buffer: attributes, and the character with marks joined to it. */
export type Cell = [attributes: number, character: string];

/** What of blessed 0.1.81 the explorer uses, which its types do not all tell. */
export interface BlessedScreen {
  readonly program: BlessedProgram;
  /** By row, then column. */
  lines: (Cell[] & { dirty: boolean })[];
  readonly cols: number;
  readonly rows: number;
  alloc(): void;
  render(): void;
  enter(): void;
  leave(): void;
  destroy(): void;
}

export interface BlessedKey {
  readonly sequence?: string;
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

export interface BlessedMouse {
  readonly action: string;
  readonly x: number;
  readonly y: number;
  readonly button?: string;
}

interface BlessedProgram {
  cols: number;
  rows: number;
  on(event: 'keypress', listener: (character: string | undefined, key: BlessedKey) => void): void;
  on(event: 'mouse', listener: (mouse: BlessedMouse) => void): void;
  on(event: 'resize', listener: () => void): void;
  _write(text: string): unknown;
  cup(row: number, column: number): void;
  showCursor(): void;
  hideCursor(): void;
  flush(): void;
  setMouse(modes: Readonly<Record<string, boolean>>, enable: boolean): void;
  disableMouse(): void;
}

export interface ScreenOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly utf8: boolean;
}

/** Returns blessed's screen, which has taken the terminal over: an xterm with 256 colours, as all that are in use are. */
export function openBlessed({ input, output, utf8 }: ScreenOptions): BlessedScreen {
  stayInside();
  const program = Program({
    input,
    output,
    terminal: 'xterm-256color',
    tput: false,
    buffer: true,
  }) as BlessedProgram;
  const put = writers((text) => program._write(text));
  Object.assign(program, { tput: capabilities(utf8), put, _tputSetup: true });
  const screen = Screen({ program, fullUnicode: true }) as BlessedScreen;
  program.on('mouse', () => undefined);
  takeModes(screen);
  return screen;
}

/**
 * In tmux blessed would run `tmux -V` first, and send past tmux what sets modes and the title of the terminal outside, which
 * nobody takes back.
 */
function stayInside(): void {
  const tmux = { get: () => false, set: () => undefined, configurable: true };
  Object.defineProperty(Program.prototype, 'tmux', tmux);
}

/**
 * Clicks, drags and the wheel in the form that knows columns beyond 95 (SGR), not every motion; and what is pasted comes in
 * brackets, so that nobody takes it for keys.
 */
export function takeModes({ program }: BlessedScreen): void {
  const modes = { vt200Mouse: true, cellMotion: true, allMotion: false, utfMouse: false, sgrMouse: true };
  program.setMouse(modes, true);
  program._write('\x1b[?2004h');
}

/** The terminal's modes are nobody's again. */
export function giveModes({ program }: BlessedScreen): void {
  program._write('\x1b[?2004l');
  program.disableMouse();
}
