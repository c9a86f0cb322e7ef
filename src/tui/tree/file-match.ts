import { type FileKind, KIND } from '../../model/entry.js';
import { TOUCH } from '../../layers/union/touch.js';
import { inodeOf } from '../../layers/union/union.js';
import type { ChangeView } from './change-view.js';
import { STATUS } from './change-view.js';
import type { FileTest } from './query.js';
import { type BeforeView, shownTouch } from './before-view.js';
import type { SnapshotView } from './snapshot-view.js';
import type { TouchFacts } from './touch-facts.js';

/** Where findings are, by node: 1 has one. */
export interface FoundNodes {
  readonly waste: Uint8Array | undefined;
  readonly anomaly: Uint8Array | undefined;
}

/** What the tests look at. */
export interface TestedTree {
  readonly facts: TouchFacts;
  readonly before: BeforeView;
  readonly view: SnapshotView;
  readonly changes: ChangeView;
  readonly found: FoundNodes;
}

const KIND_NUMBERS: Readonly<Record<FileKind, number>> = KIND;

/** Returns whether a node meets every test: as it is in the snapshot, or was before it was removed. */
export function meetsAll(tree: TestedTree, tests: readonly FileTest[], node: number): boolean {
  const { facts, view, before, changes, found } = tree;
  const gone = view.live[node] < 0;
  const touch = shownTouch(tree, node);
  if (touch < 0) return false;
  const kind = facts.kind[touch];
  for (const test of tests) {
    if (test.kind !== undefined && KIND_NUMBERS[test.kind] !== kind) return false;
    if (test.minSize !== undefined || test.maxSize !== undefined) {
      const bytes = gone ? before.bytes(node) : view.bytes[node];
      const size = kind === KIND.directory ? bytes : facts.bytes[touch];
      if (test.minSize !== undefined && size < test.minSize) return false;
      if (test.maxSize !== undefined && size > test.maxSize) return false;
    }
    if (test.modeAny !== undefined && (modeOf(facts, touch) & test.modeAny) === 0) return false;
    if (test.finding === 'deleted' && changes.status[node] !== STATUS.removed) return false;
    if (test.finding === 'waste' && found.waste?.[node] !== 1) return false;
    if (test.finding === 'anomaly' && found.anomaly?.[node] !== 1) return false;
  }
  return true;
}

/** Lower twelve bits; 0 for a symbolic link, whose mode says nothing. */
export function modeOf({ union, kind, linked }: TouchFacts, touch: number): number {
  if (kind[touch] === KIND.symlink) return 0;
  const row = union.touches.row[touch];
  if (row < 0 || union.touches.kind[touch] === TOUCH.implied) return 0o755;
  const inode = linked[touch] === 1 ? inodeOf(union, touch) : { layer: union.touches.layer[touch], row };
  return inode === undefined ? 0o755 : union.layers[inode.layer - 1].columns.mode[inode.row];
}
