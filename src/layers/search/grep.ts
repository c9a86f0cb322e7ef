import { TextDecoder } from 'node:util';
import type { Content } from '../read/content.js';
import { type FoundPart, LONGEST_LINE, LONGEST_MATCH, longLine, type LongLine } from './long-line.js';
import type { LinePart, Pattern } from './regex.js';

/** One line that matches. */
export interface GrepLine {
  /** From 1. */
  readonly number: number;
  /** Offset of the line's first byte in the content. */
  readonly offset: number;
  /** Decoded as UTF-8, what is not UTF-8 replaced; without its line feed. */
  readonly text: string;
  /** Of a line longer than {@link LONGEST_LINE} the text is the part with its first match, which begins here. */
  readonly part?: LinePart & { readonly offset: number };
}

export interface GrepResult {
  /** Lines that match. */
  readonly count: number;
  /** Lines longer than {@link LONGEST_LINE} of which the parts do not say what the whole would, with the first's number. */
  readonly undecided?: { readonly count: number; readonly first: number };
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
  /** The same for a part of a line that is longer than {@link LONGEST_LINE}. */
  readonly part: (text: string, bytes: Buffer, part: LinePart) => boolean;
  /** Whether parts say of such a line what the whole of it would, given what they said. */
  readonly decides: (matched: boolean) => boolean;
}

const LINE_FEED = 0x0a;
/** Code units behind a match that a pattern without lookaround looks at. */
const BESIDE = 1;
const decoder = new TextDecoder('utf-8');

/** Returns the matcher of a pattern: of bytes where the pattern is plain text, of decoded lines else. */
export function matcherOf(pattern: Pattern): Matcher {
  if (pattern.literal !== undefined) {
    const wanted = Buffer.from(pattern.literal);
    const has = (bytes: Buffer): boolean => bytes.includes(wanted);
    const inBytes = (_text: string, bytes: Buffer): boolean => has(bytes);
    // The kernel takes no argument that is longer than two parts have in common.
    return { block: has, line: inBytes, part: inBytes, decides: () => true };
  }
  return {
    block: (bytes) => pattern.block(decoder.decode(bytes)),
    line: pattern.test,
    part: (text, _bytes, part) => pattern.testPart(text, part),
    decides: (matched) =>
      (matched && !pattern.looksFurther) || (pattern.longest + BESIDE) * 3 <= LONGEST_MATCH,
  };
}

/**
 * Searches a content line by line in bounded memory and hands over the lines that match, in order, before it reads on.
 * In binary content nothing is handed over after the first NUL: one match is counted and the search ends. Of a line longer
 * than {@link LONGEST_LINE} parts are looked at: it counts once.
 */
export async function grepContent(
  content: Content,
  matcher: Matcher,
  options: GrepOptions,
  take: (lines: readonly GrepLine[]) => Promise<void> | void,
): Promise<GrepResult> {
  let count = 0;
  let binary = false;
  let undecided: GrepResult['undecided'];
  let number = 1;
  let offset = 0;
  const held = heldBytes();
  let long: LongLine | undefined;
  let found = false;

  /** Returns true when enough was found. */
  const isEnough = (): boolean => {
    count++;
    return count >= options.most || (binary && !options.text);
  };
  const shows = (): boolean => !binary || options.text;

  const searchLines = async (block: Buffer): Promise<boolean> => {
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
        enough = isEnough();
        if (shows()) lines.push({ number, offset: offset + start, text });
      }
      if (feed >= 0) number++;
      start = end + 1;
    }
    offset += block.length;
    if (lines.length > 0) await take(lines);
    return enough;
  };

  let taken = 0;
  const searchLong = async (line: LongLine, bytes: Buffer, ends: boolean): Promise<boolean> => {
    const part = line.take(bytes, ends);
    taken += bytes.length;
    found ||= part !== undefined;
    if (ends && !matcher.decides(found))
      undecided = { count: (undecided?.count ?? 0) + 1, first: undecided?.first ?? number };
    const enough = part !== undefined && isEnough();
    if (part !== undefined && shows()) await take([partLine(part, number, offset)]);
    if (ends) {
      [long, found] = [undefined, false];
      offset += taken;
      taken = 0;
    }
    return enough;
  };

  const search = async (bytes: Buffer): Promise<boolean> => {
    if (!binary) binary = bytes.includes(0);
    let start = 0;
    const feed = bytes.indexOf(LINE_FEED);
    const end = feed < 0 ? bytes.length : feed;
    if (long === undefined && held.length() + end > LONGEST_LINE) {
      long = longLine(matcher.part);
      if (await searchLong(long, held.take(), false)) return true;
    }
    if (long !== undefined) {
      if (await searchLong(long, bytes.subarray(0, end), feed >= 0)) return true;
      if (feed < 0) return false;
      number++;
      offset++;
      start = feed + 1;
    }
    const cut = Math.max(start, bytes.lastIndexOf(LINE_FEED) + 1);
    if (cut > start && (await searchLines(held.take(bytes.subarray(start, cut))))) return true;
    held.hold(bytes.subarray(cut));
    return false;
  };

  const result = (): GrepResult => ({ count, binary, ...(undecided === undefined ? {} : { undecided }) });
  for await (const chunk of content)
    // So that what is a long line does not depend on how large chunks are.
    for (let at = 0; at < chunk.length; at += LONGEST_LINE) {
      const size = Math.min(LONGEST_LINE, chunk.length - at);
      if (await search(Buffer.from(chunk.buffer, chunk.byteOffset + at, size))) return result();
    }
  if (long !== undefined) await searchLong(long, Buffer.alloc(0), true);
  else if (held.length() > 0) await searchLines(held.take());
  return result();
}

function partLine({ text, offset, part }: FoundPart, number: number, line: number): GrepLine {
  return { number, offset: line, text, part: { ...part, offset: line + offset } };
}

/** A line that has not ended yet: room for it grows by doubling, since chunks may be of one byte. */
function heldBytes() {
  let room = Buffer.alloc(0);
  let length = 0;
  return {
    length: () => length,
    hold(bytes: Uint8Array): void {
      if (length + bytes.length > room.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * room.length, length + bytes.length));
        larger.set(room.subarray(0, length));
        room = larger;
      }
      room.set(bytes, length);
      length += bytes.length;
    },
    /** Gives what is held, with more behind it, and holds nothing any more. */
    take(more: Buffer = Buffer.alloc(0)): Buffer {
      if (length === 0) return more;
      const block = Buffer.concat([room.subarray(0, length), more]);
      length = 0;
      return block;
    },
  };
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
