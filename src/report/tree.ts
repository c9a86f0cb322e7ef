import { formatCell, type Cell } from './cell.js';

/** What the branches of a tree are drawn with. */
export interface TreeGlyphs {
  readonly branch: string;
  readonly last: string;
  readonly pass: string;
  readonly blank: string;
}

const BOX: TreeGlyphs = { branch: '├── ', last: '└── ', pass: '│   ', blank: '    ' };
const ASCII: TreeGlyphs = { branch: '|-- ', last: '`-- ', pass: '|   ', blank: '    ' };

/** Returns box drawing for a UTF-8 locale and ASCII for others, as tree(1) does. */
export function treeGlyphs(utf8: boolean): TreeGlyphs {
  return utf8 ? BOX : ASCII;
}

export interface TreeShape<T> {
  /** The cells of a node's line, one space between them; escaped here. */
  readonly label: (node: T) => readonly Cell[];
  /** Children in the order to show; called once per node. */
  readonly children: (node: T) => Iterable<T>;
}

/** Yields the lines of a tree, root first. Holds one iterator per level, so depth and breadth are bounded by the input alone. */
export function* treeLines<T>(root: T, shape: TreeShape<T>, glyphs: TreeGlyphs): Generator<string> {
  const line = (node: T): string => shape.label(node).map(formatCell).join(' ');
  yield line(root);
  const stack = [open(root, shape, '')];
  for (;;) {
    const level = stack.at(-1);
    if (level === undefined) return;
    if (level.next.done === true) {
      stack.pop();
      continue;
    }
    const node = level.next.value;
    level.next = level.iterator.next();
    const isLast = level.next.done === true;
    yield level.prefix + (isLast ? glyphs.last : glyphs.branch) + line(node);
    stack.push(open(node, shape, level.prefix + (isLast ? glyphs.blank : glyphs.pass)));
  }
}

interface Level<T> {
  readonly prefix: string;
  readonly iterator: Iterator<T, unknown>;
  next: IteratorResult<T, unknown>;
}

function open<T>(node: T, shape: TreeShape<T>, prefix: string): Level<T> {
  const iterator: Iterator<T, unknown> = shape.children(node)[Symbol.iterator]();
  return { prefix, iterator, next: iterator.next() };
}
