import { type ElfFile, parseElf } from '../../layers/contents/elf.js';
import { type ArchiveListing, listArchive } from '../../layers/contents/archive-members.js';
import { guessType } from '../../layers/magic.js';
import { decodeName } from '../../model/name.js';
import { humanBytes, plural } from '../../report/bytes.js';
import { hexdumpLines } from '../../report/hexdump.js';
import { formatMode } from '../../report/mode.js';
import { padLeft, padRight, type Row, seg } from '../rows/segment.js';
import { safeText } from '../rows/safe-text.js';
import { bodyOf, type PageBody } from '../state/page.js';
import type { FileWindow } from './file-window.js';

/** Characters of a line that are shown. */
const MOST_COLUMNS = 4096;

/** Returns the lines of a text with their numbers. */
export function textBody({ bytes, linesBefore, start }: FileWindow, size: number): PageBody {
  const lines = decodeName(bytes).split('\n');
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  if (size === 0) return bodyOf([[seg('the file is empty', 'dim')]]);
  const digits = String(linesBefore + lines.length).length;
  const cut = (line: number): string => lines[line].slice(0, MOST_COLUMNS).replace(/\r$/, '');
  const numbered = start === 0 || linesBefore > 0;
  return {
    count: lines.length,
    row: (line) => [
      seg(`${padLeft(numbered ? String(linesBefore + line + 1) : '', digits)}  `, 'dim'),
      seg(safeText(cut(line), { text: true })),
      ...(lines[line].length > MOST_COLUMNS ? [seg(` … ${lines[line].length} characters`, 'dim')] : []),
    ],
    text: cut,
  };
}

/** Returns the bytes as `hexdump -C` shows them. */
export function hexBody({ bytes, start }: FileWindow): PageBody {
  const line = (at: number): string =>
    [...hexdumpLines(bytes.subarray(at * 16, at * 16 + 16), start + at * 16)].join('');
  return {
    count: Math.ceil(bytes.length / 16),
    row(at) {
      const text = line(at);
      return [seg(text.slice(0, 8), 'dim'), seg(text.slice(8))];
    },
    text: line,
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
