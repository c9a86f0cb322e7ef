import { describe, expect, it, test } from 'vitest';
import { classifyBytes } from '../../../src/layers/waste/classify-bytes.js';
import { compileGlob } from '../../../src/layers/search/glob.js';
import type { Step } from '../../../src/layers/history/history.js';
import { parseInstruction } from '../../../src/layers/history/parse-instruction.js';
import { unite } from '../../../src/layers/union/unite.js';
import { wasteOf, type WasteOptions } from '../../../src/layers/waste/waste-sums.js';
import { MOST_PATHS, type Waste } from '../../../src/layers/waste/waste.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';

const file = (name: string, content: string, more: Partial<MemberSpec> = {}): MemberSpec => ({
  name,
  content,
  ...more,
});
const gone = (name: string): MemberSpec => file(name, '');

/** A layer and the instruction that made it. */
type Made = readonly [instruction: string, ...members: MemberSpec[]];

function wasteAfter(layers: readonly Made[], options: WasteOptions = {}): Waste {
  const union = unite(layers.map(([, ...members]) => layerOf(members)));
  const steps = layers.map(([createdBy], i): Step => ({
    number: i + 1,
    instruction: parseInstruction(createdBy, { comment: 'buildkit.dockerfile.v0' }),
    layer: i + 1,
    created: undefined,
    author: '',
    comment: '',
    size: undefined,
    recorded: true,
  }));
  return wasteOf(classifyBytes(union, layers.length), { steps, ...options });
}

/** Cause, storing layer, hiding layer and bytes of all causes. */
const told = ({ causes }: Waste): string[] =>
  causes.map(
    ({ cause, layer, otherLayer, bytes }) =>
      `${cause} ${String(layer)} ${String(otherLayer ?? '-')} ${String(bytes)}`,
  );

const COPY = 'COPY app /app # buildkit';
const RUN = (command: string): string => `RUN /bin/sh -c ${command} # buildkit`;

describe('a copy is named by what it was made for', () => {
  const base = file('app/a', 'content');
  test.each([
    [{ uid: 1000, mode: 0o600 }, 'chown-copy'],
    [{ gid: 1000 }, 'chown-copy'],
    [{ mode: 0o600, mtime: 1 }, 'chmod-copy'],
    [{ xattrs: { 'user.a': 'b' } }, 'xattr-copy'],
    [{ mtime: 1 }, 'touch-copy'],
    [{}, 'copied-again'],
  ] as const)('%o: %s', (changed, cause) => {
    const waste = wasteAfter([
      [COPY, base],
      [RUN('x'), { ...base, ...changed }],
    ]);
    expect(told(waste)).toEqual([`${cause} 1 2 7`]);
  });

  it('and the copy of a copy leads to the layer that had the content first', () => {
    const { causes } = wasteAfter([
      [COPY, base],
      [RUN('chmod 600 /app/a'), { ...base, mode: 0o600 }],
      [RUN('chown 10:20 /app/a'), { ...base, mode: 0o600, uid: 10, gid: 20 }],
      [RUN('touch /app/a'), { ...base, mode: 0o600, uid: 10, gid: 20, mtime: 1 }],
    ]);
    expect(causes.map(({ cause, originLayer, layer }) => [cause, originLayer, layer])).toEqual([
      ['chmod-copy', 1, 1],
      ['chown-copy', 1, 2],
      ['touch-copy', 1, 3],
    ]);
    expect(causes.slice(0, 2).map(({ fix }) => fix)).toEqual([
      'COPY --chmod=600 in layer 1, and no chmod in layer 2; or set the mode in the source tree',
      'COPY --chown=10:20 in layer 1, and no chown in layer 3',
    ]);
  });
});

describe('the fix fits the instructions', () => {
  const one = file('d/a', 'one');
  const two = file('d/a', 'other');
  test.each<readonly [string, readonly Made[], RegExp]>([
    [
      'RUN, RUN rm',
      [
        [RUN('make'), one],
        [RUN('rm -r d'), gone('d/.wh.a')],
      ],
      /^remove in the same RUN/,
    ],
    [
      'COPY, RUN rm',
      [
        [COPY, one],
        [RUN('rm -r d'), gone('d/.wh.a')],
      ],
      /type=bind.*type=secret.*multi-stage/,
    ],
    [
      'RUN, RUN',
      [
        [RUN('make'), one],
        [RUN('make'), two],
      ],
      /^one RUN: join layer 1 and layer 2/,
    ],
    [
      'RUN, COPY',
      [
        [RUN('make'), one],
        [COPY, two],
      ],
      /^order of layers/,
    ],
    [
      'COPY, COPY',
      [
        [COPY, one],
        [COPY, two],
      ],
      /^order of layers/,
    ],
    [
      'COPY, RUN',
      [
        [COPY, one],
        [RUN('sed -i'), two],
      ],
      /before they are copied/,
    ],
    [
      'ADD, RUN chown',
      [
        ['ADD a /d', one],
        [RUN('chown -R -h me d'), { ...one, uid: 5 }],
      ],
      /^ADD --chown=me in layer 1/,
    ],
    [
      'RUN, RUN chmod',
      [
        [RUN('make'), one],
        [RUN('chmod -R g+w d'), { ...one, mode: 0o664 }],
      ],
      /^chmod in the RUN of layer 1/,
    ],
    [
      'COPY, COPY --chown',
      [
        [COPY, one],
        ['COPY --chown=5 app /d', { ...one, uid: 5 }],
      ],
      /copies the same files as layer 1/,
    ],
    [
      'no history',
      [
        ['', one],
        ['', two],
      ],
      /^store only the last version/,
    ],
    ['repeated', [[RUN('make'), one, two]], /more than once/],
    ['duplicate', [[RUN('cp'), one, file('d/b', 'one')]], /link instead of copying/],
    [
      'duplicate below',
      [
        [COPY, one],
        [COPY, file('d/b', 'one')],
      ],
      /^layer 1 has the same contents/,
    ],
  ])('%s', (_, layers, fix) => {
    const { causes } = wasteAfter(layers);
    expect(causes).toHaveLength(1);
    expect(causes[0].fix).toMatch(fix);
  });

  it('says of base images that only another base helps', () => {
    const layers: readonly Made[] = [
      ['ADD rootfs /', one, file('d/b', 'x')],
      [RUN('rm'), gone('d/.wh.a')],
      [RUN('upgrade'), file('d/b', 'y')],
    ];
    expect(
      wasteAfter(layers, { baseLayers: 1 }).causes.map(({ base, fix }) => [base, fix.split(':')[0]]),
    ).toEqual([
      [false, 'layer 1 is of the base image'],
      [false, 'layer 1 is of the base image'],
    ]);
    expect(wasteAfter(layers, { baseLayers: 2 }).causes[0]).toMatchObject({
      base: true,
      layer: 1,
      otherLayer: 2,
    });
  });

  it('takes nothing of an instruction but a plain owner or mode', () => {
    for (const owner of ['$(id)', '\x1b[2J', '`x`', 'a'.repeat(99)]) {
      const { causes } = wasteAfter([
        [COPY, one],
        [RUN(`chown ${owner} d`), { ...one, uid: 5 }],
      ]);
      expect(causes[0].fix).toContain('--chown=5:0 ');
    }
  });

  const FIX = /^COPY (.*) in layer 1, and (.*) in layer 2/;
  test.each<readonly [string, string, readonly Partial<MemberSpec>[], string, string]>([
    ['another path first', 'chmod 777 /x && chmod 600 /d/a', [{ mode: 0o600 }], '--chmod=600', 'no chmod'],
    ['one symbolic mode', 'chmod g+w /d/a', [{ mode: 0o664 }], '--chmod=664', 'no chmod'],
    [
      'modes that differ',
      'chmod 600 /d/a; chmod 640 /d/b',
      [{ mode: 0o600 }, { mode: 0o640 }],
      '--chmod=MODE',
      'no chmod',
    ],
    [
      'two owners',
      'chown root:root /x && chown -R app:app /d',
      [{ uid: 9, gid: 8 }],
      '--chown=9:8',
      'no chown',
    ],
    [
      'owners that differ',
      'chown b /d/b && chown a /d/a',
      [{ uid: 9 }, { uid: 8 }],
      '--chown=USER:GROUP',
      'no chown',
    ],
    ['one owner by name', 'chown app:app /d/a', [{ uid: 9, gid: 8 }], '--chown=app:app', 'no chown'],
    ['one owner, of something else', 'chown 5:6 /x; make', [{ uid: 9, gid: 8 }], '--chown=9:8', 'no chown'],
    ['root, of something else', 'chown root /x; make', [{ uid: 9, gid: 8 }], '--chown=9:8', 'no chown'],
    [
      'both',
      'chown -R app:app /d && chmod -R g+w /d',
      [{ uid: 9, gid: 8, mode: 0o664 }],
      '--chown=app:app --chmod=664',
      'neither chown nor chmod',
    ],
  ])('the owner and mode are those of the copies: %s', (_, command, changes, flags, without) => {
    const before = changes.map((_change, i) => file(`d/${'ab'[i]}`, `content ${String(i)}`));
    const { causes } = wasteAfter([
      [COPY, ...before],
      [RUN(command), ...before.map((one, i) => ({ ...one, ...changes[i] }))],
    ]);
    expect(causes).toHaveLength(1);
    expect(FIX.exec(causes[0].fix)?.slice(1)).toEqual([flags, without]);
  });

  it('owner and mode together move to the RUN that makes the files', () => {
    const { causes } = wasteAfter([
      [RUN('make'), one],
      [RUN('chown me d/a; chmod 600 d/a'), { ...one, uid: 5, mode: 0o600 }],
    ]);
    expect(causes[0].fix).toMatch(/^chown and chmod in the RUN of layer 1/);
  });
});

describe('a copy of which another name still shows the content is a duplicate with the fix of the copy', () => {
  const linked = [file('a', 'one'), { name: 'b', type: 'hardlink', link: 'a' }] as const;
  test.each<readonly [string, readonly Made[], string, number, RegExp]>([
    [
      'of the name that holds it',
      [
        [COPY, ...linked],
        [RUN('chmod 755 /a'), file('a', 'one', { mode: 0o755 })],
      ],
      'chmod-copy',
      1,
      /^COPY --chmod=755 in layer 1, and no chmod in layer 2/,
    ],
    [
      'of the other name',
      [
        [COPY, ...linked],
        [RUN('chown 5:6 /b'), file('b', 'one', { uid: 5, gid: 6 })],
      ],
      'chown-copy',
      1,
      /^COPY --chown=5:6 in layer 1, and no chown in layer 2/,
    ],
    [
      'of a link of a later layer',
      [
        [COPY, linked[0]],
        [RUN('ln a b'), linked[1]],
        [RUN('touch b'), file('b', 'one', { mtime: 1 })],
      ],
      'touch-copy',
      1,
      /^layer 3 writes unchanged files again/,
    ],
  ])('%s', (_, layers, copy, originLayer, fix) => {
    const { causes, wastedBytes } = wasteAfter(layers);
    expect(wastedBytes).toBe(0);
    expect(causes).toMatchObject([
      { cause: 'duplicate', copy, layer: layers.length, originLayer, otherLayer: 1, bytes: 3 },
    ]);
    expect(causes[0].fix).toMatch(fix);
  });
  it('also the copy of a copy', () => {
    const { causes } = wasteAfter([
      [COPY, ...linked],
      [RUN('chmod 600 a'), file('a', 'one', { mode: 0o600 })],
      [RUN('chown 5:6 a'), file('a', 'one', { mode: 0o600, uid: 5, gid: 6 })],
    ]);
    expect(causes.map(({ cause, copy, layer }) => [cause, copy, layer])).toEqual([
      ['chown-copy', undefined, 2],
      ['duplicate', 'chown-copy', 3],
    ]);
    expect(causes[1].fix).toMatch(/^COPY --chown=5:6 --chmod=600 in layer 1/);
  });
  it('but not where the old content went, or where another path has it by itself', () => {
    const { causes } = wasteAfter([
      [COPY, file('a', 'one'), file('c', 'one')],
      [RUN('chmod 755 c'), file('c', 'one', { mode: 0o755 })],
    ]);
    expect(causes.map(({ cause, copy }) => [cause, copy])).toEqual([
      ['chmod-copy', undefined],
      ['duplicate', undefined],
    ]);
    expect(causes[1].fix).toMatch(/link to them/);
  });
});

describe('package caches', () => {
  test.each<readonly [string, string, string, RegExp]>([
    [
      COPY,
      'root/.npm/_cacache/x',
      'npm',
      /^npm's cache: leave \/root\/\.npm\/_cacache out of the COPY of layer 1 \(\.docker/,
    ],
    ['ADD x /', 'root/.npm/_cacache/x', 'npm', /out of the ADD of layer 1/],
    ['COPY --from=build /x /', 'root/.cache/uv/x', 'uv', /empty it in the stage/],
    [RUN('x'), 'home/app/.cache/pip/x', 'pip', /target=\/home\/app\/\.cache\/pip$/],
    [RUN('x'), 'home/$(x)/.cache/pip/x', 'pip', /target=\/home\/NAME\/\.cache\/pip$/],
    [RUN('x'), 'root/.npm/_logs/x', 'npm', /target=\/root\/\.npm$/],
    [
      RUN('x'),
      'home/app/.cargo/git/x',
      'cargo',
      /`rm -rf \/home\/app\/\.cargo\/git` in.*target=\/home\/app\/\.cargo\/git$/,
    ],
    [
      RUN('x'),
      'usr/local/lib/ruby/gems/3.2.0/cache/x',
      'gem',
      /`rm -rf \/usr\/local\/lib\/ruby\/gems\/3\.2\.0\/cache`/,
    ],
    [RUN('x'), 'home/me/.m2/repository/x', 'maven', /`rm -rf \/home\/me\/\.m2\/repository`/],
  ])('%s, %s: the fix fits who brought the cache of %s and where it lies', (made, name, cache, fix) => {
    const { causes } = wasteAfter([[made, file(name, 'x')]]);
    expect(causes).toMatchObject([{ cause: 'package-cache', cache }]);
    expect(causes[0].fix).toMatch(fix);
    expect(causes[0].fix).not.toMatch(/[$~]/);
  });

  it('of several places all are named, that of the largest file first', () => {
    const { causes } = wasteAfter([
      [RUN('cargo'), file('root/.cargo/git/x', 'x'), file('home/me/.cargo/registry/y', 'yyy')],
    ]);
    expect(causes).toHaveLength(1);
    expect(causes[0].fix).toMatch(
      /`rm -rf \/home\/me\/\.cargo\/registry \/root\/\.cargo\/git`.*,target=\/home\/me\/\.cargo\/registry \(and \/root\/\.cargo\/git\)$/,
    );
  });

  it('are told although they are shown, by package manager; what other names show too is not', () => {
    const waste = wasteAfter([
      [
        RUN('apt-get update; pip install x; npm ci'),
        file('var/lib/apt/lists/main', 'aaaa'),
        file('root/.cache/pip/http/1', 'ppp'),
        file('home/me/.npm/_cacache/x', 'nn'),
        file('root/.cache/uv/wheel', 'uuuuu'),
        { name: 'opt/wheel', type: 'hardlink', link: 'root/.cache/uv/wheel' },
        file('var/lib/apt/other', 'oooooo'),
      ],
    ]);
    expect(waste.causes.map(({ cause, cache, bytes }) => [cause, cache, bytes])).toEqual([
      ['package-cache', 'apt', 4],
      ['package-cache', 'pip', 3],
      ['package-cache', 'npm', 2],
    ]);
    expect(waste.wastedBytes).toBe(0);
    expect(waste.causes[0].fix).toContain('rm -rf /var/lib/apt/lists/*');
    expect(waste.causes[1].fix).toContain('pip install --no-cache-dir');
  });
  it('that a later layer removed are deleted, with the fix of the cache', () => {
    const { causes } = wasteAfter([
      [RUN('apk add x'), file('var/cache/apk/x', 'aaaa')],
      [RUN('rm -rf /var/cache/apk/*'), gone('var/cache/apk/.wh.x')],
    ]);
    expect(causes).toMatchObject([{ cause: 'deleted-later', cache: 'apk' }]);
    expect(causes[0].fix).toContain('apk add --no-cache');
  });
});

it('ignored paths are in the classes and in nothing that is held against the image', () => {
  const layers: readonly Made[] = [
    [RUN('make'), file('keep/a', '12345'), file('b', '123')],
    [RUN('rm'), gone('keep/.wh.a'), gone('.wh.b')],
  ];
  const all = wasteAfter(layers);
  const some = wasteAfter(layers, { ignore: compileGlob('/keep/**') });
  expect([all.wastedBytes, some.wastedBytes, some.ignoredBytes]).toEqual([8, 3, 5]);
  expect(some.classes).toEqual(all.classes);
  expect(told(some)).toEqual(['deleted-later 1 2 3']);
  expect(some.efficiency).toBe(5 / 8);
});

it('compressed bytes are estimated by layer, and unknown where one is', () => {
  const layers: readonly Made[] = [
    [RUN('make'), file('a', '1234567890'), file('b', 'x')],
    [RUN('make'), file('a', '12345')],
  ];
  const known = wasteAfter(layers, { ratios: [0.5, 0.1] });
  expect(known.wastedCompressedBytes).toBe(5);
  expect(known.causes[0].compressedBytes).toBe(5);
  const unknown = wasteAfter(layers, { ratios: [undefined, 0.1] });
  expect([unknown.wastedCompressedBytes, unknown.layers[1].wastedCompressedBytes]).toEqual([undefined, 0]);
});

it('a cause names its largest paths, largest first', () => {
  const many = Array.from({ length: 20 }, (_, i) => file(`f${String(i)}`, 'x'.repeat(((i * 7) % 20) + 1)));
  const { causes } = wasteAfter([
    [RUN('make'), ...many],
    [RUN('rm'), ...many.map(({ name }) => gone(`.wh.${String(name)}`))],
  ]);
  expect(causes).toMatchObject([{ entries: 20, bytes: 210 }]);
  expect(causes[0].paths.map(({ bytes }) => bytes)).toEqual([20, 19, 18, 17, 16]);
  expect(causes[0].paths).toHaveLength(MOST_PATHS);
});
