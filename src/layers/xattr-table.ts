/** Distinct sets of extended attributes of a layer: whole trees share one (SELinux labels), so a row keeps a number. */
export interface XattrTable {
  readonly sets: ReadonlyMap<string, Uint8Array>[];
  /** Returns 1 + the index of the equal set, added when new. */
  add(attributes: ReadonlyMap<string, Uint8Array>): number;
}

export function createXattrTable(): XattrTable {
  const sets: ReadonlyMap<string, Uint8Array>[] = [];
  const known = new Map<string, number>();
  return {
    sets,
    add(attributes) {
      const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1));
      const key = JSON.stringify(
        sorted.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
      );
      const found = known.get(key);
      if (found !== undefined) return found;
      sets.push(new Map(sorted.map(([name, value]) => [name, Uint8Array.from(value)])));
      known.set(key, sets.length);
      return sets.length;
    },
  };
}
