import { capped, type Capped } from './capped.js';
import type { ElfFile, ElfSection, ElfSymbol } from './elf.js';

/** Something that has a name and a size on both sides. */
export interface Resized {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

export interface ElfDifference {
  readonly sections: {
    readonly added: Capped<ElfSection>;
    readonly removed: Capped<ElfSection>;
    /** Other bytes, another type or size. */
    readonly changed: Capped<Resized>;
  };
  /** Of the symbol tables that both files have: a table that came or went is told by its section. */
  readonly symbols: {
    readonly added: Capped<ElfSymbol>;
    readonly removed: Capped<ElfSymbol>;
    readonly resized: Capped<Resized>;
    /** Symbols of both files beyond what is read. */
    readonly left: number;
  };
  readonly buildIds: readonly [before: string | undefined, after: string | undefined];
  /** True when the files are equal byte for byte once the build id and the name of the debug file are left out. */
  readonly onlyBuildId: boolean;
}

/** Compares two ELF files, section by section and symbol by symbol. Lists are cut at `most`. */
export function compareElf(
  before: { readonly elf: ElfFile; readonly bytes: Uint8Array },
  after: { readonly elf: ElfFile; readonly bytes: Uint8Array },
  most: number,
): ElfDifference {
  const [old, now] = [byName(before.elf.sections), byName(after.elf.sections)];
  const changed = [...old].flatMap(([key, a]) => {
    const b = now.get(key);
    return b === undefined || (a.type === b.type && a.size === b.size && a.digest === b.digest)
      ? []
      : [{ name: a.name, before: a.size, after: b.size }];
  });
  return {
    sections: {
      added: capped(missing(now, old), most),
      removed: capped(missing(old, now), most),
      changed: capped(changed, most),
    },
    symbols: {
      ...compareSymbols(before.elf, after.elf, most),
      left: before.elf.symbolsLeft + after.elf.symbolsLeft,
    },
    buildIds: [before.elf.buildId, after.elf.buildId],
    onlyBuildId: equalBut(before, after),
  };
}

/** Of equal names, as object files have many, the first is compared with the first. */
function byName(sections: readonly ElfSection[]): Map<string, ElfSection> {
  const seen = new Map<string, number>();
  const found = new Map<string, ElfSection>();
  for (const section of sections) {
    const count = (seen.get(section.name) ?? 0) + 1;
    seen.set(section.name, count);
    found.set(`${section.name}\0${String(count)}`, section);
  }
  return found;
}

function missing(
  all: ReadonlyMap<string, ElfSection>,
  others: ReadonlyMap<string, ElfSection>,
): ElfSection[] {
  return [...all].filter(([key]) => !others.has(key)).map(([, section]) => section);
}

function compareSymbols(
  before: ElfFile,
  after: ElfFile,
  most: number,
): Omit<ElfDifference['symbols'], 'left'> {
  const added = new Map<string, ElfSymbol>();
  const removed = new Map<string, ElfSymbol>();
  const resized = new Map<string, Resized>();
  for (const table of ['symtab', 'dynsym'] as const) {
    const [old, now] = [groups(before.symbols, table), groups(after.symbols, table)];
    if (old.size === 0 || now.size === 0) continue;
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [a, b] = unmatched(old.get(name) ?? [], now.get(name) ?? []);
      // Exported symbols are in both tables and are told once.
      const pairs = Math.min(a.length, b.length);
      for (let i = 0; i < pairs; i++)
        resized.set(`${name}\0${a[i].size} ${b[i].size}`, { name, before: a[i].size, after: b[i].size });
      for (const symbol of a.slice(pairs)) removed.set(`${name}\0${symbol.size}`, symbol);
      for (const symbol of b.slice(pairs)) added.set(`${name}\0${symbol.size}`, symbol);
    }
  }
  return {
    added: capped([...added.values()], most),
    removed: capped([...removed.values()], most),
    resized: capped([...resized.values()], most),
  };
}

function groups(symbols: readonly ElfSymbol[], table: ElfSymbol['table']): Map<string, ElfSymbol[]> {
  const found = new Map<string, ElfSymbol[]>();
  for (const symbol of symbols) {
    if (symbol.table !== table) continue;
    const group = found.get(symbol.name);
    if (group === undefined) found.set(symbol.name, [symbol]);
    else group.push(symbol);
  }
  return found;
}

/** Returns what is left of both once symbols of equal size are paired; static functions share names. */
function unmatched(before: readonly ElfSymbol[], after: readonly ElfSymbol[]): [ElfSymbol[], ElfSymbol[]] {
  const sizes = new Map<number, number>();
  for (const { size } of after) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  const left = before.filter(({ size }) => !take(sizes, size));
  // What was not taken is left of the other side, as often as it was not.
  return [left, after.filter(({ size }) => take(sizes, size))];
}

function take(counts: Map<number, number>, key: number): boolean {
  const count = counts.get(key) ?? 0;
  if (count === 0) return false;
  counts.set(key, count - 1);
  return true;
}

interface Side {
  readonly elf: ElfFile;
  readonly bytes: Uint8Array;
}

/** Whether two programs are the same bytes but for what tells one build from another, at the same places. */
function equalBut(before: Side, after: Side): boolean {
  if (before.bytes.length !== after.bytes.length) return false;
  const [old, now] = [identityOf(before), identityOf(after)];
  if (old.length !== now.length) return false;
  let at = 0;
  for (const [i, { start, end }] of old.entries()) {
    if (now[i].start !== start || now[i].end !== end) return false;
    if (!equalPart(before.bytes, after.bytes, at, start)) return false;
    at = Math.max(at, end);
  }
  return equalPart(before.bytes, after.bytes, at, before.bytes.length);
}

/** SHA-1 has 20 bytes, the longest that linkers write 32. */
const MAX_ID = 32;
const NOTE_HEADER = 16;
const SHT_NOTE = 7;
const CRC = 4;

/**
 * Returns the bytes that hold the build id, and the CRC of the debug link. Sections are but names that nothing heeds at run
 * time, so that one must be what its name says, and no byte more is left out.
 */
function identityOf({ elf, bytes }: Side): { readonly start: number; readonly end: number }[] {
  return elf.sections
    .flatMap(({ name, type, offset, size, digest }) => {
      if (digest === undefined) return [];
      const end = offset + size;
      if (name === '.gnu_debuglink' && size <= MAX_LINK) return [{ start: end - CRC, end }];
      const isNote = name === '.note.gnu.build-id' && type === SHT_NOTE && isBuildIdNote(bytes, offset, size);
      return isNote ? [{ start: offset + NOTE_HEADER, end }] : [];
    })
    .sort((a, b) => a.start - b.start);
}

/** A file name of 255 bytes, padding and a CRC. */
const MAX_LINK = 264;

/** One note that fills the section: sizes of name and id, type 3, `GNU` (gABI "Note Section"). */
function isBuildIdNote(bytes: Uint8Array, offset: number, size: number): boolean {
  const length = size - NOTE_HEADER;
  if (length < 1 || length > MAX_ID) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, NOTE_HEADER);
  const isGnu = view.getUint32(12) === 0x474e5500;
  return (
    isGnu &&
    [true, false].some(
      (little) =>
        view.getUint32(0, little) === 4 &&
        view.getUint32(4, little) === length &&
        view.getUint32(8, little) === 3,
    )
  );
}

function equalPart(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  return from >= to || Buffer.compare(a.subarray(from, to), b.subarray(from, to)) === 0;
}
