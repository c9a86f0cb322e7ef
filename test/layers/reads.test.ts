import { describe, expect, it } from 'vitest';
import { blame } from '../../src/layers/changes/blame.js';
import { changes, countChanges } from '../../src/layers/changes/changes.js';
import { facetNames } from '../../src/layers/union/facets.js';
import { find, findDeleted, type FindQuery, linkCount } from '../../src/layers/search/find.js';
import { resolvePath } from '../../src/layers/union/resolve.js';
import { fileAt, type SnapshotFile } from '../../src/layers/union/snapshot-file.js';
import { unite } from '../../src/layers/union/unite.js';
import { lookup, type Union } from '../../src/layers/union/union.js';
import { nodePath } from '../../src/layers/index/path-table.js';
import { childrenOf } from '../../src/layers/union/walk.js';
import { StrataError } from '../../src/model/error.js';
import { layerOf, type MemberSpec } from '../helpers/layers.js';

const CAP_NET_RAW = '\u0001\u0000\u0000\u0002\u0000\u0020\u0000\u0000' + '\u0000'.repeat(12);
const LAYERS: MemberSpec[][] = [
  [
    { name: 'bin', type: 'dir' },
    { name: 'bin/su', content: 'su', mode: 0o4755 },
    { name: 'bin/ping', content: 'ping', xattrs: { 'security.capability': CAP_NET_RAW } },
    { name: 'etc', type: 'dir' },
    { name: 'etc/secret', content: 'key' },
    { name: 'etc/conf', content: 'one' },
    { name: 'lib', type: 'symlink', link: '/usr/lib' },
    { name: 'usr/lib/x.so', content: 'so' },
    { name: 'loop', type: 'symlink', link: 'loop' },
  ],
  [
    { name: 'etc/.wh.secret' },
    { name: 'etc/conf', content: 'two', mtime: 1_700_000_001 },
    { name: 'bin/su', content: 'su', mode: 0o755 },
  ],
  [
    { name: 'etc/conf', content: 'two', uid: 5 },
    { name: 'up', type: 'symlink', link: '../../../etc/conf' },
    { name: 'hard', type: 'hardlink', link: 'etc/conf' },
  ],
];
const union: Union = unite(LAYERS.map(layerOf));
const paths = (files: Iterable<SnapshotFile>): string[] => [...files].map((file) => file.path);
const found = (query: FindQuery, n = 3): string[] => paths(find(union, n, query));

describe('changes', () => {
  it('of a range are those between its two snapshots, in path order', () => {
    const list = [...changes(union, 1, 3)].map(({ node, kind, facets }) => [
      nodePath(union.paths, node),
      kind,
      facetNames(facets).join(),
    ]);
    expect(list).toEqual([
      ['/bin/su', 'modified', 'mode'],
      ['/etc/conf', 'modified', 'content,owner'],
      ['/etc/secret', 'removed', ''],
      ['/hard', 'added', ''],
      ['/up', 'added', ''],
    ]);
  });
  it('from nothing are everything', () => {
    expect([...changes(union, 0, 1)].every((change) => change.kind === 'added')).toBe(true);
  });
  it('are counted by layer as the changes to the snapshot below (same law, two ways)', () => {
    const counts = countChanges(union);
    for (let n = 1; n <= 3; n++) {
      const list = [...changes(union, n - 1, n)].filter(({ node }) => node !== 0);
      expect(counts[n - 1].added).toBe(list.filter(({ kind }) => kind === 'added').length);
      expect(counts[n - 1].removed).toBe(list.filter(({ kind }) => kind === 'removed').length);
      expect(counts[n - 1].replaced + counts[n - 1].metadata).toBe(
        list.filter(({ kind }) => kind === 'modified').length,
      );
    }
    expect(counts[1]).toEqual({ added: 0, replaced: 1, metadata: 1, removed: 1 });
  });
});

describe('find', () => {
  it('tells setuid and capability files', () => {
    expect(found({ modeAny: 0o6000 }, 1)).toEqual(['/bin/su']);
    expect(found({ modeAny: 0o6000 })).toEqual([]);
    expect(found({ capability: '' })).toEqual(['/bin/ping']);
    expect(found({ capability: 'cap_net_raw' })).toEqual(['/bin/ping']);
    expect(found({ capability: 'cap_sys_admin' })).toEqual([]);
  });
  it('joins conditions with and', () => {
    expect(found({ kinds: new Set(['file']), maxSize: 2 })).toEqual(['/bin/su', '/usr/lib/x.so']);
    expect(found({ uid: 5 })).toEqual(['/etc/conf', '/hard']);
    expect(found({ layers: new Set([3]), kinds: new Set(['symlink']) })).toEqual(['/up']);
    expect(found({ newer: 1_700_000_000_000_000_000n }, 2)).toEqual(['/etc/conf']);
  });
  it('finds by content', () => {
    const content = fileAt(union, lookup(union, '/etc/secret'), 1)?.content;
    expect(content === undefined ? [] : found({ content: new Set([content]) }, 1)).toEqual(['/etc/secret']);
  });
  it('--deleted lists versions that are gone, not those whose content lives on', () => {
    const gone = [...findDeleted(union, 3, {})].map(({ file, goneIn, replaced }) => [
      file.path,
      file.size,
      goneIn,
      replaced,
    ]);
    expect(gone).toEqual([
      ['/etc/conf', 3, 2, true],
      ['/etc/secret', 3, 2, false],
    ]);
  });
  it('counts the names of an inode', () => {
    const conf = resolvePath(union, 3, '/etc/conf');
    expect(linkCount(union, 3, conf)).toBe(2);
    expect(linkCount(union, 3, resolvePath(union, 3, '/hard'))).toBe(2);
    expect(linkCount(union, 2, resolvePath(union, 2, '/etc/conf'))).toBe(1);
  });
});

describe('blame', () => {
  it('tells the life of a path', () => {
    const life = blame(union, lookup(union, '/etc/conf')).map(({ layer, kind, facets }) => [
      layer,
      kind,
      facets.join(),
    ]);
    expect(life).toEqual([
      [1, 'added', ''],
      [2, 'replaced', 'content,mtime'],
      [3, 'metadata', 'owner,mtime'],
    ]);
    expect(blame(union, lookup(union, '/etc/secret')).map((step) => step.kind)).toEqual(['added', 'removed']);
  });
});

describe('paths of a snapshot', () => {
  const code = (path: string): string => {
    try {
      return resolvePath(union, 3, path).path;
    } catch (error) {
      return error instanceof StrataError ? error.code : String(error);
    }
  };
  it('follow links inside the image only', () => {
    expect(code('/lib/x.so')).toBe('/usr/lib/x.so');
    expect(code('lib/../etc/conf')).toBe('E_NOT_FOUND');
    expect(code('/up')).toBe('/etc/conf');
    expect(resolvePath(union, 3, '/up', { followLast: false }).kind).toBe('symlink');
    expect(code('/../../etc/./conf')).toBe('/etc/conf');
  });
  it('that loop or go on below a file are not found', () => {
    expect(code('/loop')).toBe('E_NOT_FOUND');
    expect(code('/etc/conf/x')).toBe('E_NOT_FOUND');
    expect(code('/etc/secret')).toBe('E_NOT_FOUND');
  });
  it('list their children by name', () => {
    expect(paths(childrenOf(union, 3, lookup(union, '/etc')))).toEqual(['/etc/conf']);
    expect(paths(childrenOf(union, 1, lookup(union, '/etc')))).toEqual(['/etc/conf', '/etc/secret']);
  });
});
