const BYTES_PER_LINE = 16;

/**
 * Yields the lines of `hexdump -C`: offset, sixteen bytes in hex, the same as ASCII with `.` for everything not
 * printable. `offset` is what the first byte is counted from. Nothing in a line comes from the bytes unescaped.
 */
export function* hexdumpLines(bytes: Uint8Array, offset = 0): Generator<string> {
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    let hex = '';
    let text = '';
    const end = Math.min(bytes.length, at + BYTES_PER_LINE);
    for (let i = at; i < end; i++) {
      const byte = bytes[i];
      hex += `${byte < 16 ? '0' : ''}${byte.toString(16)}${i - at === 7 ? '  ' : ' '}`;
      text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    }
    yield `${(offset + at).toString(16).padStart(8, '0')}  ${hex.padEnd(49)} |${text}|`;
  }
}
