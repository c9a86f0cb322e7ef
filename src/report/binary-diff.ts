import type { BinaryDetail } from '../layers/contents/binary-diff.js';
import type { ElfDifference, Resized } from '../layers/contents/elf-difference.js';
import { archiveLines, type BinaryFormat } from './archive-diff.js';
import { formatBytes, formatCount, plural } from './bytes.js';
import type { Palette, Style } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { hexdumpLines } from './hexdump.js';
import { cappedLines } from './capped.js';

export type { BinaryFormat } from './archive-diff.js';

const ROW = 16;

/**
 * Yields the lines that tell how two contents differ that are no text: kinds and sizes, then what ELF files and archives
 * are made of, else the bytes round the first difference. Everything from the contents is escaped.
 */
export function* binaryLines(detail: BinaryDetail, format: BinaryFormat): Generator<string> {
  const { palette, exact } = format;
  const [before, after] = detail.kinds.map((kind) => escapeForTerminal(kind ?? 'data'));
  const size = (bytes: number): string => formatBytes(bytes, exact);
  yield palette.note(
    before === after
      ? `binary contents differ: ${before}; ${size(detail.sizes[0])} before, ${size(detail.sizes[1])} after`
      : `binary contents differ: ${before}, ${size(detail.sizes[0])} before; ${after}, ${size(detail.sizes[1])} after`,
  );
  if (detail.elf !== undefined) yield* elfLines(detail.elf, format);
  if (detail.archive !== undefined) yield* archiveLines(detail.archive, format);
  else yield* windowLines(detail, palette);
}

function* elfLines(
  { sections, symbols, buildIds, onlyBuildId }: ElfDifference,
  format: BinaryFormat,
): Generator<string> {
  const { palette, exact } = format;
  const [before, after] = buildIds;
  if (before !== after) yield `build id ${before ?? 'none'} before, ${after ?? 'none'} after`;
  if (onlyBuildId) {
    yield palette.dim('only the build id differs');
    return;
  }
  const named = ({ name, size }: { name: string; size: number }): string =>
    `${escapeForTerminal(name)}  ${formatBytes(size, exact)}`;
  const resized = ({ name, before: old, after: now }: Resized): string =>
    `${escapeForTerminal(name)}  ${old === now ? formatBytes(now, exact) : `${formatBytes(old, exact)} before, ${formatBytes(now, exact)} after`}`;
  yield* cappedLines('section', sections.removed, '-', named, palette.removed, palette);
  yield* cappedLines('section', sections.added, '+', named, palette.added, palette);
  yield* cappedLines('section', sections.changed, '~', resized, palette.changed, palette);
  yield* cappedLines('symbol', symbols.removed, '-', named, palette.removed, palette);
  yield* cappedLines('symbol', symbols.added, '+', named, palette.added, palette);
  yield* cappedLines('symbol', symbols.resized, '~', resized, palette.changed, palette);
  if (symbols.left > 0)
    yield palette.warning(`${plural(symbols.left, 'symbol')} not read: there are too many`);
}

/** A unified difference of two hex dumps of the same place. */
function* windowLines({ firstDifference, window }: BinaryDetail, palette: Palette): Generator<string> {
  const { offset, before, after } = window;
  yield `the first difference is at byte ${formatCount(firstDifference)} (0x${firstDifference.toString(16)})`;
  const [old, now] = [rows(before, offset), rows(after, offset)];
  const removed: string[] = [];
  const added: string[] = [];
  const flush = function* (): Generator<string> {
    yield* painted(removed, '-', palette.removed);
    yield* painted(added, '+', palette.added);
    removed.length = 0;
    added.length = 0;
  };
  for (let i = 0; i < Math.max(old.length, now.length); i++) {
    if (old.at(i) === now.at(i)) {
      yield* flush();
      yield ` ${old[i]}`;
      continue;
    }
    if (i < old.length) removed.push(old[i]);
    if (i < now.length) added.push(now[i]);
  }
  yield* flush();
}

function rows(bytes: Uint8Array, offset: number): string[] {
  const all: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW)
    all.push(...hexdumpLines(bytes.subarray(at, at + ROW), offset + at));
  return all;
}

function* painted(lines: readonly string[], sign: string, style: Style): Generator<string> {
  for (const line of lines) yield style(sign + line);
}
