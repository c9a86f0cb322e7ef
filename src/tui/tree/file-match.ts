import { type FileKind, KIND } from '../../model/entry.js';
import { TOUCH } from '../../layers/union/touch.js';
import { inodeOf } from '../../layers/union/union.js';
import type { ChangeView } from './change-view.js';
import { STATUS } from './change-view.js';
import type { FileTest } from './query.js';
import type { BeforeView } from './before-view.js';
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

/**
 * Returns which of the nodes in `within` meet every test, 1 each: as it is in the snapshot, or was before it was removed.
 * A loop for each test: V8 is long in making a quick one of calls in calls.
 */
export function fileMarks(tree: TestedTree, tests: readonly FileTest[], within: Uint8Array): Uint8Array {
  const marks = within.slice();
  for (const test of tests) for (const check of checksOf(tree, test)) keepWhere(tree, marks, check);
  return marks;
}

type Check = (touch: number, node: number) => boolean;

function keepWhere({ view: { live }, before }: TestedTree, marks: Uint8Array, check: Check): void {
  for (let node = 0; node < marks.length; node++) {
    if (marks[node] === 0) continue;
    const touch = live[node] < 0 ? before.live(node) : live[node];
    if (touch < 0 || !check(touch, node)) marks[node] = 0;
  }
}

function checksOf(tree: TestedTree, { kind, minSize, maxSize, modeAny, finding }: FileTest): Check[] {
  const { facts, changes, found } = tree;
  const checks: Check[] = [];
  if (kind !== undefined) {
    const wanted = KIND_NUMBERS[kind];
    checks.push((touch) => facts.kind[touch] === wanted);
  }
  if (minSize !== undefined || maxSize !== undefined)
    checks.push(sizeCheck(tree, minSize ?? 0, maxSize ?? Infinity));
  if (modeAny !== undefined) checks.push((touch) => (modeOf(facts, touch) & modeAny) !== 0);
  if (finding === 'deleted') checks.push((_touch, node) => changes.status[node] === STATUS.removed);
  else if (finding !== undefined) checks.push((_touch, node) => found[finding]?.[node] === 1);
  return checks;
}

/** Logical bytes; of a directory those below it. */
function sizeCheck({ facts: { kind, bytes }, view, before }: TestedTree, min: number, max: number): Check {
  return (touch, node) => {
    if (kind[touch] !== KIND.directory) return bytes[touch] >= min && bytes[touch] <= max;
    const below = view.live[node] < 0 ? before.bytes(node) : view.bytes[node];
    return below >= min && below <= max;
  };
}

/** Lower twelve bits; 0 for a symbolic link, whose mode says nothing. */
export function modeOf({ union, kind, linked }: TouchFacts, touch: number): number {
  if (kind[touch] === KIND.symlink) return 0;
  const row = union.touches.row[touch];
  if (row < 0 || union.touches.kind[touch] === TOUCH.implied) return 0o755;
  const inode = linked[touch] === 1 ? inodeOf(union, touch) : { layer: union.touches.layer[touch], row };
  return inode === undefined ? 0o755 : union.layers[inode.layer - 1].columns.mode[inode.row];
}
