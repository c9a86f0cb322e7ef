/** Distinct sets of extended attributes of a layer: whole trees share one (SELinux labels), so a row keeps a number. */
export interface XattrTable {
  readonly sets: ReadonlyMap<string, Uint8Array>[];
  /** Memory of the sets, about, also while they are made and written. */
  readonly bytes: number;
  /** Returns 1 + the index of the equal set, added when new. */
  add(attributes: ReadonlyMap<string, Uint8Array>): number;
}

/** Of a set with its map and arrays, however small. */
const SET_BYTES = 300;

export function createXattrTable(): XattrTable {
  const sets: ReadonlyMap<string, Uint8Array>[] = [];
  const known = new Map<string, number>();
  let bytes = 0;
  return {
    sets,
    get bytes() {
      return bytes;
    },
    add(attributes) {
      const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1));
      const key = JSON.stringify(
        sorted.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
      );
      const found = known.get(key);
      if (found !== undefined) return found;
      sets.push(new Map(sorted.map(([name, value]) => [name, Uint8Array.from(value)])));
      known.set(key, sets.length);
      // The key, the values, and later their base64.
      bytes += SET_BYTES + 6 * key.length;
      return sets.length;
    },
  };
}
