import { TextDecoder } from 'node:util';
import type { Content } from './content.js';

/** One line that matches. */
export interface GrepLine {
  /** From 1. */
  readonly number: number;
  /** Offset of the line's first byte in the content. */
  readonly offset: number;
  /** Decoded as UTF-8, what is not UTF-8 replaced; without its line feed; cut at the longest kept length. */
  readonly text: string;
}

export interface GrepResult {
  readonly lines: readonly GrepLine[];
  /** Lines that match, also beyond those kept. */
  readonly count: number;
  /** A NUL byte is in the content: lines mean little. */
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

/** Returns a matcher of a fixed string. */
export function fixedMatcher(text: string, ignoreCase: boolean): Matcher {
  if (ignoreCase) return regexMatcher(new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'iu'));
  const wanted = Buffer.from(text);
  return { block: (bytes) => bytes.includes(wanted), line: (_text, bytes) => bytes.includes(wanted) };
}

/** Returns a matcher of a regular expression (without the flags g and y), tried on each line alone. */
export function regexMatcher(pattern: RegExp): Matcher {
  const multiline = new RegExp(pattern.source, [...new Set([...pattern.flags, 'm'])].join(''));
  // What looks around may see the neighbour lines in a block and miss what it would find in its line alone.
  const looksAround = /\(\?<?[=!]|\\B/.test(pattern.source);
  return {
    block: (bytes) => looksAround || multiline.test(decoder.decode(bytes)),
    line: (text) => pattern.test(text),
  };
}

/** Searches a content line by line in bounded memory. */
export async function grepContent(
  content: Content,
  matcher: Matcher,
  options: GrepOptions,
): Promise<GrepResult> {
  const lines: GrepLine[] = [];
  let count = 0;
  let binary = false;
  let number = 1;
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);

  /** Returns true when enough was found. */
  const search = (block: Buffer): boolean => {
    if (!matcher.block(block)) {
      number += countLineFeeds(block);
      offset += block.length;
      return false;
    }
    for (let start = 0; start < block.length;) {
      const feed = block.indexOf(LINE_FEED, start);
      const end = feed < 0 ? block.length : feed;
      const bytes = block.subarray(start, end);
      const text = decoder.decode(bytes);
      if (matcher.line(text, bytes)) {
        lines.push({ number, offset: offset + start, text });
        count++;
        if (count >= options.most || (binary && !options.text)) return true;
      }
      if (feed >= 0) number++;
      start = end + 1;
    }
    offset += block.length;
    return false;
  };

  for await (const chunk of content) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    if (!binary) binary = bytes.includes(0);
    const cut =
      bytes.length > LONGEST_LINE && bytes.lastIndexOf(LINE_FEED) < 0
        ? bytes.length
        : bytes.lastIndexOf(LINE_FEED) + 1;
    rest = Buffer.from(bytes.subarray(cut));
    if (cut > 0 && search(bytes.subarray(0, cut))) return { lines, count, binary };
  }
  if (rest.length > 0) search(rest);
  return { lines, count, binary };
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
