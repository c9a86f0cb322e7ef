/** Returns a function that remembers its last `most` results by key. */
export function recent<T>(most: number, make: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    const known = kept.get(key);
    const value = known ?? make(key);
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > most) deleteOldest(kept);
    return value;
  };
}

/** Deletes what was put into the map first. */
export function deleteOldest(kept: Map<string, unknown>): void {
  const [oldest] = kept.keys();
  kept.delete(oldest);
}
