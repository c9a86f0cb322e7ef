import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { classifyBytes } from '../../../src/layers/waste/classify-bytes.js';
import { nodePath } from '../../../src/layers/index/path-table.js';
import { unite } from '../../../src/layers/union/unite.js';
import { WASTE_CLASSES } from '../../../src/layers/waste/waste.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { withImage } from '../../helpers/our-tree.js';
import { realImages } from '../../helpers/real-images.js';
import { rootTest } from '../../helpers/root.js';
import { FIXTURES } from '../../helpers/run-command.js';
import { sparseStack } from '../../helpers/sparse-stack.js';
import { wasteAgrees } from '../../helpers/waste-agrees.js';
import { wasteImages } from '../../helpers/waste-images.js';

/** Transport and place of the fixtures with one image, and of those with several with the tag. */
const SINGLE = [
  ...['demo.tar', 'docker-classic.tar', 'docker-classic.tar.gz', 'docker-classic.tar.zst'].map(dockerArchive),
  ...['docker-podman.tar', 'docker-kaniko.tar', 'docker-hybrid.tar'].map(dockerArchive),
  ...['oci', 'oci-plain', 'oci-zstd', 'oci-zstd-frames', 'oci-empty-layers', 'oci-estargz'].map(oci),
  ...['oci-130-layers', 'oci-500-layers', 'oci-foreign', 'oci-windows', 'oci-wrong-types'].map(oci),
  ...['oci-history', 'oci-nested', 'oci-sha512', 'demo-oci', 'demo-zstd'].map(oci),
  'dir dir',
  'rootfs rootfs.tar',
  'oci-archive oci-archive.tar',
  'oci-archive demo.oci.tar',
];
const SEVERAL = [
  'docker-archive docker-several.tar other:latest',
  'docker-archive docker-several.tar @2',
  'oci oci-several two',
];

function dockerArchive(name: string): string {
  return `docker-archive ${name}`;
}

function oci(name: string): string {
  return `oci ${name}`;
}

const file = (name: string, content = name, more: Partial<MemberSpec> = {}): MemberSpec => ({
  name,
  content,
  ...more,
});
const dir = (name: string): MemberSpec => ({ name, type: 'dir' });
const link = (name: string, to: string): MemberSpec => ({ name, type: 'hardlink', link: to });
const gone = (name: string): MemberSpec => file(name, '');

/** `layer path class` of every entry with content, with the layer that hid it; both implementations agree first. */
function classes(...layers: MemberSpec[][]): string[] {
  const union = unite(layers.map(layerOf));
  wasteAgrees(union);
  const { classOf, goneIn } = classifyBytes(union, layers.length);
  return union.layers.flatMap(({ columns, paths }, i) =>
    [...classOf[i]].flatMap((place, row) => {
      const name = WASTE_CLASSES[place];
      const hidden = goneIn[i][row] === 0 ? '' : ` in ${String(goneIn[i][row])}`;
      return name === 'framing'
        ? []
        : [`${String(i + 1)} ${nodePath(paths, columns.node[row])} ${name}${hidden}`];
    }),
  );
}

describe('a content is classed by what followed at its path', () => {
  it('live in one layer, duplicate where the same content lies at another path', () => {
    expect(classes([file('a', 'x'), file('b', 'x'), file('c', 'y'), file('d', ''), file('e', '')])).toEqual([
      '1 /a live',
      '1 /b duplicate',
      '1 /c live',
    ]);
  });
  it('another content: overwritten; a whiteout: deleted; other metadata or nothing: a copy', () => {
    expect(
      classes(
        [file('a', '1'), file('b', '2'), file('c', '3'), file('d', '4')],
        [file('a', '5'), gone('.wh.b'), file('c', '3', { mode: 0o600 }), file('d', '4')],
      ),
    ).toEqual([
      '1 /a overwritten in 2',
      '1 /b deleted in 2',
      '1 /c metadata-copy in 2',
      '1 /d metadata-copy in 2',
      '2 /a live',
      '2 /c live',
      '2 /d live',
    ]);
  });
  it('a whiteout of a directory, an opaque one, and a file in its place take all below', () => {
    for (const layer of [[gone('.wh.d')], [dir('d'), gone('d/.wh..wh..opq')], [file('d', 'now a file')]])
      expect(
        classes([dir('d'), dir('d/e'), file('d/e/f', '1'), file('d/g', '2')], layer).slice(0, 2),
      ).toEqual(['1 /d/e/f deleted in 2', '1 /d/g deleted in 2']);
  });
  it('a dangling whiteout takes nothing', () => {
    expect(classes([file('a')], [gone('.wh.b'), gone('x/.wh.y')])).toEqual(['1 /a live']);
  });
  it('removed and made again in one layer: by what the layer left, in either order', () => {
    for (const [content, what] of [
      ['1', 'metadata-copy'],
      ['2', 'overwritten'],
    ] as const)
      for (const layer of [
        [gone('.wh.a'), file('a', content, { mtime: 5 })],
        [file('a', content, { mtime: 5 }), gone('.wh.a')],
      ])
        expect(classes([file('a', '1')], layer)).toEqual([`1 /a ${what} in 2`, '2 /a live']);
  });
  it('removed, and made again by a later layer: deleted', () => {
    expect(classes([file('a', '1')], [gone('.wh.a')], [file('a', '1')])).toEqual([
      '1 /a deleted in 2',
      '3 /a live',
    ]);
  });
  it('a file that became a directory or a symlink is overwritten, also by members below it', () => {
    for (const layer of [
      [dir('a')],
      [file('a/b', '2')],
      [{ name: 'a', type: 'symlink', link: 'c' } as const],
    ])
      expect(classes([file('a', '1')], layer)[0]).toBe('1 /a overwritten in 2');
  });
  it('a member that its own layer repeats or hides', () => {
    expect(classes([file('a', '1'), file('a', '2'), file('a', '3')])).toEqual([
      '1 /a overwritten in 1',
      '1 /a overwritten in 1',
      '1 /a live',
    ]);
    expect(classes([file('d/a', '1'), file('d', '2')])).toEqual(['1 /d/a deleted in 1', '1 /d live']);
  });
});

describe('hard links', () => {
  it('one of several names keeps the content live', () => {
    expect(classes([file('a', '1'), link('b', 'a')], [gone('.wh.a')])).toEqual(['1 /a live']);
    expect(classes([file('a', '1'), link('b', 'a')], [file('b', '2')])).toEqual(['1 /a live', '2 /b live']);
  });
  it('also a name of a later layer', () => {
    expect(classes([file('a', '1')], [link('b', 'a')], [gone('.wh.a')])).toEqual(['1 /a live']);
    expect(classes([file('a', '1')], [link('b', 'a')], [gone('.wh.a')], [gone('.wh.b')])).toEqual([
      '1 /a deleted in 4',
    ]);
  });
  it('of names that went one after another the last one decides, of names that went together the copy', () => {
    expect(classes([file('a', '1'), link('b', 'a')], [file('a', '2')], [gone('.wh.b')])).toEqual([
      '1 /a deleted in 3',
      '2 /a live',
    ]);
    expect(
      classes([file('a', '1'), link('b', 'a')], [gone('.wh.a'), file('b', '1', { mode: 0o600 })]),
    ).toEqual(['1 /a metadata-copy in 2', '2 /b live']);
  });
  it('a link that states its own target again changes nothing', () => {
    expect(classes([file('a', '1'), link('b', 'a')], [link('b', 'a')])).toEqual(['1 /a live']);
  });
});

it('of a sparse file what the tar stores counts, not the holes', async () => {
  const { union, stored } = await sparseStack();
  const waste = wasteAgrees(union);
  expect(waste.contentBytes).toBe(stored);
  expect(waste.contentBytes).toBeLessThan(10_000);
  expect(waste.classes.map(({ class: name, bytes }) => [name, bytes])).toEqual(
    expect.arrayContaining([
      ['metadata-copy', 512],
      ['deleted', 512],
    ]),
  );
});

describe('both implementations agree, to the byte', () => {
  const part = fc.constantFrom('a', 'b', 'c');
  const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const member: fc.Arbitrary<MemberSpec> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        name,
        content: fc.constantFrom('x', 'yy', 'zzz', ''),
        mode: fc.constantFrom(0o644, 0o755),
      }),
    },
    fc.record({ name, type: fc.constant('dir' as const) }),
    fc.record({ name, type: fc.constant('symlink' as const), link: name }),
    { weight: 2, arbitrary: fc.record({ name, type: fc.constant('hardlink' as const), link: name }) },
    fc.tuple(name, fc.boolean()).map(([at, opaque]): MemberSpec => {
      const parts = at.split('/');
      const last = parts.pop() ?? '';
      return { name: [...parts, opaque ? '.wh..wh..opq' : `.wh.${last}`].join('/') };
    }),
  );

  it('on random layers, at every snapshot', () => {
    fc.assert(
      fc.property(fc.array(fc.array(member, { maxLength: 12 }), { minLength: 1, maxLength: 5 }), (layers) => {
        const union = unite(layers.map(layerOf));
        for (let n = 0; n <= layers.length; n++) wasteAgrees(union, n);
      }),
      { numRuns: 400 },
    );
  });

  test.each(SINGLE.concat(SEVERAL))('fixture %s', async (one) => {
    const [transport, place, tag] = one.split(' ');
    const name = path.join(FIXTURES, place);
    await withImage([transport, name, tag].filter(Boolean).join(':'), ({ union }) => {
      const step = union.layers.length > 40 ? 97 : 1;
      for (let n = 1; n < union.layers.length; n += step) wasteAgrees(union, n);
      wasteAgrees(union);
    });
  });

  test('no fixture is forgotten', () => {
    const known = SINGLE.concat(SEVERAL).map((one) => one.split(' ')[1]);
    expect(
      readdirSync(FIXTURES).filter(
        (one) => one !== 'damaged' && !one.startsWith('.') && !known.includes(one),
      ),
    ).toEqual([]);
  });

  rootTest(
    'real images: Debian, 120 layers, and twenty that each waste in another way',
    async () => {
      for (const image of await realImages())
        await withImage(`oci:${image.layout}`, ({ union }) => {
          for (let n = 1; n <= union.layers.length; n += Math.ceil(union.layers.length / 5))
            wasteAgrees(union, n);
          expect(wasteAgrees(union).wastedBytes).toBeGreaterThan(0);
        });
      const { layout, tags } = await wasteImages();
      expect(tags.length).toBeGreaterThanOrEqual(20);
      for (const tag of tags) await withImage(`oci:${layout}:${tag}`, ({ union }) => void wasteAgrees(union));
    },
    900_000,
  );
});
