import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fingerprint } from '../../../src/runtime/unpacked/fingerprint.js';
import { planSnapshot } from '../../../src/runtime/unpacked/plan.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { storePaths } from '../../../src/store/paths.js';
import { prune } from '../../../src/store/prune.js';
import { openStore, type Store } from '../../../src/store/store.js';
import {
  keepUnpacked,
  listUnpacked,
  pinUnpacked,
  removeUnpacked,
  unpackedInUse,
  unpackedTree,
} from '../../../src/store/unpacked-layers.js';
import { differencesWhenMounted, stackOf } from '../../helpers/erofs.js';
import { useFolder } from '../../helpers/look.js';
import type { TarMemberSpec } from '../../helpers/tar-layer.js';

/* The law: directories of layers, one on the other, are the union; one layer has one directory wherever it lies. */

const base = useFolder();
const fresh = (): string => mkdtempSync(path.join(base(), 'stack-'));

beforeAll(() => {
  enterPrivateMounts();
});

const file = (name: string, content = name, more: Partial<TarMemberSpec> = {}): TarMemberSpec => ({
  name,
  content,
  ...more,
});
const dir = (name: string, more: Partial<TarMemberSpec> = {}): TarMemberSpec => ({
  name,
  type: 'dir',
  ...more,
});
const link = (name: string, to: string): TarMemberSpec => ({ name, type: 'symlink', link: to });
const hard = (name: string, to: string): TarMemberSpec => ({ name, type: 'hardlink', link: to });

const STACKS: Readonly<Record<string, readonly (readonly TarMemberSpec[])[]>> = {
  'an opaque root hides all layers below': [
    [file('a'), dir('d')],
    [file('.wh..wh..opq', ''), file('b')],
  ],
  'directories without an entry keep what a lower layer says of them': [
    [
      dir('./', { mode: 0o711, uid: 5 }),
      dir('d', { mode: 0o3700, uid: 7, mtime: 9, xattrs: { 'user.a': 'b' } }),
      file('d/x'),
    ],
    [file('d/y')],
    [file('d/.wh.x', '')],
  ],
  'a directory that is removed and made again in one layer': [
    [dir('d'), dir('d/e'), file('d/e/old')],
    [file('.wh.d', ''), dir('d'), dir('d/e'), file('d/e/new')],
  ],
  'a file, then a directory of one name in one layer': [
    [dir('d'), dir('d/e'), file('d/e/old')],
    [file('d', 'x'), dir('d'), file('d/e/new')],
  ],
  'a file where a directory was, and back': [
    [dir('d'), file('d/x')],
    [file('d', 'f')],
    [dir('d'), file('d/y')],
  ],
  'whiteouts of what is not there, and in a directory that is not there': [
    [file('a')],
    [file('.wh.b', ''), file('no/such/.wh.c', ''), file('no2/.wh..wh..opq', '')],
  ],
  'members below a link of a lower layer': [
    [dir('real'), link('l', 'real')],
    [file('l/x')],
    [file('l/.wh.x', '')],
  ],
  'hard links to lower layers, of which all names stay one file': [
    [file('a'), hard('b', 'a'), link('s', 'a')],
    [hard('c', 'a'), hard('t', 's')],
    [file('.wh.a', ''), hard('d/e', 'c')],
  ],
  'devices that overlayfs would take for whiteouts cover what was there': [
    [file('a'), dir('d'), file('d/x')],
    [
      { name: 'a', type: 'char', device: [1, 3] },
      { name: 'd/x', type: 'fifo' },
    ],
  ],
  'setuid, capabilities, nanoseconds, directories without a right': [
    [
      dir('closed', { mode: 0 }),
      file('closed/x', 'x', { mode: 0o6755, nanoseconds: 123_456_789, uid: 70_000, gid: 4 }),
      file('ping', 'x', {
        mode: 0o755,
        uid: 3,
        xattrs: { 'security.capability': Buffer.from('0100000200200000000000000000000000000000', 'hex') },
      }),
    ],
  ],
};

test.each(Object.entries(STACKS))('%s', async (_name, layers) => {
  const folder = fresh();
  const stack = await stackOf(folder, layers);
  for (let n = 1; n <= layers.length; n++)
    for (const way of ['unpacked', 'unpacked by threads'] as const)
      expect([n, await differencesWhenMounted(folder, stack, n, (tree) => tree, way)]).toEqual([n, []]);
});

describe('the directory of a layer', () => {
  const names = async (layers: readonly (readonly TarMemberSpec[])[]): Promise<string[]> => {
    const { union } = await stackOf(fresh(), layers);
    return planSnapshot(union, layers.length).map(
      (plan) => `${union.layers[plan.layer - 1].diffID} ${fingerprint(union, plan, 'trusted')}`,
    );
  };

  test('is the same on other layers, unless those say something of what is in it', async () => {
    const top = [dir('./'), dir('etc'), file('etc/x'), file('etc/.wh.gone', '')];
    const [, one] = await names([[dir('./'), dir('etc'), file('etc/gone'), file('a')], top]);
    const [, two] = await names([[dir('./'), dir('etc'), file('etc/gone'), file('b')], top]);
    const [, other] = await names([[dir('./'), dir('etc'), file('b')], top]);
    expect(two).toBe(one);
    expect(other).not.toBe(one);
    const implied = [dir('./'), file('d/x')];
    const [, open] = await names([[dir('d', { mode: 0o755 })], implied]);
    const [, closed] = await names([[dir('d', { mode: 0o700 })], implied]);
    expect(closed).not.toBe(open);
  });

  test('is not there for a layer that changes nothing', async () => {
    expect(await names([[file('a')], [], [file('.wh.none', '')]])).toHaveLength(1);
  });
});

describe('kept in the store', () => {
  const opened = (): Promise<Store> =>
    openStore(storePaths({ STRATA_STORE: path.join(fresh(), 'store') }, base()));
  const filled = (text: string) => ({
    fill: (tree: string) => {
      mkdirSync(path.join(tree, 'closed', 'deep'), { recursive: true });
      writeFileSync(path.join(tree, 'closed', 'text'), text);
      return Promise.resolve([text]);
    },
    sync: undefined,
  });

  test('it is whole or not at all, made once, and by several at a time', async () => {
    const store = await opened();
    const told = await Promise.all(['a', 'b', 'c'].map((text) => keepUnpacked(store, 'one', filled(text))));
    expect(told).toEqual([['a'], ['b'], ['c']]);
    const kept = (await keepUnpacked(store, 'one', filled('never'))) as string[];
    expect(['a', 'b', 'c']).toContain(kept[0]);
    expect(lstatSync(path.dirname(unpackedTree(store, 'one'))).mode & 0o777).toBe(0o700);
    const failing = { fill: () => Promise.reject(new Error('no')), sync: undefined };
    await expect(keepUnpacked(store, 'two', failing)).rejects.toThrow('no');
    expect(await listUnpacked(store)).toEqual(['one']);
    expect(readdirSync(path.join(store.paths.root, 'tmp'))).toEqual([]);
  });

  test('one that was not synced is not used after the machine has started again', async () => {
    const store = await opened();
    await keepUnpacked(store, 'one', filled('before'));
    const later: Store = { ...store, owner: { ...store.owner, boot: 'f'.repeat(32) } };
    expect(await keepUnpacked(later, 'one', filled('after'))).toEqual(['after']);
    let synced = 0;
    await keepUnpacked(later, 'one', { ...filled('never'), sync: () => synced++ });
    expect(synced).toBe(1);
    expect(await keepUnpacked(store, 'one', filled('never'))).toEqual(['after']);
  });

  test('what containers use is known, also of those that are being made, and the rest can go', async () => {
    const store = await opened();
    for (const name of ['used', 'unused']) await keepUnpacked(store, name, filled(name));
    const layers = path.join(store.paths.root, 'containers', 'f00', 'layers');
    mkdirSync(layers, { recursive: true });
    await pinUnpacked(layers, ['used', 'coming']);
    expect([...(await unpackedInUse(store))].sort()).toEqual(['coming', 'used']);
    await removeUnpacked(store, 'unused');
    expect(await listUnpacked(store)).toEqual(['used']);
  });

  test('what a killed process was unpacking is removed', async () => {
    const store = await opened();
    await keepUnpacked(store, 'one', filled('x'));
    const dead = path.join(
      store.paths.root,
      'tmp',
      `999999999-1-${store.owner.namespace}-${store.owner.boot}-0123456789abcdef`,
    );
    mkdirSync(path.join(dead, 'tree', 'closed'), { recursive: true, mode: 0o000 });
    await prune(store);
    expect(existsSync(dead)).toBe(false);
  });
});
