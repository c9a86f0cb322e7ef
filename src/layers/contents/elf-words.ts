/** Reads the fields of an ELF file in its own width and byte order (System V ABI, "Data Representation"). */
export interface ElfWords {
  readonly wide: boolean;
  readonly length: number;
  half(at: number): number;
  word(at: number): number;
  /** An address, offset or size: 4 bytes in ELF32, 8 in ELF64; exact up to 2^53. */
  xword(at: number): number;
}

/** Returns the reader for bytes that begin with the identification of an ELF file, undefined for all others. */
export function elfWords(bytes: Uint8Array): ElfWords | undefined {
  if (bytes.length < 52) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== 0x7f454c46) return undefined;
  const [width, order] = [bytes[4], bytes[5]];
  if ((width !== 1 && width !== 2) || (order !== 1 && order !== 2)) return undefined;
  const wide = width === 2;
  if (wide && bytes.length < 64) return undefined;
  const little = order === 1;
  const word = (at: number): number => view.getUint32(at, little);
  return {
    wide,
    length: bytes.length,
    half: (at) => view.getUint16(at, little),
    word,
    xword: (at) => (wide ? Number(view.getBigUint64(at, little)) : word(at)),
  };
}
