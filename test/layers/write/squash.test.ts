import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedNodes } from '../../../src/layers/changes/changed-nodes.js';
import { entriesOf } from '../../../src/layers/index/layer-index.js';
import { squashLayers } from '../../../src/layers/write/squash.js';
import { unite } from '../../../src/layers/union/unite.js';
import type { Union } from '../../../src/layers/union/union.js';
import type { Layer } from '../../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { useFolder } from '../../helpers/look.js';
import { compareTrees } from '../../helpers/oracle.js';
import { snapshotTree } from '../../helpers/our-tree.js';
import { indexOfTar, tarOf, type TarMemberSpec } from '../../helpers/tar-layer.js';

/* The one layer of several does on what is below exactly what they do. */

const folder = useFolder();

interface Stack {
  readonly union: Union;
  readonly layers: readonly Layer[];
}

async function stackOf(stack: readonly (readonly TarMemberSpec[])[]): Promise<Stack> {
  const layers: Layer[] = [];
  const indexes = [];
  for (const [i, members] of stack.entries()) {
    const tar = tarOf(members);
    const file = path.join(folder(), `${String(i)}.tar`);
    writeFileSync(file, tar);
    layers.push({
      position: i + 1,
      mediaType: '',
      digest: undefined,
      size: tar.length,
      diffID: undefined,
      content: { kind: 'blob', range: { path: file, offset: 0, length: tar.length }, compression: 'none' },
      step: undefined,
    });
    indexes.push(await indexOfTar(tar));
  }
  return { union: unite(indexes), layers };
}

/** The tar of the layers above `from`; undefined when they do nothing. */
async function squash({ union, layers }: Stack, from: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  const nodes = changedNodes(union, from, layers.length);
  if (nodes.written.length === 0) return undefined;
  await squashLayers(union, layers, layers.length, nodes, {
    limits: DEFAULT_LIMITS,
    write: (bytes) => Promise.resolve(void parts.push(Buffer.from(bytes))),
  });
  return Buffer.concat(parts);
}

async function lawHolds(stack: Stack): Promise<void> {
  const { union, layers } = stack;
  const to = layers.length;
  for (let from = 0; from < to; from++) {
    const tar = await squash(stack, from);
    const below = union.layers.slice(0, from);
    const again = unite(tar === undefined ? below : [...below, await indexOfTar(tar)]);
    const n = again.layers.length;
    const made = n === 0 ? new Map() : snapshotTree(again, n);
    if (n > 0)
      expect(compareTrees(made, snapshotTree(union, to)).map((line) => `${String(from)}: ${line}`)).toEqual(
        [],
      );
    expect([...again.anomalyCounts.keys()].filter((code) => !union.anomalyCounts.has(code))).toEqual([]);
    if (tar !== undefined) expect((await squash(stack, from))?.equals(tar)).toBe(true);
  }
}

const dir = (name: string, mode?: number): TarMemberSpec => ({ name, type: 'dir', mode });
const file = (name: string, content: string, mtime?: number): TarMemberSpec => ({ name, content, mtime });

test.each<[string, (readonly TarMemberSpec[])[]]>([
  [
    'a file added, changed and removed',
    [[file('a', '1')], [file('a', '2'), file('b', '1')], [file('.wh.b', '')]],
  ],
  [
    'removed below, made again',
    [[dir('d'), file('d/x', '1')], [file('.wh.d', '')], [dir('d'), file('d/y', '2')]],
  ],
  [
    'an opaque directory',
    [
      [dir('d'), file('d/x', '1'), file('d/z', '1')],
      [dir('d'), file('d/.wh..wh..opq', ''), file('d/z', '2')],
    ],
  ],
  ['a directory becomes a file', [[dir('d'), file('d/x', '1')], [file('d', 'now a file')]]],
  ['a file becomes a directory', [[file('d', '1')], [dir('d'), file('d/x', '1')]]],
  [
    'a link becomes a directory',
    [
      [dir('e'), { name: 'd', type: 'symlink', link: 'e' }],
      [dir('d'), file('d/x', '1')],
    ],
  ],
  ['hard links joined', [[file('a', '1')], [{ name: 'b', type: 'hardlink', link: 'a' }]]],
  ['hard links parted', [[file('a', '1'), { name: 'b', type: 'hardlink', link: 'a' }], [file('b', '1')]]],
  [
    'one of three hard links removed',
    [
      [
        file('a', '1'),
        { name: 'b', type: 'hardlink', link: 'a' },
        { name: 'c', type: 'hardlink', link: 'a' },
      ],
      [file('.wh.c', '')],
    ],
  ],
  ['only metadata', [[dir('d', 0o755), file('d/x', '1')], [dir('d', 0o700)]]],
  ['done and undone', [[file('a', '1')], [file('a', '2')], [file('a', '1')]]],
  ['implied directories', [[file('a/b/c', '1')], [file('a/b/.wh.c', '')], [file('x/y/z', '1')]]],
])('%s', async (_name, stack) => {
  await lawHolds(await stackOf(stack));
});

test('what was done and undone makes no layer', async () => {
  const stack = await stackOf([[file('a', '1')], [file('a', '2')], [file('a', '1')]]);
  expect(await squash(stack, 1)).toBeUndefined();
});

test('directories come before all that is in them', async () => {
  const stack = await stackOf([
    [dir('e'), { name: 'd', type: 'symlink', link: 'e' }],
    [dir('d'), file('d/x', '1')],
  ]);
  const tar = await squash(stack, 1);
  const names = [...entriesOf(await indexOfTar(tar ?? Buffer.alloc(0)))].map(({ path: at }) => at);
  expect(names).toEqual(['/', '/d', '/d/x']);
});

const name = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const member: fc.Arbitrary<TarMemberSpec> = fc.oneof(
  fc.record({ name, content: fc.constantFrom('', '1', '2'), mtime: fc.constantFrom(1, 2) }),
  fc.record({ name, type: fc.constant('dir' as const), mode: fc.constantFrom(0o755, 0o700) }),
  fc.record({ name, type: fc.constant('symlink' as const), link: fc.constantFrom('a', 'b/c') }),
  fc.record({ name, type: fc.constant('hardlink' as const), link: name }),
  name.map((at) => ({ name: at.replace(/[^/]*$/, '.wh.$&'), content: '' })),
  name.map((at) => ({ name: `${at}/.wh..wh..opq`, content: '' })),
);

test('any stack', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(member, { maxLength: 6 }), { minLength: 2, maxLength: 4 }),
      async (stack) => {
        await lawHolds(await stackOf(stack));
      },
    ),
    { numRuns: 150 },
  );
});
