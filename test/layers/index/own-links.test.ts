import { describe, expect, it } from 'vitest';
import { fileAt } from '../../../src/layers/union/snapshot-file.js';
import { unite } from '../../../src/layers/union/unite.js';
import { lookup, type Union } from '../../../src/layers/union/union.js';
import { walk } from '../../../src/layers/union/walk.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';

const file = (name: string, content = name): MemberSpec => ({ name, content });
const dir = (name: string): MemberSpec => ({ name, type: 'dir' });
const symlink = (name: string, link: string): MemberSpec => ({ name, type: 'symlink', link });
const hardlink = (name: string, link: string): MemberSpec => ({ name, type: 'hardlink', link });

/** The top of the stack: paths, directories with a slash at their end, links with their target. */
const top = (...layers: MemberSpec[][]): string[] => shown(unite(layers.map(layerOf)));
const shown = (of: Union): string[] =>
  [...walk(of, of.layers.length)].slice(1).map(({ file: found }) => {
    if (found.kind === 'symlink') return `${found.path} -> ${found.link}`;
    return found.kind === 'directory' ? `${found.path}/` : found.path;
  });
const layerCodes = (members: MemberSpec[]): [string, number][] => [...layerOf(members).anomalyCounts];

describe('a member below a symlink that its own layer placed before', () => {
  it.each<[string, MemberSpec[], string[]]>([
    [
      'absolute',
      [dir('usr/lib'), symlink('lib', '/usr/lib'), file('lib/f')],
      ['/lib -> /usr/lib', '/usr/', '/usr/lib/', '/usr/lib/f'],
    ],
    ['relative', [dir('a/r'), symlink('a/l', 'r'), file('a/l/f')], ['/a/', '/a/l -> r', '/a/r/', '/a/r/f']],
    [
      'with `..`',
      [dir('a'), dir('b'), symlink('a/l', '../b'), file('a/l/f')],
      ['/a/', '/a/l -> ../b', '/b/', '/b/f'],
    ],
    [
      'clamped at the root',
      [dir('a'), dir('b'), symlink('a/l', '../../../b/'), file('a/l/f')],
      ['/a/', '/a/l -> ../../../b/', '/b/', '/b/f'],
    ],
    [
      'chained',
      [dir('c/d'), symlink('b', './c'), symlink('a', '/b//d'), file('a/e/f')],
      ['/a -> /b//d', '/b -> ./c', '/c/', '/c/d/', '/c/d/e/', '/c/d/e/f'],
    ],
    [
      'dangling',
      [symlink('a', 'no/where'), file('a/f')],
      ['/a -> no/where', '/no/', '/no/where/', '/no/where/f'],
    ],
    [
      'through what is not there and back',
      [dir('z'), symlink('a', 'miss/../z'), file('a/f')],
      ['/a -> miss/../z', '/z/', '/z/f'],
    ],
    ['at the root', [symlink('a', '/'), file('a/f')], ['/a -> /', '/f']],
    [
      'replaced by a directory later',
      [dir('r'), symlink('l', 'r'), file('l/1'), dir('l'), file('l/2')],
      ['/l/', '/l/2', '/r/', '/r/1'],
    ],
    [
      'retargeted later',
      [dir('r'), dir('s'), symlink('l', 'r'), file('l/1'), symlink('l', 's'), file('l/2')],
      ['/l -> s', '/r/', '/r/1', '/s/', '/s/2'],
    ],
    [
      'in place of a directory',
      [dir('r'), dir('l'), file('l/old'), symlink('l', 'r'), file('l/f')],
      ['/l -> r', '/r/', '/r/f'],
    ],
    [
      'gone with its directory',
      [dir('x'), symlink('x/l', 'y'), file('x'), dir('x'), file('x/l/f')],
      ['/x/', '/x/l/', '/x/l/f'],
    ],
    [
      'hard linked',
      [dir('d'), symlink('s', 'd'), hardlink('h', 's'), file('h/f')],
      ['/d/', '/d/f', '/h -> d', '/s -> d'],
    ],
    [
      'whose name has `..`, cleaned before links are followed',
      [dir('d/e'), symlink('s', 'd/e'), file('s/../f')],
      ['/d/', '/d/e/', '/f', '/s -> d/e'],
    ],
  ])('%s', (_what, members, expected) => {
    expect(top(members)).toEqual(expected);
  });

  it('says so, with the path and the name in the archive, and says more when nothing was there', () => {
    const layer = layerOf([
      dir('d'),
      symlink('s', 'd'),
      file('s/1'),
      file('s/2'),
      symlink('t', 'no'),
      file('t/3'),
    ]);
    const found = layer.anomalies.filter(({ code }) => code.startsWith('path-through-'));
    expect(found).toEqual([
      { code: 'path-through-own-symlink', where: '/d/1', detail: 's/1' },
      { code: 'path-through-own-symlink', where: '/d/2', detail: 's/2' },
      { code: 'path-through-dangling-symlink', where: '/no/3', detail: 't/3' },
    ]);
  });

  it.each<[string, MemberSpec[]]>([
    ['itself', [symlink('a', 'a'), file('a/f')]],
    ['a loop', [symlink('a', 'b'), symlink('b', 'a'), file('a/f')]],
    ['nothing', [symlink('a', ''), file('a/f')]],
    ['what doubles at each link', [symlink('a', 'a/a/a/a/a/a/a/a'), file('a/f')]],
  ])('that leads to %s cannot be placed', (_what, members) => {
    expect(layerCodes(members)).toContainEqual(['path-symlink-loop', 1]);
    expect(top(members).filter((path) => path.includes('f'))).toEqual([]);
  });

  it('follows 40 links as Linux does and no more', () => {
    const chain = (count: number): MemberSpec[] => [
      dir('l0'),
      ...Array.from({ length: count }, (_, i) => symlink(`l${String(i + 1)}`, `l${String(i)}`)),
      file(`l${String(count)}/f`),
    ];
    expect(top(chain(40))).toContain('/l0/f');
    expect(layerCodes(chain(41))).toContainEqual(['path-symlink-loop', 1]);
  });

  it('makes no path longer than Linux has', () => {
    const long = `${'d/'.repeat(1500)}e`;
    const members = [symlink('a', long), symlink(`${long}/b`, long), file('a/b/f')];
    expect(layerCodes(members)).toContainEqual(['path-symlink-loop', 1]);
  });

  it('a link of a lower layer stays what it was: replaced by a directory', () => {
    const of = unite(
      [
        [dir('etc'), symlink('l', 'etc')],
        [symlink('q', 'l'), file('q/x')],
      ].map(layerOf),
    );
    expect(shown(of)).toEqual(['/etc/', '/l/', '/l/x', '/q -> l']);
    expect([...of.anomalyCounts.keys()]).toEqual(['path-through-symlink']);
  });

  it('that leads to a whiteout name is ignored', () => {
    expect(top([symlink('a', '.wh.x'), file('a/f')])).toEqual(['/a -> .wh.x']);
  });

  it('work stays linear in members, whatever links they go through', () => {
    const long = 'd/'.repeat(2000);
    const members = [
      symlink('a', long),
      ...Array.from({ length: 300 }, (_, i) => [file(`a/${String(i)}`, ''), file('other/x', '')]).flat(),
    ];
    const start = performance.now();
    layerOf(members);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a hard link whose target lies below a symlink of its own layer', () => {
  const inodes = (of: Union, ...paths: string[]): unknown[] =>
    paths.map((path) => fileAt(of, lookup(of, path), of.layers.length)?.inode);
  it.each<[string, MemberSpec[], string, string]>([
    [
      'absolute or relative',
      [dir('d'), file('d/a'), symlink('s', '/d'), hardlink('h', '/s/a')],
      '/h',
      '/d/a',
    ],
    [
      'below the same link',
      [dir('d'), file('d/a'), symlink('s', 'd'), hardlink('s/h', './s/a')],
      '/d/h',
      '/d/a',
    ],
    [
      'but a link at its end is linked itself',
      [dir('d'), file('d/a'), symlink('d/l', 'a'), symlink('s', 'd'), hardlink('h', 's/l')],
      '/h',
      '/d/l',
    ],
  ])('%s', (_what, members, link, target) => {
    const of = unite([layerOf(members)]);
    const [a, b] = inodes(of, link, target);
    expect(a).toBeDefined();
    expect(a).toEqual(b);
    expect([...of.anomalyCounts]).toEqual([]);
  });
  it('is missing when the link leads nowhere or round', () => {
    for (const to of ['no', 's']) {
      const of = unite([layerOf([file('a'), symlink('s', to), hardlink('h', 's/a')])]);
      expect([...of.anomalyCounts.keys()]).toEqual(['hardlink-target-missing']);
    }
  });
  it('through a link of a lower layer is missing, as for podman', () => {
    const of = unite([[dir('d'), file('d/a'), symlink('s', 'd')], [hardlink('h', 's/a')]].map(layerOf));
    expect([...of.anomalyCounts.keys()]).toEqual(['hardlink-target-missing']);
  });
});

describe('a whiteout below a symlink', () => {
  const low = [dir('etc'), file('etc/p'), file('etc/x'), symlink('l', 'etc')];
  it.each<[string, MemberSpec[], string[]]>([
    [
      'of a lower layer makes the link a directory',
      [file('l/.wh.p', '')],
      ['/etc/', '/etc/p', '/etc/x', '/l/'],
    ],
    ['opaque, of a lower layer', [file('l/.wh..wh..opq', '')], ['/etc/', '/etc/p', '/etc/x', '/l/']],
    ['deeper below one of a lower layer', [file('l/deep/.wh.p', '')], ['/etc/', '/etc/p', '/etc/x', '/l/']],
    [
      'of its own layer is followed',
      [symlink('q', 'etc'), file('q/.wh.p', '')],
      ['/etc/', '/etc/x', '/l -> etc', '/q -> etc'],
    ],
    [
      'opaque, of its own layer',
      [symlink('q', 'etc'), file('q/.wh..wh..opq', '')],
      ['/etc/', '/l -> etc', '/q -> etc'],
    ],
    [
      'that its own layer places later is not followed',
      [file('q/.wh.p', ''), symlink('q', 'etc')],
      ['/etc/', '/etc/p', '/etc/x', '/l -> etc', '/q -> etc'],
    ],
    [
      'of a lower layer that it hides makes nothing',
      [file('l/.wh.p', ''), file('.wh.l', '')],
      ['/etc/', '/etc/p', '/etc/x'],
    ],
    [
      'does not hide what its own layer put there through the link',
      [symlink('q', 'etc'), file('q/p', 'new'), file('etc/.wh.p', '')],
      ['/etc/', '/etc/p', '/etc/x', '/l -> etc', '/q -> etc'],
    ],
  ])('%s', (_what, members, expected) => {
    expect(top(low, members)).toEqual(expected);
  });
  it('of a lower layer is an anomaly, unless its layer says what is there', () => {
    const codes = (members: MemberSpec[]): string[] => [
      ...unite([low, members].map(layerOf)).anomalyCounts.keys(),
    ];
    expect(codes([file('l/.wh.p', '')])).toContain('path-through-symlink');
    expect(codes([file('l/.wh.p', ''), dir('l')])).not.toContain('path-through-symlink');
  });
  it('missing parents are not made', () => {
    expect(top(low, [file('no/deep/.wh.x', '')])).toEqual(['/etc/', '/etc/p', '/etc/x', '/l -> etc']);
  });
  it('that goes round is ignored', () => {
    expect(layerCodes([symlink('q', 'q'), file('q/.wh.p', '')])).toContainEqual(['path-symlink-loop', 1]);
  });
});
