import { describe, expect, test } from 'vitest';
import { treeGlyphs, treeLines } from '../../src/report/tree.js';

interface Node {
  readonly name: string;
  readonly children?: readonly Node[];
}
const shape = { label: (node: Node) => [node.name], children: (node: Node) => node.children ?? [] };
const sample: Node = {
  name: '/',
  children: [
    { name: 'etc', children: [{ name: 'a' }, { name: 'b' }] },
    { name: 'usr', children: [{ name: '\x1b' }] },
  ],
};

describe('treeLines', () => {
  test('draws as tree(1) does', () => {
    expect([...treeLines(sample, shape, treeGlyphs(true))]).toEqual([
      '/',
      '├── etc',
      '│   ├── a',
      '│   └── b',
      '└── usr',
      '    └── \\x1b',
    ]);
  });

  test('is ASCII where the locale is', () => {
    expect([...treeLines(sample, shape, treeGlyphs(false))].join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('a tree as deep as a path can be does not exhaust the stack', () => {
    let deep: Node = { name: 'x' };
    for (let i = 0; i < 5000; i++) deep = { name: 'x', children: [deep] };
    let count = 0;
    const lines = treeLines(deep, shape, treeGlyphs(true));
    while (lines.next().done !== true) count += 1;
    expect(count).toBe(5001);
  });

  test('children are asked for only when their parent is shown', () => {
    let asked = 0;
    const endless = {
      label: (node: number) => [String(node)],
      children: (node: number) => ((asked += 1), [node + 1]),
    };
    const lines = treeLines(0, endless, treeGlyphs(true));
    lines.next();
    lines.next();
    expect(asked).toBeLessThanOrEqual(2);
  });
});
