/** Bytes of a file's beginning that {@link guessType} looks at: the magic of tar stands at 257. */
export const MAGIC_BYTES = 512;

/** Signature at an offset → what it says the file is. Latin-1 text; the first that fits counts. */
const SIGNATURES: readonly (readonly [offset: number, signature: string, type: string])[] = [
  [0, '\x1f\x8b', 'gzip'],
  [0, '\x28\xb5\x2f\xfd', 'Zstandard'],
  [0, '\xfd7zXZ\0', 'xz'],
  [0, 'BZh', 'bzip2'],
  [0, '\x04\x22\x4d\x18', 'LZ4'],
  [0, 'PK\x03\x04', 'ZIP (also jar, wheel, docx)'],
  [0, 'PK\x05\x06', 'ZIP, empty'],
  [0, '7z\xbc\xaf\x27\x1c', '7-Zip'],
  [257, 'ustar', 'tar'],
  [0, '!<arch>\ndebian-binary', 'Debian package'],
  [0, '!<arch>\n', 'ar archive or static library'],
  [0, '\xed\xab\xee\xdb', 'RPM package'],
  [0, 'SQLite format 3\0', 'SQLite database'],
  [0, '\x89PNG\r\n\x1a\n', 'PNG image'],
  [0, '\xff\xd8\xff', 'JPEG image'],
  [0, 'GIF8', 'GIF image'],
  [8, 'WEBP', 'WebP image'],
  [0, '%PDF-', 'PDF document'],
  [0, 'wOF2', 'WOFF2 font'],
  [0, 'wOFF', 'WOFF font'],
  [0, '\0asm', 'WebAssembly module'],
  [0, '\xca\xfe\xba\xbe', 'Java class or universal Mach-O'],
  [0, '\xcf\xfa\xed\xfe', 'Mach-O'],
  [0, '\xde\x12\x04\x95', 'gettext catalogue'],
  [0, 'MZ', 'DOS or Windows executable'],
  [0, 'openssh-key-v1\0', 'OpenSSH private key'],
  [0, '-----BEGIN OPENSSH PRIVATE KEY-----', 'OpenSSH private key'],
  [0, '-----BEGIN PGP', 'PGP, armoured'],
  [0, '%!PS', 'PostScript'],
  [0, '<?xml', 'XML'],
  [0, '<!doctype html', 'HTML'],
];

const ELF_TYPES = ['none', 'object file', 'executable', 'shared object or PIE', 'core dump'] as const;
/** e_machine of the architectures images are made for (System V ABI, elf.h). */
const ELF_MACHINES = new Map([
  [3, 'i386'],
  [8, 'mips'],
  [20, 'ppc'],
  [21, 'ppc64'],
  [22, 's390x'],
  [40, 'arm'],
  [62, 'x86-64'],
  [183, 'aarch64'],
  [243, 'riscv'],
  [258, 'loongarch'],
]);

/**
 * Returns what a file most likely is by its first bytes: `ELF 64-bit executable, x86-64`, `script for /bin/sh`,
 * `PEM, RSA PRIVATE KEY`, `gzip`, ... or undefined. Text of the file in it (interpreter, label) is raw.
 */
export function guessType(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, MAGIC_BYTES)).toString(
    'latin1',
  );
  if (text.startsWith('\x7fELF')) return elf(head);
  if (text.startsWith('#!')) return script(text);
  const pem = /^-----BEGIN ([A-Z0-9 ]{1,60})-----/.exec(text);
  if (pem !== null && !pem[1].startsWith('OPENSSH') && !pem[1].startsWith('PGP')) return `PEM, ${pem[1]}`;
  const lower = text.slice(0, 16).toLowerCase();
  return SIGNATURES.find(
    ([offset, signature]) =>
      text.startsWith(signature, offset) ||
      (offset === 0 && signature === '<!doctype html' && lower.startsWith(signature)),
  )?.[2];
}

function script(text: string): string | undefined {
  const line = /^#![ \t]*([^\n\0]*)/.exec(text)?.[1].trim() ?? '';
  return line === '' ? undefined : `script for ${line.slice(0, 120)}`;
}

function elf(head: Uint8Array): string {
  if (head.length < 20) return 'ELF, cut short';
  const little = head[5] !== 2;
  const word = (at: number): number =>
    little ? head[at] | (head[at + 1] << 8) : (head[at] << 8) | head[at + 1];
  const type = word(16);
  const machine = word(18);
  const bits = head[4] === 2 ? '64-bit' : head[4] === 1 ? '32-bit' : 'of unknown width';
  const kind = type < ELF_TYPES.length ? ELF_TYPES[type] : `type ${String(type)}`;
  return `ELF ${bits} ${kind}, ${ELF_MACHINES.get(machine) ?? `machine ${String(machine)}`}`;
}
