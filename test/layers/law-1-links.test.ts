import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { dir, file, hardlink, opaque, symlink, type Member, whiteout } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import { compareTrees, type OracleTree, podmanTree, umociTree } from '../helpers/oracle.js';
import { snapshotTree, withImage } from '../helpers/our-tree.js';
import { rootTest } from '../helpers/root.js';

/** What a tool makes of an image: the same as we, nothing, or these differences. */
type Verdict = 'same' | 'refuses' | readonly string[];

interface Case {
  readonly layers: readonly (readonly Member[])[];
  readonly umoci: Verdict;
  readonly podman: Verdict;
}

const f = (name: string): Member => file(name, name);
const low = [dir('etc'), f('etc/p'), f('etc/x'), dir('d'), f('d/a'), symlink('l', 'etc'), f('file')];

const CASES: Readonly<Record<string, Case>> = {
  'absolute link': {
    layers: [[dir('usr'), dir('usr/lib'), symlink('lib', '/usr/lib'), f('lib/f')]],
    umoci: 'same',
    podman: 'same',
  },
  'relative link': { layers: [[dir('r'), symlink('l', 'r'), f('l/f')]], umoci: 'same', podman: 'same' },
  'link with dots': {
    layers: [[dir('a'), dir('b'), symlink('a/l', '../b'), f('a/l/f')]],
    umoci: 'same',
    podman: 'same',
  },
  'link above the root': {
    layers: [[dir('a'), dir('b'), symlink('a/l', '../../../b'), f('a/l/f')]],
    umoci: 'same',
    podman: 'same',
  },
  'chained links': {
    layers: [[dir('c'), dir('c/d'), symlink('b', 'c'), symlink('a', '/b/d'), f('a/e/f')]],
    umoci: 'same',
    podman: 'same',
  },
  'everything below a link': {
    layers: [
      [dir('d'), symlink('s', 'd'), symlink('s/t', 'x'), dir('s/u'), f('s/u/f'), hardlink('s/h', 's/u/f')],
    ],
    umoci: 'same',
    podman: 'same',
  },
  'name with dots behind a link': {
    layers: [[dir('d'), dir('d/e'), symlink('s', 'd/e'), f('s/../f')]],
    umoci: 'same',
    podman: 'same',
  },
  'hard link to a link': {
    layers: [[dir('d'), symlink('s', 'd'), hardlink('h', 's'), f('h/f')]],
    umoci: 'same',
    podman: 'same',
  },
  'dangling link': { layers: [[symlink('a', 'no/where'), f('a/f')]], umoci: 'same', podman: 'refuses' },
  'link to what is below': {
    layers: [low, [symlink('q', 'etc'), f('q/f')]],
    umoci: 'same',
    podman: 'refuses',
  },
  'link stated again': { layers: [low, [symlink('l', 'etc'), f('l/f')]], umoci: 'same', podman: 'refuses' },
  // podman takes no path twice in a layer.
  'link replaced by a directory': {
    layers: [[dir('r'), symlink('l', 'r'), f('l/1'), dir('l'), f('l/2')]],
    umoci: 'same',
    podman: 'refuses',
  },
  'directory replaced by a link': {
    layers: [[dir('r'), dir('l'), f('l/old'), symlink('l', 'r'), f('l/f')]],
    umoci: 'same',
    podman: 'refuses',
  },
  'link gone with its directory': {
    layers: [[dir('x'), symlink('x/l', 'y'), f('x'), dir('x'), f('x/l/f')]],
    umoci: 'same',
    podman: 'refuses',
  },
  'link that goes round': {
    layers: [[symlink('a', 'b'), symlink('b', 'a'), f('a/f')]],
    umoci: 'refuses',
    podman: 'refuses',
  },
  'link to a file': { layers: [[f('g'), symlink('a', 'g'), f('a/f')]], umoci: 'refuses', podman: 'refuses' },
  'below a file': { layers: [[f('x'), f('x/a')]], umoci: 'refuses', podman: 'refuses' },
  'hard link through a link': {
    layers: [[dir('d'), f('d/a'), symlink('s', 'd'), hardlink('h', 's/a')]],
    umoci: 'same',
    podman: 'same',
  },
  'hard link through an absolute link': {
    layers: [[dir('d'), f('d/a'), symlink('s', '/d'), hardlink('h', '/s/a')]],
    umoci: 'same',
    podman: 'same',
  },
  'hard link through a dangling link': {
    layers: [[f('a'), symlink('s', 'no'), hardlink('h', 's/a')]],
    umoci: 'refuses',
    podman: 'refuses',
  },
  'hard link through a link to what is below': {
    layers: [low, [symlink('q', 'etc'), hardlink('h', 'q/p')]],
    umoci: 'same',
    podman: 'refuses',
  },
  'hard link through a link of a lower layer': {
    layers: [low, [hardlink('h', 'l/p')]],
    umoci: ['"/etc/p": group', '"/h": only theirs'],
    podman: 'refuses',
  },
  'member below a link of a lower layer': {
    layers: [low, [f('l/f')]],
    umoci: ['"/etc/f": only theirs', '"/l": kind', '"/l/f": only ours'],
    podman: 'same',
  },
  'whiteout below a link of a lower layer': {
    layers: [low, [whiteout('l/p')]],
    umoci: ['"/etc/p": only ours', '"/l": kind'],
    podman: 'same',
  },
  'opaque link of a lower layer': {
    layers: [low, [opaque('l')]],
    umoci: ['"/etc/p": only ours', '"/etc/x": only ours', '"/l": kind'],
    podman: 'same',
  },
  'whiteout below a link of a lower layer, and a directory': {
    layers: [low, [whiteout('l/p'), dir('l')]],
    umoci: ['"/etc/p": only ours'],
    podman: 'same',
  },
  'whiteout below a link': {
    layers: [low, [symlink('q', 'etc'), whiteout('q/p')]],
    umoci: 'same',
    podman: 'refuses',
  },
  'opaque link': { layers: [low, [symlink('q', 'etc'), opaque('q')]], umoci: 'same', podman: 'refuses' },
  'whiteout below a link to a directory of the layer': {
    layers: [low, [dir('etc'), symlink('q', 'etc'), whiteout('q/p')]],
    umoci: 'same',
    podman: 'same',
  },
  'whiteout before the link': {
    layers: [low, [whiteout('q/p'), symlink('q', 'etc')]],
    umoci: 'same',
    podman: 'same',
  },
  'whiteout without parents': {
    layers: [low, [whiteout('no/deep/x')]],
    umoci: 'same',
    podman: ['"/no": only theirs', '"/no/deep": only theirs'],
  },
  'whiteout below a file': { layers: [low, [whiteout('file/x')]], umoci: 'same', podman: ['"/file": kind'] },
  'whiteout of a directory that comes again': {
    layers: [low, [whiteout('d'), dir('d'), f('d/new')]],
    umoci: 'same',
    podman: ['"/d/a": only theirs'],
  },
};

describe('law 1 for members, hard links and whiteouts below symbolic links', () => {
  let folder = '';
  beforeAll(async () => {
    // podman takes lower case only, which mkdtemp does not make.
    folder = path.join(tmpdir(), `strata-links-${String(process.pid)}`);
    await mkdir(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  for (const [name, { layers, umoci, podman }] of Object.entries(CASES))
    rootTest(name, { timeout: 120_000 }, async () => {
      const layout = path.join(folder, name.replaceAll(/[^a-z]/g, '-'));
      const built = await Promise.all(layers.map((members) => layer(members)));
      const steps = built.map((one) => ({ createdBy: name, layer: one }));
      writeFolder(layout, simpleLayout(image({ steps }), 'x'));
      const ours = await withImage(`oci:${layout}`, ({ union }) => snapshotTree(union, layers.length));
      expect({
        umoci: await verdict(ours, umociTree(layout, 'x')),
        podman: await verdict(ours, podmanTree(`oci:${layout}:x`)),
      }).toEqual({ umoci, podman });
    });
});

/** Directories that no layer names have the time of unpacking, and a root without an entry is each tool's own. */
async function verdict(ours: OracleTree, theirs: Promise<OracleTree>): Promise<Verdict> {
  let tree: OracleTree;
  try {
    tree = await theirs;
  } catch (error) {
    // Not for want of the tool.
    expect(String(error)).toMatch(/unpack layer|processing tar file/);
    return 'refuses';
  }
  const found = compareTrees(ours, tree, { ignore: ['mtimeNs'], except: (name) => name === '/' });
  // Of a path that is something else here and there, all facets differ: its kind says it.
  const other = new Set(found.filter((text) => text.includes(': kind ')).map((text) => text.split(': ')[0]));
  const short = found
    .filter((text) => text.includes(': kind ') || !other.has(text.split(': ')[0]))
    .map((text) => text.replace(/ ours .*, theirs .*$/, ''));
  return short.length === 0 ? 'same' : short;
}
