import { liveTouch, lookup, type Union } from '../union/union.js';

/** One of two snapshots that are compared. */
export interface Side {
  readonly union: Union;
  readonly n: number;
}

/** The nodes of one path in two unions; -1 where no layer ever named it. Whether a snapshot has it {@link liveTouch} tells. */
export type NodePair = readonly [before: number, after: number];

/**
 * Yields every path at and below `top` that one of the snapshots has, depth first, directories before what is in them,
 * children by the bytes of their names.
 */
export function* walkBoth(a: Side, b: Side, top = '/'): Generator<NodePair> {
  const stack: number[] = [];
  const push = (before: number, after: number): void => {
    if (isLive(a, before) || isLive(b, after)) stack.push(before, after);
  };
  push(lookup(a.union, top), lookup(b.union, top));
  while (stack.length > 0) {
    const after = stack.pop() ?? -1;
    const before = stack.pop() ?? -1;
    yield [before, after];
    if (a.union === b.union) pushSame(a.union, before, push);
    else pushMerged(a.union, before, b.union, after, push);
  }
}

function isLive({ union, n }: Side, node: number): boolean {
  return node >= 0 && liveTouch(union, node, n) >= 0;
}

/** Two snapshots of one union: a path is the same node in both. */
function pushSame({ childStart, children }: Union, node: number, push: (...pair: NodePair) => void): void {
  for (let i = childStart[node + 1] - 1; i >= childStart[node]; i--) push(children[i], children[i]);
}

/** Merges the children from the last name to the first, so that the first is on top. */
function pushMerged(
  a: Union,
  before: number,
  b: Union,
  after: number,
  push: (...pair: NodePair) => void,
): void {
  const [firstA, firstB] = [before < 0 ? 0 : a.childStart[before], after < 0 ? 0 : b.childStart[after]];
  let l = before < 0 ? -1 : a.childStart[before + 1] - 1;
  let r = after < 0 ? -1 : b.childStart[after + 1] - 1;
  while (l >= firstA || r >= firstB) {
    const order = l < firstA ? -1 : r < firstB ? 1 : compareNames(a, a.children[l], b, b.children[r]);
    push(order >= 0 ? a.children[l--] : -1, order <= 0 ? b.children[r--] : -1);
  }
}

function compareNames(a: Union, nodeA: number, b: Union, nodeB: number): number {
  const left = a.paths;
  const right = b.paths;
  return Buffer.compare(
    left.names.subarray(left.nameEnd[nodeA - 1], left.nameEnd[nodeA]),
    right.names.subarray(right.nameEnd[nodeB - 1], right.nameEnd[nodeB]),
  );
}
