const BLOCK = 64 * 1024;

/** Returns the offset of the first byte that differs; the length of the shorter where it begins the longer. */
export function firstDifference(before: Uint8Array, after: Uint8Array): number {
  const length = Math.min(before.length, after.length);
  for (let start = 0; start < length; start += BLOCK) {
    const end = Math.min(length, start + BLOCK);
    if (Buffer.compare(before.subarray(start, end), after.subarray(start, end)) === 0) continue;
    for (let i = start; i < end; i++) if (before[i] !== after[i]) return i;
  }
  return length;
}
