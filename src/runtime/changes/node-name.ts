import type { PathTable } from '../../layers/index/path-table.js';

/** Returns the bytes of a node's own name; not to be changed. */
export function nodeNameBytes(table: PathTable, node: number): Uint8Array {
  return table.names.subarray(node === 0 ? 0 : table.nameEnd[node - 1], table.nameEnd[node]);
}
