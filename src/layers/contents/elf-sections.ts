import type { ElfWords } from './elf-words.js';

/** A row of the section header table as it stands in the file. */
export interface SectionHeader {
  /** Offset of its name in the section name table. */
  readonly nameAt: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

export const SECTION = { null: 0, symbols: 2, strings: 3, nobits: 8, dynamicSymbols: 11 } as const;

/** A C++ object file has a section for every function; more than this is no file of use. */
const MAX_SECTIONS = 65_536;
const EXTENDED = 0xffff;

/**
 * Returns the section header table and which section names the others, or undefined where it, or a section, is not
 * within the file.
 */
export function readSectionHeaders(
  words: ElfWords,
): { readonly headers: readonly SectionHeader[]; readonly names: number } | undefined {
  const { wide, length } = words;
  const offset = words.xword(wide ? 40 : 32);
  const stride = words.half(wide ? 58 : 46);
  if (offset === 0) return { headers: [], names: 0 };
  if (stride < (wide ? 64 : 40) || offset + stride > length) return undefined;
  const first = headerAt(words, offset);
  // More sections than fit the header's 16 bits are counted in section 0 (System V ABI, "ELF Header").
  const stated = words.half(wide ? 60 : 48);
  const count = stated === 0 ? first.size : stated;
  const namesStated = words.half(wide ? 62 : 50);
  const names = namesStated === EXTENDED ? first.link : namesStated;
  if (count > MAX_SECTIONS || offset + count * stride > length) return undefined;
  const headers: SectionHeader[] = [];
  for (let i = 0; i < count; i++) {
    const header = headerAt(words, offset + i * stride);
    if (hasBytes(header) && header.offset + header.size > length) return undefined;
    headers.push(header);
  }
  return { headers, names };
}

/** True for a section that takes room in the file: not `.bss`, not the null section. */
export function hasBytes({ type }: SectionHeader): boolean {
  return type !== SECTION.nobits && type !== SECTION.null;
}

function headerAt(words: ElfWords, at: number): SectionHeader {
  const [nameAt, type] = [words.word(at), words.word(at + 4)];
  return words.wide
    ? {
        nameAt,
        type,
        offset: words.xword(at + 24),
        size: words.xword(at + 32),
        link: words.word(at + 40),
        entrySize: words.xword(at + 56),
      }
    : {
        nameAt,
        type,
        offset: words.word(at + 16),
        size: words.word(at + 20),
        link: words.word(at + 24),
        entrySize: words.word(at + 36),
      };
}
