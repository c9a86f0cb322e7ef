import type { LayerIndex } from '../index/layer-index.js';

/** Owner and mode that copies got, as far as all of a group agree. */
export interface CopiedMetadata {
  /** In what any of them differs from what was copied, a mask of facets.ts. */
  facets: number;
  /** Negative: they differ, or it is not known. */
  uid: number;
  gid: number;
  /** With set-ID and sticky bits. */
  mode: number;
}

const UNSEEN = -2;
const DIFFERENT = -1;

/** Returns what no copies agree in. */
export function copiedMetadata(): CopiedMetadata {
  return { facets: 0, uid: UNSEEN, gid: UNSEEN, mode: UNSEEN };
}

/** Adds the copy at `row` to the group; a row below zero is a copy of which nothing is known. */
export function addCopy(all: CopiedMetadata, facets: number, index: LayerIndex, row: number): void {
  const { uid, gid, mode } = index.columns;
  all.facets |= facets;
  all.uid = agree(all.uid, row < 0 ? DIFFERENT : uid[row]);
  all.gid = agree(all.gid, row < 0 ? DIFFERENT : gid[row]);
  all.mode = agree(all.mode, row < 0 ? DIFFERENT : mode[row] & 0o7777);
}

function agree(before: number, now: number): number {
  return before === UNSEEN || before === now ? now : DIFFERENT;
}
