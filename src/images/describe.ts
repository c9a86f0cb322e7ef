/** Magic numbers of files that people mistake for images: offset, bytes as latin1, what it is. */
const MAGICS: readonly (readonly [offset: number, magic: string, what: string])[] = [
  [0, '\x7fELF', 'an ELF program'],
  [0, 'PK\x03\x04', 'a zip archive'],
  [0, '\xfd7zXZ\0', 'an xz file'],
  [0, 'BZh', 'a bzip2 file'],
  [0, '\x04\x22\x4d\x18', 'an lz4 file'],
  [0, '7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  [0, 'hsqs', 'a squashfs image'],
  [0, 'QFI\xfb', 'a qcow2 disk image'],
  [0, '!<arch>\n', 'an ar archive or Debian package'],
  [0, '\xed\xab\xee\xdb', 'an RPM package'],
  [0, '070701', 'a cpio archive'],
  [0, '%PDF-', 'a PDF document'],
  [0, '\x89PNG', 'a PNG picture'],
  [32, 'SIF_MAGIC', 'a Singularity image'],
  [0, '#!', 'a script'],
];

/** Returns what the first bytes of a file look like, with its article, for people who gave the wrong file. */
export function describeHead(head: Uint8Array): string {
  if (head.length === 0) return 'an empty file';
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  for (const [offset, magic, what] of MAGICS) if (text.startsWith(magic, offset)) return what;
  if (/^\s*[[{]/.test(text)) return 'a JSON or text file';
  // Control characters other than tab, line feed, form feed and carriage return do not occur in text.
  return /[\x00-\x08\x0b\x0e-\x1f\x7f]/.test(text) ? 'binary data of an unknown kind' : 'a text file';
}

/** Returns how to get at what is inside, for compressions strata does not read. */
export function hintFor(what: string, name: string): string | undefined {
  if (what === 'an xz file') return `decompress it first: xz -dc '${name}' | strata -`;
  if (what === 'a bzip2 file') return `decompress it first: bzip2 -dc '${name}' | strata -`;
  if (what === 'an lz4 file') return `decompress it first: lz4 -dc '${name}' | strata -`;
  return undefined;
}
