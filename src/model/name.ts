/**
 * Names are bytes. They are held as JavaScript strings by an injective map: valid UTF-8 decodes as usual, and every byte
 * that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte (Python's PEP 383 `surrogateescape`).
 * Valid UTF-8 never decodes to a lone surrogate, so two different names are never the same string.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const ESCAPE_BASE = 0xdc00;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** Returns the string that stands for exactly these bytes. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeInvalid(bytes);
  }
}

/** Returns the bytes a string from {@link decodeName} stands for. Other lone surrogates are encoded as WTF-8. */
export function encodeName(name: string): Uint8Array {
  if (!LONE_SURROGATE.test(name)) return encoder.encode(name);
  const parts: number[] = [];
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff) parts.push(code - ESCAPE_BASE);
    else if (code >= 0xd800 && code <= 0xdfff)
      parts.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else parts.push(...encoder.encode(char));
  }
  return Uint8Array.from(parts);
}

/** True when the name's bytes are valid UTF-8, so that it can be shown and stored as text as it is. */
export function isUtf8Name(name: string): boolean {
  return !LONE_SURROGATE.test(name);
}

function decodeInvalid(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const length = validSequenceLength(bytes, i);
    if (length === 0) {
      out += String.fromCharCode(ESCAPE_BASE + bytes[i]);
      i += 1;
    } else {
      out += strict.decode(bytes.subarray(i, i + length));
      i += length;
    }
  }
  return out;
}

/** Length in bytes of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), or 0. */
function validSequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf
      ? 2
      : lead >= 0xe0 && lead <= 0xef
        ? 3
        : lead >= 0xf0 && lead <= 0xf4
          ? 4
          : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const second = bytes[at + 1];
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  return length;
}
