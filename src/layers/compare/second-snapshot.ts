/** Returns the number of snapshot `m` of the second stack in the union with a first one of `count` layers (`joinStacks`). */
export function secondSnapshot(count: number, m: number): number {
  return count + 1 + m;
}
