import { TextDecoder } from 'node:util';
import type { Content } from '../read/content.js';
import type { Pattern } from './regex.js';

/** One line that matches. */
export interface GrepLine {
  /** From 1. */
  readonly number: number;
  /** Offset of the line's first byte in the content. */
  readonly offset: number;
  /** Decoded as UTF-8, what is not UTF-8 replaced; without its line feed. */
  readonly text: string;
}

export interface GrepResult {
  /** Lines that match. */
  readonly count: number;
  /** A NUL byte is in what was read: lines mean little. */
  readonly binary: boolean;
}

export interface GrepOptions {
  /** Stop after this many matching lines. */
  readonly most: number;
  /** Stop at the first match when the content is binary, as grep(1) does, unless `text`. */
  readonly text: boolean;
}

/** Says whether a block of lines may match at all, and whether one line does. */
export interface Matcher {
  readonly block: (bytes: Buffer) => boolean;
  readonly line: (text: string, bytes: Buffer) => boolean;
}

/** Longest line taken whole; what is beyond is matched as lines of its own. */
const LONGEST_LINE = 1024 * 1024;
const LINE_FEED = 0x0a;
const decoder = new TextDecoder('utf-8');

/** Returns the matcher of a pattern: of bytes where the pattern is plain text, of decoded lines else. */
export function matcherOf(pattern: Pattern): Matcher {
  if (pattern.literal !== undefined) {
    const wanted = Buffer.from(pattern.literal);
    const has = (bytes: Buffer): boolean => bytes.includes(wanted);
    return { block: has, line: (_text, bytes) => has(bytes) };
  }
  return { block: (bytes) => pattern.block(decoder.decode(bytes)), line: pattern.test };
}

/**
 * Searches a content line by line in bounded memory and hands over the lines that match, in order, before it reads on.
 * In binary content nothing is handed over after the first NUL: one match is counted and the search ends.
 */
export async function grepContent(
  content: Content,
  matcher: Matcher,
  options: GrepOptions,
  take: (lines: readonly GrepLine[]) => Promise<void> | void,
): Promise<GrepResult> {
  let count = 0;
  let binary = false;
  let number = 1;
  let offset = 0;
  // A line that has not ended yet: room for it grows by doubling, since chunks may be of one byte.
  let rest = Buffer.alloc(0);
  let held = 0;

  /** Returns true when enough was found. */
  const search = async (block: Buffer): Promise<boolean> => {
    if (!matcher.block(block)) {
      number += countLineFeeds(block);
      offset += block.length;
      return false;
    }
    const lines: GrepLine[] = [];
    let enough = false;
    for (let start = 0; start < block.length && !enough;) {
      const feed = block.indexOf(LINE_FEED, start);
      const end = feed < 0 ? block.length : feed;
      const bytes = block.subarray(start, end);
      const text = decoder.decode(bytes);
      if (matcher.line(text, bytes)) {
        count++;
        enough = count >= options.most || (binary && !options.text);
        if (!binary || options.text) lines.push({ number, offset: offset + start, text });
      }
      if (feed >= 0) number++;
      start = end + 1;
    }
    offset += block.length;
    if (lines.length > 0) await take(lines);
    return enough;
  };

  const hold = (bytes: Uint8Array): void => {
    if (held + bytes.length > rest.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * rest.length, held + bytes.length));
      larger.set(rest.subarray(0, held));
      rest = larger;
    }
    rest.set(bytes, held);
    held += bytes.length;
  };
  const whole = (bytes: Buffer): Buffer => {
    if (held === 0) return bytes;
    const block = Buffer.concat([rest.subarray(0, held), bytes]);
    held = 0;
    return block;
  };

  for await (const chunk of content) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!binary) binary = bytes.includes(0);
    const feed = bytes.lastIndexOf(LINE_FEED);
    const cut = feed < 0 && held + bytes.length > LONGEST_LINE ? bytes.length : feed + 1;
    if (cut > 0 && (await search(whole(bytes.subarray(0, cut))))) return { count, binary };
    hold(bytes.subarray(cut));
  }
  if (held > 0) await search(whole(Buffer.alloc(0)));
  return { count, binary };
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
