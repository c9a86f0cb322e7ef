/** Bytes of one block: every header, and the multiple every content is padded to (POSIX pax, "ustar Interchange Format"). */
export const BLOCK = 512;

/** Type flags: POSIX `0`-`7 g x`, GNU `D L K M N S V`, Solaris `X` (its own name for `x`). */
export const TYPE = {
  regularV7: 0,
  regular: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  character: 0x33,
  block: 0x34,
  directory: 0x35,
  fifo: 0x36,
  contiguous: 0x37,
  paxGlobal: 0x67,
  pax: 0x78,
  paxSolaris: 0x58,
  gnuDumpDirectory: 0x44,
  gnuLongLink: 0x4b,
  gnuLongName: 0x4c,
  gnuContinued: 0x4d,
  gnuSparse: 0x53,
  gnuVolume: 0x56,
} as const;

/** Where the fields of a header block begin (POSIX pax, "ustar Interchange Format"; GNU tar's tar.h; star's star.h). */
export const AT = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  checksum: 148,
  typeflag: 156,
  linkName: 157,
  magic: 257,
  version: 263,
  deviceMajor: 329,
  deviceMinor: 337,
  prefix: 345,
  gnuAtime: 345,
  gnuCtime: 357,
  gnuSparse: 386,
  gnuSparseExtended: 482,
  gnuRealSize: 483,
  starTrailer: 508,
} as const;

/** How long the fields of a header block are. */
export const LENGTH = { name: 100, id: 8, number: 12, prefix: 155, starPrefix: 131 } as const;

/** The header layouts that differ in what follows the link name. */
export type TarFormat = 'v7' | 'ustar' | 'star' | 'gnu';

/** Returns which layout the block at `at` has, as Go's archive/tar tells them apart. */
export function formatOf(block: Uint8Array, at: number): TarFormat {
  // "ustar" + NUL is POSIX, "ustar" + two spaces + NUL is old GNU; anything else is v7.
  if (
    block[at + 257] !== 0x75 ||
    block[at + 258] !== 0x73 ||
    block[at + 259] !== 0x74 ||
    block[at + 260] !== 0x61 ||
    block[at + 261] !== 0x72
  )
    return 'v7';
  if (block[at + 262] === 0) {
    const star =
      block[at + 508] === 0x74 &&
      block[at + 509] === 0x61 &&
      block[at + 510] === 0x72 &&
      block[at + 511] === 0;
    return star ? 'star' : 'ustar';
  }
  return block[at + 262] === 0x20 && block[at + 263] === 0x20 && block[at + 264] === 0 ? 'gnu' : 'v7';
}

/** What the sum over a header block says. */
export type BlockCheck = 'valid' | 'signed' | 'zero' | 'invalid';

/**
 * Returns whether the 512 bytes at `at` are a header: `valid` by the POSIX sum of unsigned bytes, `signed` by the sum
 * of signed bytes that old Sun tars wrote, `zero` when every byte is NUL, else `invalid`. `words` is a view on the same
 * memory in which the block begins at index `word`: adding four bytes at a time makes a header three times cheaper.
 */
export function checkBlock(block: Uint8Array, at: number, words: Int32Array, word: number): BlockCheck {
  let lanes = 0;
  for (let i = word, end = word + BLOCK / 4; i < end; i += 4) {
    const a = words[i];
    const b = words[i + 1];
    const c = words[i + 2];
    const d = words[i + 3];
    if ((a | b | c | d) === 0) continue;
    // Two sums of 256 bytes each in the halves of one word: at most 65,280, so neither runs over.
    lanes =
      (lanes +
        (a & 0xff00ff) +
        ((a >>> 8) & 0xff00ff) +
        (b & 0xff00ff) +
        ((b >>> 8) & 0xff00ff) +
        (c & 0xff00ff) +
        ((c >>> 8) & 0xff00ff) +
        (d & 0xff00ff) +
        ((d >>> 8) & 0xff00ff)) |
      0;
  }
  if (lanes === 0) return 'zero';
  let sum = (lanes & 0xffff) + (lanes >>> 16);
  const field = at + AT.checksum;
  for (let i = field; i < field + LENGTH.id; i++) sum += 0x20 - block[i];
  const stated = parseOctal(block, field, LENGTH.id);
  if (stated === sum) return 'valid';
  if (Number.isNaN(stated)) return 'invalid';
  for (let i = at; i < at + BLOCK; i++)
    if (block[i] >= 0x80 && (i < field || i >= field + LENGTH.id)) sum -= 256;
  return stated === sum ? 'signed' : 'invalid';
}

/**
 * Returns the octal number in a header field, 0 when the field is blank, NaN when it is something else. Blanks and
 * NULs around the digits are padding, and a NUL ends the number whatever follows, as Go and GNU tar have it.
 */
export function parseOctal(block: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let i = at;
  while (i < end && (block[i] === 0x20 || block[i] === 0)) i++;
  let value = 0;
  for (; i < end; i++) {
    const digit = block[i] - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  if (i === end || block[i] === 0) return value;
  for (; i < end; i++) if (block[i] !== 0x20 && block[i] !== 0) return NaN;
  return value;
}

/**
 * Returns the number in a header field: octal, or base-256 in two's complement when the first bit is set (GNU, star).
 * NaN when it is not a number or not a safe integer.
 */
export function parseNumber(block: Uint8Array, at: number, length: number): number {
  if ((block[at] & 0x80) === 0) return parseOctal(block, at, length);
  const invert = (block[at] & 0x40) === 0 ? 0 : 0xff;
  let value = (block[at] ^ invert) & 0x7f;
  for (let i = at + 1; i < at + length; i++) {
    value = value * 256 + (block[i] ^ invert);
    if (value > Number.MAX_SAFE_INTEGER) return NaN;
  }
  return invert === 0 ? value : -value - 1;
}

/** Returns where the text field at `at` ends: at its first NUL, or at its full length. */
export function endOfText(block: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let i = at;
  while (i < end && block[i] !== 0) i++;
  return i;
}

/** Returns the bytes of padding after `size` bytes of content. */
export function paddingOf(size: number): number {
  const over = size % BLOCK;
  return over === 0 ? 0 : BLOCK - over;
}
