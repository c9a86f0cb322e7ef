/** Tells which layer had a content first. */
export interface DigestTable {
  /** Returns the layer that gave the digest `digests[offset … offset + 32]` first, or 0 after noting it for `layer`. */
  firstWith(layer: number, digests: Uint8Array, offset: number): number;
}

/** Whoever makes an image chooses its digests' first bits cheaply; without the seed they would choose their slots. */
const SEED = (Math.random() * 0xffffffff) >>> 0;
const BYTES = 32;

/** Returns an empty table with room for `most` different digests: 14 to 23 bytes each, none copied. */
export function createDigestTable(most: number): DigestTable {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, most) / 0.75));
  const mask = size - 1;
  /** 1 + number of the digest; 0: free. */
  const slots = new Uint32Array(size);
  const layers = new Uint16Array(most);
  const offsets = new Float64Array(most);
  const sources: Uint8Array[] = [];
  let count = 0;

  return {
    firstWith(layer, digests, offset) {
      for (let slot = hashAt(digests, offset) & mask; ; slot = (slot + 1) & mask) {
        const number = slots[slot] - 1;
        if (number < 0) {
          slots[slot] = count + 1;
          layers[count] = layer;
          offsets[count++] = offset;
          sources[layer] = digests;
          return 0;
        }
        if (same(sources[layers[number]], offsets[number], digests, offset)) return layers[number];
      }
    },
  };
}

function hashAt(bytes: Uint8Array, offset: number): number {
  let hash = SEED;
  for (let i = offset; i < offset + 12; i += 4) {
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

function same(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let i = 0; i < BYTES; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
