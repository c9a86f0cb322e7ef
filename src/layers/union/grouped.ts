/**
 * Sorting by a group that is known by its number (counting sort), in loops so small that they are compiled while they run
 * the first time.
 */

/** Returns where each of `groups` groups begins when the items `from … to` are sorted by group, and where the last ends. */
export function groupStarts(groupOf: Uint32Array, from: number, to: number, groups: number): Uint32Array {
  const starts = new Uint32Array(groups + 1);
  countGroups(groupOf, from, to, starts);
  addUp(starts);
  return starts;
}

/** Each group's count goes one place behind it. */
function countGroups(groupOf: Uint32Array, from: number, to: number, counts: Uint32Array): void {
  for (let item = from; item < to; item++) counts[groupOf[item] + 1]++;
}

function addUp(counts: Uint32Array): void {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i];
    counts[i] = sum;
  }
}

/** Puts in place of each item's group where the item goes; items of a group keep their order. `cursor`, the starts, is used up. */
export function groupsToPlaces(groupOf: Uint32Array, count: number, cursor: Uint32Array): void {
  for (let item = 0; item < count; item++) groupOf[item] = cursor[groupOf[item]]++;
}

/** Puts the items `from … to` in the order of their groups; items of a group keep theirs. `cursor`, the starts, is used up. */
export function sortByGroup(
  groupOf: Uint32Array,
  from: number,
  to: number,
  cursor: Uint32Array,
  sorted: Uint32Array,
): void {
  for (let item = from; item < to; item++) sorted[cursor[groupOf[item]]++] = item;
}
