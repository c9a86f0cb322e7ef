import { fileAt, type SnapshotFile } from './snapshot-file.js';
import { liveTouch, type Union } from './union.js';

export interface WalkedFile {
  readonly file: SnapshotFile;
  /** 0 for the starting point. */
  readonly depth: number;
}

/** Yields the nodes that exist in snapshot `n` at and below `start`, depth first, parents first, children by name. */
export function* walkNodes(union: Union, n: number, start = 0): Generator<number> {
  if (start !== 0 && liveTouch(union, start, n) < 0) return;
  const stack = [start];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    for (let i = union.childStart[node + 1] - 1; i >= union.childStart[node]; i--)
      if (liveTouch(union, union.children[i], n) >= 0) stack.push(union.children[i]);
  }
}

/** The same as files with their depth. `descend` may refuse to go below a directory. */
export function* walk(
  union: Union,
  n: number,
  start = 0,
  descend: (walked: WalkedFile) => boolean = () => true,
): Generator<WalkedFile> {
  const stack = [{ node: start, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const file = fileAt(union, next.node, n);
    if (file === undefined) continue;
    const walked = { file, depth: next.depth };
    yield walked;
    if (!descend(walked)) continue;
    for (let i = union.childStart[next.node + 1] - 1; i >= union.childStart[next.node]; i--)
      stack.push({ node: union.children[i], depth: next.depth + 1 });
  }
}

/** Yields the children of `node` that exist in snapshot `n`, by name. */
export function* childrenOf(union: Union, n: number, node: number): Generator<SnapshotFile> {
  for (let i = union.childStart[node]; i < union.childStart[node + 1]; i++) {
    const file = fileAt(union, union.children[i], n);
    if (file !== undefined) yield file;
  }
}
