import { expect } from 'vitest';
import { type LayerIndex, entriesOf } from '../../src/layers/index/layer-index.js';
import { searchedFiles } from '../../src/layers/search/searched.js';
import type { Union } from '../../src/layers/union/union.js';
import type { Entry } from '../../src/model/entry.js';
import type { ReadImage } from './our-tree.js';

const BLOCK = 512;
const padded = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;

/** Checks that the entries lie one behind the other without a gap, and returns what is not content. */
function framingOf(index: LayerIndex): number {
  let end = 0;
  let framing = 0;
  for (const { headerOffset, dataOffset, storedSize } of entriesOf(index)) {
    expect(headerOffset).toBe(end);
    end = dataOffset + padded(storedSize);
    framing += end - headerOffset - storedSize;
  }
  expect(index.plainBytes).toBeGreaterThanOrEqual(end);
  return framing + index.plainBytes - end;
}

/** The content of each path that a later entry of the path has unchanged: same bytes, so only metadata differ. */
function copies(union: Union): Set<string> {
  const later = new Map<string, Entry>();
  const found = new Set<string>();
  for (let layer = union.layers.length; layer >= 1; layer--)
    for (const entry of [...entriesOf(union.layers[layer - 1])].reverse()) {
      const next = later.get(entry.path);
      if (entry.kind === 'file' && next?.kind === 'file' && next.content === entry.content)
        found.add(`${String(layer)} ${String(entry.row)}`);
      if (entry.kind !== 'directory') later.set(entry.path, entry);
    }
  return found;
}

/**
 * Checks law 2: the bytes of all layers = live + overwritten or deleted + metadata-only copies, exactly; no byte
 * unexplained. What is not content of a file is the framing of the tar: headers, padding, the end marker. Returns the
 * sums.
 */
export function explainEveryByte({
  union,
}: ReadImage): Record<'live' | 'hidden' | 'copy' | 'framing', number> {
  const n = union.layers.length;
  const keysOf = (scope: 'snapshot' | 'deleted'): Set<string> =>
    new Set(
      searchedFiles(union, n, scope, 0)
        .flat()
        .map(({ layer, row }) => `${String(layer)} ${String(row)}`),
    );
  const live = keysOf('snapshot');
  const hidden = keysOf('deleted');
  const copied = copies(union);
  const sums = { live: 0, hidden: 0, copy: 0, framing: 0 };
  for (const [i, index] of union.layers.entries()) {
    const before = sums.live + sums.hidden + sums.copy + sums.framing;
    sums.framing += framingOf(index);
    for (const entry of entriesOf(index)) {
      const key = `${String(i + 1)} ${String(entry.row)}`;
      // Content that one of several hard links still shows is live whatever became of its other names.
      if (live.has(key)) sums.live += entry.storedSize;
      else if (hidden.has(key)) sums.hidden += entry.storedSize;
      else if (copied.has(key)) sums.copy += entry.storedSize;
      else expect([key, entry.path, entry.kind, entry.storedSize]).toEqual([key, entry.path, entry.kind, 0]);
    }
    expect(sums.live + sums.hidden + sums.copy + sums.framing - before).toBe(index.plainBytes);
  }
  return sums;
}
