import { readContents } from '../../layers/read/content.js';
import type { LayerIndex } from '../../layers/index/layer-index.js';
import type { Layer } from '../../model/image.js';
import { type ReadingOptions, towards } from './tell-part.js';

/** Bytes of a file that are held at once. */
export const WINDOW = 1024 * 1024;

/** A part of a file. */
export interface FileWindow {
  readonly bytes: Uint8Array;
  /** Where it begins and ends in the file; at line ends, unless a line is longer than the window. */
  readonly start: number;
  readonly end: number;
  /** Line feeds before it. */
  readonly linesBefore: number;
  /** All of the file, where it was asked for. */
  readonly whole: Uint8Array | undefined;
}

/** What is wanted of a file. */
export interface Wanted {
  readonly from: number | 'end';
  readonly lines: boolean;
  readonly near?: number | undefined;
  /** Whether all of a file that begins like this is wanted besides: it is then read in the same pass. */
  readonly whole?: ((head: Uint8Array) => boolean) | undefined;
}

const FEED = 0x0a;

/**
 * Returns about {@link WINDOW} bytes of a file from byte `from` on (`end`: the last ones), whole lines where `lines`. What
 * is before is read and let go. Rejects with what reading a layer throws, and when it is aborted.
 */
export async function readWindow(
  layer: Layer,
  index: LayerIndex,
  row: number,
  where: Wanted,
  options: ReadingOptions,
): Promise<FileWindow> {
  const size = index.columns.size[row];
  const from = where.from === 'end' ? Math.max(0, size - WINDOW) : Math.min(where.from, size);
  const until = Math.min(size, from + WINDOW);
  // One byte more, which tells whether a line begins at `from`.
  const first = Math.max(0, from - 1);
  const held = Buffer.alloc(until - first);
  let all = first === 0 && until === size ? held : undefined;
  const wantsAll = (): boolean => first === 0 && where.whole?.(held) === true;
  let position = 0;
  let feeds = 0;
  await readContents(
    layer,
    index,
    [row],
    async (_row, content) => {
      for await (const chunk of content) {
        const skipped = Math.max(0, Math.min(chunk.length, first - position));
        for (let i = 0; i < skipped; i++) if (chunk[i] === FEED) feeds += 1;
        const part = chunk.subarray(skipped, Math.max(skipped, until - position));
        if (part.length > 0) held.set(part, position + skipped - first);
        const end = position + chunk.length;
        if (end >= until && until < size) {
          if (all === undefined) {
            if (!wantsAll()) break;
            all = Buffer.alloc(size);
            all.set(held);
          }
          all.set(chunk.subarray(Math.max(0, until - position)), Math.max(until, position));
        }
        position = end;
      }
    },
    towards(index, row, first === 0 && where.whole !== undefined ? size : until, options),
  );
  const whole = all !== undefined && where.whole?.(all) === true ? all : undefined;
  return where.lines
    ? { ...wholeLines(held, first, where.near ?? size, from, size, feeds), whole }
    : { bytes: held.subarray(from - first), start: from, end: until, linesBefore: 0, whole };
}

/** Byte `near` stays in it, even if its line does not begin there. */
function wholeLines(
  held: Buffer,
  first: number,
  near: number,
  from: number,
  size: number,
  feeds: number,
): Omit<FileWindow, 'whole'> {
  let start = from - first;
  if (start === 1 && held[0] !== FEED) {
    const feed = held.indexOf(FEED);
    start = feed < 0 || first + feed >= near ? 1 : feed + 1;
  }
  let linesBefore = feeds;
  for (let i = 0; i < start; i++) if (held[i] === FEED) linesBefore += 1;
  const last = first + held.length === size ? held.length : held.lastIndexOf(FEED) + 1;
  const end = last > start ? last : held.length;
  return { bytes: held.subarray(start, end), start: first + start, end: first + end, linesBefore };
}
