/** Returns an archive of old GNU sparse files: 512 bytes of x stored of each, or of another letter; the rest is a hole. */
export function sparseTar(
  files: readonly (readonly [name: string, size: number, letter?: string])[],
): Buffer {
  return Buffer.concat([...files.map((file) => member(...file)), Buffer.alloc(1024)]);
}

function member(name: string, size: number, letter = 'x'): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): number =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(name, 0, 'latin1');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(512, 124, 12);
  octal(0, 136, 12);
  header.write('        S', 148, 'latin1');
  header.write('ustar  \0', 257, 'latin1');
  octal(0, 386, 12);
  octal(512, 398, 12);
  header[483] = 0x80;
  header.writeBigUInt64BE(BigInt(size), 487);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return Buffer.concat([header, Buffer.alloc(512, letter)]);
}
