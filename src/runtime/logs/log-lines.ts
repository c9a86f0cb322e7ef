export interface LogLine {
  readonly offset: number;
  readonly line: Uint8Array;
}

/** Takes a log apart into its lines, however it is cut. */
export interface LineSplitter {
  /** Returns the whole lines, without their line feeds, and where each begins; good until the next call. */
  readonly push: (chunk: Uint8Array) => readonly LogLine[];
}

/** conmon writes 8 KiB of text in a line at most; what is longer is damage, and kept by nobody. */
export const LINE_MAX = 64 * 1024;
const LINE_FEED = 0x0a;

/** Returns a splitter for a log that is read from `offset` on; lines of more than 64 KiB are left out. */
export function createLineSplitter(offset: number): LineSplitter {
  let held: Buffer[] = [];
  let length = 0;
  let begin = offset;
  return {
    push(chunk) {
      const lines: LogLine[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        const part = chunk.subarray(start, end);
        length += part.length;
        if (length <= LINE_MAX)
          lines.push({ offset: begin, line: held.length === 0 ? part : Buffer.concat([...held, part]) });
        begin += length + 1;
        held = [];
        length = 0;
        start = end + 1;
      }
      const rest = chunk.subarray(start);
      length += rest.length;
      if (length > LINE_MAX) held = [];
      else if (rest.length > 0) held.push(Buffer.from(rest));
      return lines;
    },
  };
}
