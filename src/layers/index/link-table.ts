import { grown } from './large-array.js';

/** Texts of a layer's links while it is read. */
export interface LinkTable {
  /** Of all texts. */
  readonly bytes: number;
  /** Appends a text; returns 1 + its index. */
  add(text: Uint8Array): number;
  /** The text that {@link add} returned `link` for; good until the next one is added. */
  textOf(link: number): Uint8Array;
  finish(): { linkEnd: Uint32Array; linkBytes: Uint8Array };
}

export function createLinkTable(): LinkTable {
  const ends: number[] = [];
  let bytes = new Uint8Array(4096);
  let used = 0;
  return {
    get bytes() {
      return used;
    },
    add(text) {
      if (used + text.length > bytes.length) bytes = grown(bytes, used + text.length);
      bytes.set(text, used);
      used += text.length;
      return ends.push(used);
    },
    textOf: (link) => bytes.subarray(link === 1 ? 0 : ends[link - 2], ends[link - 1]),
    finish: () => ({ linkEnd: Uint32Array.from(ends), linkBytes: bytes.subarray(0, used) }),
  };
}
