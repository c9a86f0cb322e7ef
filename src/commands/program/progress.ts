import { monotonic } from '../../io/monotonic.js';
import { humanBytes } from '../../report/bytes.js';
import type { Palette } from '../../report/colour.js';
import { escapeForTerminal } from '../../report/escape.js';
import { textWidth, truncateText } from '../../report/width.js';

/** Milliseconds of work before anything is shown, and between two pictures of it. */
const DELAY = 500;
const INTERVAL = 100;
/** Parts shown side by side; more than run at once. */
const PARTS = 4;

/** One of several things under way at once: a layer. */
export interface ProgressPart {
  advance(bytes: number): void;
  end(): void;
}

/**
 * How far the work is, for a person who waits: bytes, percent, rate and time left on one line of stderr. Shown only
 * on a terminal and only for work of more than half a second; a pipe or a file never sees it.
 */
export interface Progress {
  /** Starts anew. `total` is in bytes, undefined when unknown; the label is raw text. */
  begin(total: number | undefined, label: string): void;
  advance(bytes: number): void;
  label(text: string): void;
  /** Starts a part, whose bytes count for the whole too and whose percent is shown beside it. */
  part(total: number | undefined, name: string): ProgressPart;
  /** Takes the line away; it comes back with the next picture. Call before writing to the same terminal. */
  readonly clear: () => void;
  /** Takes the line away for good. Safe to call at any time, any number of times. */
  end(): void;
}

export interface ProgressOptions {
  /** Writes to the terminal; undefined when there is none to draw on, which makes all calls do nothing. */
  readonly write: ((text: string) => void) | undefined;
  readonly palette: Palette;
  /** Columns of the terminal now. */
  readonly width: () => number;
  readonly ellipsis?: string;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

const NOTHING: Progress = {
  begin: () => undefined,
  advance: () => undefined,
  label: () => undefined,
  part: () => ({ advance: () => undefined, end: () => undefined }),
  clear: () => undefined,
  end: () => undefined,
};

interface Part {
  readonly name: string;
  readonly total: number | undefined;
  done: number;
}

/** Returns a progress line that draws itself while bytes advance and on a timer that keeps no process alive. */
export function createProgress(options: ProgressOptions): Progress {
  const { write, palette, now = monotonic } = options;
  if (write === undefined) return NOTHING;
  let total: number | undefined;
  let text = '';
  let done = 0;
  let startedAt = 0;
  let drawnAt = 0;
  let visible = false;
  let timer: NodeJS.Timeout | undefined;
  const parts = new Set<Part>();

  const clear = (): void => {
    if (visible) write('\r\x1b[K');
    visible = false;
  };
  const draw = (): void => {
    const time = now();
    if (timer === undefined || time - startedAt < DELAY || time - drawnAt < INTERVAL) return;
    drawnAt = time;
    const seconds = (time - startedAt) / 1000;
    const line = progressLine({ label: text, done, total, seconds, parts: [...parts] });
    // The last column stays free: a full line makes some terminals wrap.
    const cut = truncateText(line, Math.max(1, options.width() - 1), options.ellipsis);
    write(`${visible ? '\r' : ''}${palette.dim(cut)}\x1b[K`);
    visible = true;
  };
  const end = (): void => {
    clearInterval(timer);
    timer = undefined;
    parts.clear();
    clear();
  };
  const advance = (bytes: number): void => {
    done += bytes;
    draw();
  };
  return {
    begin(bytes, label) {
      end();
      total = bytes;
      text = label;
      done = 0;
      startedAt = now();
      drawnAt = startedAt;
      timer = setInterval(draw, INTERVAL);
      timer.unref();
    },
    advance,
    label(label) {
      text = label;
    },
    part(bytes, name) {
      const part: Part = { name, total: bytes, done: 0 };
      parts.add(part);
      return {
        advance(more) {
          part.done += more;
          advance(more);
        },
        end: () => void parts.delete(part),
      };
    },
    clear,
    end,
  };
}

/** What a progress line says. */
export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly seconds: number;
  readonly parts: readonly {
    readonly name: string;
    readonly done: number;
    readonly total: number | undefined;
  }[];
}

/** Returns the line, escaped and without colours: `indexing app  45.6 MB of 120 MB  38 %  102 MB/s  1 s left  [3: 72 %]`. */
export function progressLine(state: ProgressState): string {
  const { done, total, seconds } = state;
  const rate = seconds > 0 ? done / seconds : 0;
  const fields = [escapeForTerminal(state.label)];
  if (total === undefined) fields.push(humanBytes(done));
  else fields.push(`${humanBytes(done)} of ${humanBytes(total)}`, percent(done, total));
  if (rate > 0) fields.push(`${humanBytes(Math.round(rate))}/s`);
  if (rate > 0 && total !== undefined && total > done) fields.push(`${duration((total - done) / rate)} left`);
  const parts = state.parts
    .slice(0, PARTS)
    .map(
      (part) =>
        `${escapeForTerminal(part.name)}${part.total === undefined ? '' : `: ${percent(part.done, part.total)}`}`,
    );
  if (parts.length > 0) fields.push(`[${parts.join(', ')}]`);
  return fields.filter((field) => textWidth(field) > 0).join('  ');
}

function percent(done: number, total: number): string {
  return total <= 0 ? '0 %' : `${Math.min(100, Math.floor((done / total) * 100))} %`;
}

/** Returns seconds as people say them: `3 s`, `2 min 05 s`, `1 h 10 min`. */
function duration(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${`${whole % 60}`.padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${`${minutes % 60}`.padStart(2, '0')} min`;
}
