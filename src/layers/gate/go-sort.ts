/**
 * Go's `sort.Sort` (Go 1.19 and later, src/sort/zsortinterface.go, BSD licence): a pattern-defeating quicksort, which
 * is not stable. What a Go program lists "by size" has its equals in the order that this algorithm leaves them in.
 */

type Less<T> = (a: T, b: T) => boolean;

const MAX_INSERTION = 12;
const SHORTEST_NINTHER = 50;
const MAX_SWAPS = 12;
const MAX_STEPS = 5;
const SHORTEST_SHIFTING = 50;

/** Sorts the list in place, exactly as Go does, in O(n log n). */
export function goSort<T>(list: T[], less: Less<T>): void {
  if (list.length > 1) createSorter(list, less).sort(0, list.length, bitLength(list.length));
}

function createSorter<T>(list: T[], before: Less<T>): { sort(a: number, b: number, limit: number): void } {
  const less = (i: number, j: number): boolean => before(list[i], list[j]);
  const swap = (i: number, j: number): void => {
    [list[i], list[j]] = [list[j], list[i]];
  };

  const insertionSort = (a: number, b: number): void => {
    for (let i = a + 1; i < b; i++) for (let j = i; j > a && less(j, j - 1); j--) swap(j, j - 1);
  };

  const siftDown = (low: number, high: number, first: number): void => {
    for (let root = low; ;) {
      let child = 2 * root + 1;
      if (child >= high) return;
      if (child + 1 < high && less(first + child, first + child + 1)) child++;
      if (!less(first + root, first + child)) return;
      swap(first + root, first + child);
      root = child;
    }
  };

  const heapSort = (a: number, b: number): void => {
    const high = b - a;
    for (let i = Math.trunc((high - 1) / 2); i >= 0; i--) siftDown(i, high, a);
    for (let i = high - 1; i >= 0; i--) {
      swap(a, a + i);
      siftDown(0, i, a);
    }
  };

  const partition = (a: number, b: number, pivot: number): { middle: number; already: boolean } => {
    swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    const approach = (): void => {
      while (i <= j && less(i, a)) i++;
      while (i <= j && !less(j, a)) j--;
    };
    approach();
    const already = i > j;
    while (i <= j) {
      swap(i++, j--);
      approach();
    }
    swap(j, a);
    return { middle: j, already };
  };

  const partitionEqual = (a: number, b: number, pivot: number): number => {
    swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    for (;;) {
      while (i <= j && !less(a, i)) i++;
      while (i <= j && less(a, j)) j--;
      if (i > j) return i;
      swap(i++, j--);
    }
  };

  const partialInsertionSort = (a: number, b: number): boolean => {
    let i = a + 1;
    for (let step = 0; step < MAX_STEPS; step++) {
      while (i < b && !less(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < SHORTEST_SHIFTING) return false;
      swap(i, i - 1);
      if (i - a >= 2) for (let j = i - 1; j >= 1 && less(j, j - 1); j--) swap(j, j - 1);
      if (b - i >= 2) for (let j = i + 1; j < b && less(j, j - 1); j++) swap(j, j - 1);
    }
    return false;
  };

  const breakPatterns = (a: number, b: number): void => {
    const length = b - a;
    if (length < 8) return;
    const random = createXorshift(length);
    const mask = BigInt(2 ** bitLength(length) - 1);
    const middle = a + Math.trunc(length / 4) * 2;
    for (let at = middle - 1; at <= middle + 1; at++) {
      const other = Number(random() & mask);
      swap(at, a + (other >= length ? other - length : other));
    }
  };

  const choosePivot = (a: number, b: number): { pivot: number; swaps: number } => {
    const length = b - a;
    let swaps = 0;
    const order = (x: number, y: number): [number, number] => {
      if (!less(y, x)) return [x, y];
      swaps += 1;
      return [y, x];
    };
    const median = (x: number, y: number, z: number): number => {
      [x, y] = order(x, y);
      [y, z] = order(y, z);
      [x, y] = order(x, y);
      return y;
    };
    const quarter = Math.trunc(length / 4);
    let [i, j, k] = [a + quarter, a + quarter * 2, a + quarter * 3];
    if (length >= SHORTEST_NINTHER) [i, j, k] = [i, j, k].map((at) => median(at - 1, at, at + 1));
    if (length >= 8) j = median(i, j, k);
    return { pivot: j, swaps };
  };

  const reverse = (a: number, b: number): void => {
    for (let i = a, j = b - 1; i < j;) swap(i++, j--);
  };

  const sort = (from: number, to: number, bad: number): void => {
    let [a, b, limit] = [from, to, bad];
    let wasBalanced = true;
    let wasPartitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= MAX_INSERTION) {
        insertionSort(a, b);
        return;
      }
      if (limit === 0) {
        heapSort(a, b);
        return;
      }
      if (!wasBalanced) {
        breakPatterns(a, b);
        limit -= 1;
      }
      const choice = choosePivot(a, b);
      let { pivot } = choice;
      const decreasing = choice.swaps === MAX_SWAPS;
      if (decreasing) {
        reverse(a, b);
        pivot = b - 1 - (pivot - a);
      }
      const increasing = decreasing || choice.swaps === 0;
      if (wasBalanced && wasPartitioned && increasing && partialInsertionSort(a, b)) return;
      if (a > 0 && !less(a - 1, pivot)) {
        a = partitionEqual(a, b, pivot);
        continue;
      }
      const { middle, already } = partition(a, b, pivot);
      wasPartitioned = already;
      const [left, right] = [middle - a, b - middle];
      const threshold = Math.trunc(length / 8);
      if (left < right) {
        wasBalanced = left >= threshold;
        sort(a, middle, limit);
        a = middle + 1;
      } else {
        wasBalanced = right >= threshold;
        sort(middle + 1, b, limit);
        b = middle;
      }
    }
  };
  return { sort };
}

/** math/bits.Len. */
function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

function createXorshift(seed: number): () => bigint {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state ^ (state << 13n));
    state ^= state >> 7n;
    state = BigInt.asUintN(64, state ^ (state << 17n));
    return state;
  };
}
