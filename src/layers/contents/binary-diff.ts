import { type ArchiveDifference, compareArchives } from './archive-difference.js';
import type { ArchiveLimits } from './archive-member.js';
import { listArchive } from './archive-members.js';
import type { ContentDiffOptions } from './content-diff.js';
import { parseElf } from './elf.js';
import { compareElf, type ElfDifference } from './elf-difference.js';
import { firstDifference } from './first-difference.js';
import { guessType } from '../read/magic.js';

export interface BinaryOptions {
  /** Items of each list that are kept; 50. */
  readonly most?: number;
  /** Bytes shown on either side of the first difference; 64. */
  readonly around?: number;
  readonly archive?: ArchiveLimits;
  /** For the only content of two compressed files. */
  readonly inner?: ContentDiffOptions;
}

/** What two contents that are no text are, and how they differ. */
export interface BinaryDetail {
  /** What they are by their first bytes, as `guessType` says; may quote the file: raw. */
  readonly kinds: readonly [before: string | undefined, after: string | undefined];
  readonly sizes: readonly [before: number, after: number];
  /** Offset of the first byte that differs. */
  readonly firstDifference: number;
  /** The bytes round it. `offset` is a multiple of 16; a side that ends before it is empty. */
  readonly window: { readonly offset: number; readonly before: Uint8Array; readonly after: Uint8Array };
  /** Where both are ELF files. */
  readonly elf: ElfDifference | undefined;
  /** Where both are archives or compressed files. */
  readonly archive: ArchiveDifference | undefined;
}

const ROW = 16;

/** Tells how two contents differ that are not equal. Ends within its limits and throws nothing, whatever the bytes. */
export async function describeDifference(
  before: Uint8Array,
  after: Uint8Array,
  options: BinaryOptions = {},
): Promise<BinaryDetail> {
  const { most = 50, around = 64 } = options;
  const first = firstDifference(before, after);
  const start = Math.max(0, first - (first % ROW) - around);
  const end = first - (first % ROW) + ROW + around;
  // A view would hold the whole content.
  const copied = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.subarray(start, end));
  return {
    kinds: [guessType(before), guessType(after)],
    sizes: [before.length, after.length],
    firstDifference: first,
    window: { offset: start, before: copied(before), after: copied(after) },
    elf: elfDifference(before, after, most),
    archive: await archiveDifference(before, after, most, options),
  };
}

function elfDifference(before: Uint8Array, after: Uint8Array, most: number): ElfDifference | undefined {
  const old = parseElf(before);
  const now = old === undefined ? undefined : parseElf(after);
  if (old === undefined || now === undefined) return undefined;
  return compareElf({ elf: old, bytes: before }, { elf: now, bytes: after }, most);
}

async function archiveDifference(
  before: Uint8Array,
  after: Uint8Array,
  most: number,
  { archive, inner }: BinaryOptions,
): Promise<ArchiveDifference | undefined> {
  const old = await listArchive(before, archive);
  const now = old === undefined ? undefined : await listArchive(after, archive);
  return old === undefined || now === undefined ? undefined : compareArchives(old, now, most, inner);
}
