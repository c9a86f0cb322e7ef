import { type ElfFile, parseElf } from '../../layers/contents/elf.js';
import { type ArchiveListing, listArchive } from '../../layers/contents/archive-members.js';
import { guessType } from '../../layers/read/magic.js';
import { decodeName } from '../../model/name.js';
import { humanBytes, plural } from '../../report/bytes.js';
import { hexdumpLines } from '../../report/hexdump.js';
import { formatMode } from '../../report/mode.js';
import { padLeft, padRight, type Row, seg } from '../rows/segment.js';
import { safeText } from '../rows/safe-text.js';
import { bodyOf, type PageBody } from '../state/page.js';
import { indexOfWanted, type Wanted, wantedBytes } from '../state/wanted.js';
import type { FileWindow } from './file-window.js';

/** Bytes of a line that are shown in one row. */
const MOST_COLUMNS = 1024;

/** A body of a part of a file: knows which line shows a byte of it. */
export interface BytesBody extends PageBody {
  rowAt(offset: number): number;
}

/** Returns the lines of a text with their numbers; a long line goes on in further rows. */
export function textBody({ bytes, linesBefore, start }: FileWindow, size: number): BytesBody {
  if (size === 0) return { ...bodyOf([[seg('the file is empty', 'dim')]]), rowAt: () => 0 };
  const { starts, feeds } = rowStarts(bytes);
  const digits = String(linesBefore + feeds + 1).length;
  const numbered = start === 0 || linesBefore > 0;
  const end = (row: number): number => (row + 1 < starts.length ? starts[row + 1] : bytes.length);
  const text = (row: number): string =>
    decodeName(bytes.subarray(starts[row], end(row))).replace(/\r?\n$/, '');
  const lineNumber = createLineNumbers(bytes, starts);
  return {
    count: starts.length,
    numbers: 1,
    row(row) {
      const isNew = row === 0 || bytes[starts[row] - 1] === FEED;
      const number = numbered && isNew ? String(linesBefore + lineNumber(row) + 1) : '';
      return [seg(`${padLeft(number, digits)}  `, 'dim'), seg(safeText(text(row), { text: true }))];
    },
    text,
    finder: (search) => finderOf(bytes, wantedBytes(search, false), (row) => [starts[row], end(row)]),
    rowAt(offset) {
      let [low, high] = [0, starts.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (starts[middle] <= offset - start) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}

const FEED = 0x0a;

/** Where each row begins: at lines, and within long ones at characters. */
function rowStarts(bytes: Uint8Array): { starts: number[]; feeds: number } {
  const starts = [0];
  let feeds = 0;
  let row = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === FEED) {
      feeds += 1;
      if (at + 1 === bytes.length) break;
      row = at + 1;
    } else if (at - row >= MOST_COLUMNS && ((bytes[at] & 0xc0) !== 0x80 || at - row > MOST_COLUMNS + 3))
      row = at;
    else continue;
    starts.push(row);
  }
  return { starts, feeds };
}

/** Lines before each row: counted from the last one asked for, which is near. */
function createLineNumbers(bytes: Uint8Array, starts: readonly number[]): (row: number) => number {
  let [at, lines] = [0, 0];
  return (row) => {
    for (; at < row; at++) if (bytes[starts[at + 1] - 1] === FEED) lines += 1;
    for (; at > row; at--) if (bytes[starts[at] - 1] === FEED) lines -= 1;
    return lines;
  };
}

/** Whether what is wanted begins in a row; it may end in the next. */
function finderOf(
  bytes: Uint8Array,
  wanted: Wanted,
  range: (row: number) => readonly [start: number, end: number],
): (row: number) => boolean {
  return (row) => {
    const [start, end] = range(row);
    return indexOfWanted(bytes, wanted, start, end) >= 0;
  };
}

/** Returns the bytes as `hexdump -C` shows them. */
export function hexBody({ bytes, start }: FileWindow): BytesBody {
  const line = (at: number): string =>
    [...hexdumpLines(bytes.subarray(at * 16, at * 16 + 16), start + at * 16)].join('');
  return {
    count: Math.ceil(bytes.length / 16),
    numbers: 1,
    row(at) {
      const text = line(at);
      return [seg(text.slice(0, 8), 'dim'), seg(text.slice(8))];
    },
    text: line,
    finder: (search) => finderOf(bytes, wantedBytes(search, true), (row) => [row * 16, row * 16 + 16]),
    rowAt: (offset) => Math.floor(Math.max(0, offset - start) / 16),
  };
}

/** Returns what an archive or an ELF file is made of; undefined for other contents. */
export async function partsBody(bytes: Uint8Array): Promise<PageBody | undefined> {
  const elf = parseElf(bytes);
  if (elf !== undefined) return bodyOf(elfRows(elf, bytes));
  const listing = await listArchive(bytes);
  return listing === undefined ? undefined : bodyOf(archiveRows(listing));
}

function archiveRows({ format, members, stopped }: ArchiveListing): Row[] {
  const rows: Row[] = [
    [seg(format, 'heading'), seg(`  ${plural(members.length, 'member')}`, 'dim')],
    ...(stopped === undefined ? [] : [[seg(`stopped: ${safeText(stopped)}`, 'warning')]]),
    [],
  ];
  for (const { path, kind, size, mode, owner, link } of members)
    rows.push([
      seg(`${mode === undefined ? padRight(kind, 10) : formatMode(kind, mode)} `, 'dim'),
      ...(owner === undefined ? [] : [seg(`${padRight(owner, 9)} `, 'dim')]),
      seg(`${padLeft(humanBytes(size), 8)}  `),
      seg(safeText(path === '' ? '(its content)' : path), kind === 'directory' ? 'directory' : 'text'),
      ...(link === undefined ? [] : [seg(` → ${safeText(link)}`, 'dim')]),
    ]);
  return rows;
}

/** Symbols that are listed: those that are the largest. */
const MOST_SYMBOLS = 200;

function elfRows(elf: ElfFile, bytes: Uint8Array): Row[] {
  const rows: Row[] = [[seg(safeText(guessType(bytes) ?? 'ELF'), 'heading')]];
  if (elf.buildId !== undefined) rows.push([seg('build id ', 'dim'), seg(elf.buildId, 'digest')]);
  rows.push([], [seg(plural(elf.sections.length, 'section'), 'heading')]);
  for (const { name, size, offset } of elf.sections)
    rows.push([
      seg(`${padLeft(humanBytes(size), 10)}  `),
      seg(`${padLeft(`0x${offset.toString(16)}`, 12)}  `, 'dim'),
      seg(safeText(name)),
    ]);
  const largest = [...elf.symbols].sort((a, b) => b.size - a.size).slice(0, MOST_SYMBOLS);
  rows.push(
    [],
    [seg(plural(elf.symbols.length + elf.symbolsLeft, 'symbol'), 'heading'), seg('  largest first', 'dim')],
  );
  for (const { name, size, section } of largest)
    rows.push([
      seg(`${padLeft(humanBytes(size), 10)}  `),
      seg(`${padRight(safeText(section ?? 'undefined'), 16)}  `, 'dim'),
      seg(safeText(name)),
    ]);
  return rows;
}
