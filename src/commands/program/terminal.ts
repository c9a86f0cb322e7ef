import { createPalette, decideColour, type ColourChoice, type Palette } from '../../report/colour.js';
import { treeGlyphs, type TreeGlyphs } from '../../report/tree.js';

/** One output stream as far as looks go. */
export interface StreamView {
  readonly isTTY: boolean;
  /** Columns of the terminal; undefined when it is none, so that nothing is cut. */
  readonly width: number | undefined;
  readonly palette: Palette;
}

/** What this process writes to. */
export interface Terminal {
  readonly stdout: StreamView;
  readonly stderr: StreamView;
  /** Whether the locale can show more than ASCII. */
  readonly utf8: boolean;
  /** Whether control sequences (to clear a line) work: false on TERM=dumb. */
  readonly canRedraw: boolean;
  /** The ellipsis and the branches of trees that the locale can show. */
  readonly ellipsis: string;
  readonly glyphs: TreeGlyphs;
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface StreamLike {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Columns assumed where a terminal does not tell. */
const DEFAULT_WIDTH = 80;

/** Returns the columns of a terminal now; some say 0 when they do not know. */
export function columnsOf(stream: StreamLike): number {
  return stream.columns === undefined || stream.columns <= 0 ? DEFAULT_WIDTH : stream.columns;
}

/** Returns the view of both streams, each with its own colour decision. */
export function createTerminal(
  choice: ColourChoice,
  env: Environment,
  stdout: StreamLike,
  stderr: StreamLike,
): Terminal {
  const view = (stream: StreamLike): StreamView => {
    const isTTY = stream.isTTY === true;
    return {
      isTTY,
      width: isTTY ? columnsOf(stream) : undefined,
      palette: createPalette(decideColour({ choice, env, isTTY })),
    };
  };
  const utf8 = isUtf8Locale(env, process.platform);
  return {
    stdout: view(stdout),
    stderr: view(stderr),
    utf8,
    canRedraw: env.TERM !== 'dumb',
    ellipsis: utf8 ? '…' : '...',
    glyphs: treeGlyphs(utf8),
  };
}

/** True when the locale's character set is UTF-8 (POSIX: LC_ALL, then LC_CTYPE, then LANG; the first that is not empty). */
export function isUtf8Locale(env: Environment, platform: string): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}
