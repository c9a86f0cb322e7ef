import {
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { unite } from '../../../src/layers/union/unite.js';
import { changesOf } from '../../../src/runtime/changes/changes-of.js';
import { readUpper } from '../../../src/runtime/upper/read-upper.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { makeNode } from '../../../src/runtime/sys/node.js';
import { setXattr } from '../../../src/runtime/sys/xattr.js';
import { commitUpper, mountContainer } from '../../helpers/container.js';
import { useFolder } from '../../helpers/look.js';
import { compareTrees, readTree } from '../../helpers/oracle.js';
import { snapshotTree } from '../../helpers/our-tree.js';
import { needRoot } from '../../helpers/tool.js';

/* Law 3 for whatever is done in a container: random operations on a random tree. */

const folder = useFolder();
beforeAll(() => {
  needRoot();
  enterPrivateMounts();
});

const place = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'a.b'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const step = fc.oneof(
  fc.record({
    op: fc.constantFrom('write', 'append', 'mkdir', 'rm', 'fifo', 'truncate'),
    at: place,
    n: fc.nat(3),
  }),
  fc.record({ op: fc.constantFrom('chmod', 'chown', 'time', 'xattr'), at: place, n: fc.nat(3) }),
  fc.record({ op: fc.constantFrom('rename', 'link', 'symlink'), at: place, to: place, n: fc.nat(3) }),
  fc.record({ op: fc.constantFrom('mkdir', 'write'), at: place, n: fc.nat(3) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A FIFO that nobody reads would wait for ever. */
const { O_APPEND, O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
const CONTENTS = ['', 'one', 'two', 'three'];

function put(at: string, content: string, how: number): void {
  const descriptor = openSync(at, O_WRONLY | O_CREAT | O_NONBLOCK | how);
  writeSync(descriptor, content);
  closeSync(descriptor);
}

/** Does it where it can be done, and where it is for GNU tar, where that keeps it: of a FIFO it keeps one name. */
function run(root: string, { op, at, n, ...rest }: Step, forTar = false): void {
  const here = path.join(root, at);
  const there = path.join(root, 'to' in rest ? rest.to : at);
  const deeds: Readonly<Record<Step['op'], () => void>> = {
    write: () => {
      put(here, CONTENTS[n], O_TRUNC);
    },
    append: () => {
      put(here, CONTENTS[n], O_APPEND);
    },
    mkdir: () => mkdirSync(here, { recursive: true }),
    rm: () => {
      rmSync(here, { recursive: true });
    },
    fifo: () => {
      makeNode(here, 0o010600);
    },
    truncate: () => {
      truncateSync(here, n);
    },
    chmod: () => {
      chmodSync(here, 0o700 + n);
    },
    chown: () => {
      lchownSync(here, n, n);
    },
    time: () => {
      lutimesSync(here, 1000 + n, 1000 + n);
    },
    xattr: () => {
      // No tar can hold an empty value: a PAX record without one takes it away (POSIX pax, "Extended Header").
      setXattr(here, 'trusted.x', Buffer.from(`x${CONTENTS[n]}`));
    },
    rename: () => {
      renameSync(here, there);
    },
    link: () => {
      if (!forTar || !lstatSync(here).isFIFO()) linkSync(here, there);
    },
    symlink: () => {
      symlinkSync(at, there);
    },
  };
  try {
    deeds[op]();
  } catch {
    // Not possible here, which is as good.
  }
}

test('the layer replayed gives the tree, and holds no more and no less than the changes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.array(step, { maxLength: 25 }),
      async (before, after) => {
        const own = mkdtempSync(path.join(folder(), 'run-'));
        mkdirSync(path.join(own, 'lower'));
        for (const one of before) run(path.join(own, 'lower'), one, true);
        const made = await mountContainer(own);
        try {
          for (const one of after) run(made.merged, one);
          const tree = await readTree(made.merged);
          const changes = await changesOf(made.union, 1, readUpper(made.upper, { overlayXattrs: 'trusted' }));
          const layer = await commitUpper(made.union, made.upper);
          expect(layer === undefined).toBe(changes.length === 0);
          expect(layer?.planned).toBe(layer?.members);
          const replayed = unite([...made.union.layers, ...(layer === undefined ? [] : [layer.index])]);
          const ours = snapshotTree(replayed, replayed.layers.length);
          // Entries made and removed change the time of the root, which alone is no change.
          const except = (name: string): boolean => layer === undefined && name === '/';
          expect(compareTrees(ours, tree, { except })).toEqual([]);
          const letters = new Map(changes.map((change) => [change.path, change.kind]));
          const lower = snapshotTree(made.union, 1);
          for (const [name, kind] of letters) {
            expect([name, lower.has(name)]).toEqual([name, kind !== 'added']);
            expect([name, tree.has(name)]).toEqual([name, kind !== 'removed']);
          }
          for (const name of tree.keys())
            if (!lower.has(name)) expect([name, letters.get(name)]).toEqual([name, 'added']);
        } finally {
          made.unmount();
          rmSync(own, { recursive: true });
        }
      },
    ),
    { numRuns: 30 },
  );
}, 300_000);
