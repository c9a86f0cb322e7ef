import blessed from 'blessed';

/** A cell of blessed's buffer: attributes, and the character with marks joined to it. */
export type Cell = [attributes: number, character: string];

/** What of blessed 0.1.81 the explorer uses, which its types do not all tell. */
export interface BlessedScreen {
  readonly program: BlessedProgram;
  readonly tput: { brokenACS: boolean };
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

/**
 * Returns blessed's screen, which has taken the terminal over. Always as xterm-256color: blessed's compiler fails on
 * other entries of terminfo (screen-256color) and knows eight colours of those that it does not find.
 */
export function openBlessed({ input, output, utf8 }: ScreenOptions): BlessedScreen {
  const screen = blessed.screen({
    input,
    output,
    terminal: 'xterm-256color',
    forceUnicode: utf8,
    fullUnicode: true,
    title: 'strata',
  } as unknown as blessed.Widgets.IScreenOptions) as unknown as BlessedScreen;
  // Lines as characters of their own, not as letters of another set, which terminals take for letters at times.
  if (utf8) screen.tput.brokenACS = true;
  screen.program.on('mouse', () => undefined);
  takeMouse(screen);
  return screen;
}

/** Clicks, drags and the wheel in the form that knows columns beyond 95 (SGR); not every motion. */
export function takeMouse({ program }: BlessedScreen): void {
  const modes = { vt200Mouse: true, cellMotion: true, allMotion: false, utfMouse: false, sgrMouse: true };
  program.setMouse(modes, true);
}
