import { createHash } from 'node:crypto';
import { decodeName } from '../../model/name.js';
import { hasBytes, readSectionHeaders, SECTION, type SectionHeader } from './elf-sections.js';
import { type ElfWords, elfWords } from './elf-words.js';

export interface ElfSection {
  /** A name (see model/name), raw. */
  readonly name: string;
  /** sh_type. */
  readonly type: number;
  /** Bytes in memory; for `.bss` none of them are in the file. */
  readonly size: number;
  readonly offset: number;
  /** SHA-256 of its bytes in hex; undefined when it has none in the file. */
  readonly digest: string | undefined;
}

export interface ElfSymbol {
  /** A name (see model/name), raw and never empty. */
  readonly name: string;
  readonly size: number;
  /** Name of the section that holds it; undefined for what another file defines, and for absolute and common ones. */
  readonly section: string | undefined;
  readonly table: 'symtab' | 'dynsym';
}

export interface ElfFile {
  readonly bits: 32 | 64;
  /** e_machine and e_type. */
  readonly machine: number;
  readonly type: number;
  readonly sections: readonly ElfSection[];
  /** Those with a name, in the order of the file. */
  readonly symbols: readonly ElfSymbol[];
  /** Symbols beyond the caps, which were not read. */
  readonly symbolsLeft: number;
  /** In hex. */
  readonly buildId: string | undefined;
}

const MiB = 1024 * 1024;
const MAX_SYMBOLS = 400_000;
/** Of a section or symbol, in bytes: mangled names of C++ reach some thousand. */
const MAX_NAME = 4096;
/** Of all names together, in bytes: names may overlap, so the file's size does not bound them. */
const MAX_NAMES = 32 * MiB;
const MAX_BUILD_ID = 64;
const NT_GNU_BUILD_ID = 3;

/**
 * Returns what an ELF file of either width and byte order is made of (System V ABI), or undefined when it is none, is
 * cut, or has sections over each other as no linker makes them. Throws nothing, whatever the bytes.
 */
export function parseElf(bytes: Uint8Array): ElfFile | undefined {
  const words = elfWords(bytes);
  if (words === undefined) return undefined;
  const table = readSectionHeaders(words);
  if (table === undefined) return undefined;
  const { headers } = table;
  // Hashing is linear only as long as sections do not lie over each other.
  if (headers.reduce((sum, each) => sum + (hasBytes(each) ? each.size : 0), 0) > 2 * bytes.length)
    return undefined;
  const budget = { left: MAX_NAMES };
  const sectionNames = headers.at(table.names);
  const names = headers.map((header) => nameAt(bytes, sectionNames, header.nameAt, budget));
  const sections = headers.flatMap((header, i) =>
    header.type === SECTION.null ? [] : [sectionOf(bytes, header, names[i])],
  );
  const note = headers.find((_, i) => names[i] === '.note.gnu.build-id');
  return {
    bits: words.wide ? 64 : 32,
    type: words.half(16),
    machine: words.half(18),
    sections,
    ...readSymbols(bytes, words, headers, names, budget),
    buildId: note === undefined ? undefined : readBuildId(bytes, words, note),
  };
}

function sectionOf(bytes: Uint8Array, header: SectionHeader, name: string): ElfSection {
  const { type, size, offset } = header;
  const held = hasBytes(header) ? bytes.subarray(offset, offset + size) : undefined;
  const digest = held === undefined ? undefined : createHash('sha256').update(held).digest('hex');
  return { name, type, size, offset, digest };
}

function readSymbols(
  bytes: Uint8Array,
  words: ElfWords,
  headers: readonly SectionHeader[],
  names: readonly string[],
  budget: { left: number },
): { symbols: ElfSymbol[]; symbolsLeft: number } {
  const symbols: ElfSymbol[] = [];
  let symbolsLeft = 0;
  const { wide } = words;
  const stride = wide ? 24 : 16;
  for (const header of headers) {
    const { type, offset, size, entrySize } = header;
    if ((type !== SECTION.symbols && type !== SECTION.dynamicSymbols) || entrySize !== stride) continue;
    const strings = headers.at(header.link);
    const table = type === SECTION.symbols ? 'symtab' : 'dynsym';
    for (let at = offset; at + stride <= offset + size; at += stride) {
      if (symbols.length >= MAX_SYMBOLS || budget.left <= 0) {
        symbolsLeft += Math.floor((offset + size - at) / stride);
        break;
      }
      const name = nameAt(bytes, strings, words.word(at), budget);
      if (name === '') continue;
      const index = words.half(at + (wide ? 6 : 14));
      const section = index === 0 || index >= names.length ? undefined : names[index];
      symbols.push({ name, size: words.xword(at + (wide ? 16 : 8)), section, table });
    }
  }
  return { symbols, symbolsLeft };
}

/** Returns the name at `at` of a string table; empty where there is none. */
function nameAt(
  bytes: Uint8Array,
  strings: SectionHeader | undefined,
  at: number,
  budget: { left: number },
): string {
  if (strings?.type !== SECTION.strings || at >= strings.size) return '';
  const start = strings.offset + at;
  const most = bytes.subarray(start, Math.min(strings.offset + strings.size, start + MAX_NAME));
  const end = most.indexOf(0);
  const name = end < 0 ? most : most.subarray(0, end);
  budget.left -= name.length;
  return budget.left < 0 ? '' : decodeName(name);
}

/** Returns the description of the first note of type NT_GNU_BUILD_ID with the owner GNU. */
function readBuildId(bytes: Uint8Array, words: ElfWords, note: SectionHeader): string | undefined {
  const end = hasBytes(note) ? note.offset + note.size : 0;
  for (let at = note.offset; at + 12 <= end;) {
    const [nameSize, size] = [words.word(at), words.word(at + 4)];
    const start = at + 12 + padded(nameSize);
    if (start + size > end) return undefined;
    const owner = Buffer.from(bytes.subarray(at + 12, at + 12 + Math.min(nameSize, 4))).toString('latin1');
    if (words.word(at + 8) === NT_GNU_BUILD_ID && owner === 'GNU\0' && size > 0 && size <= MAX_BUILD_ID)
      return Buffer.from(bytes.subarray(start, start + size)).toString('hex');
    at = start + padded(size);
  }
  return undefined;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
