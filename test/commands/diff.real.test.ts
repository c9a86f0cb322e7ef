import { execFileSync } from 'node:child_process';
import { lstatSync, type Stats, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import Diff from '../../src/commands/diff.js';
import { entriesOf } from '../../src/layers/index/layer-index.js';
import { useFolder } from '../helpers/look.js';
import { withImage } from '../helpers/our-tree.js';
import { prefixImage } from '../helpers/prefix-image.js';
import { realImages } from '../helpers/real-images.js';
import { rebuiltImages } from '../helpers/rebuilt-images.js';
import { rootTest } from '../helpers/root.js';
import { runCommand } from '../helpers/run-command.js';

const folder = useFolder();

/** Snapshot `n` as umoci unpacks it. */
async function unpack(layout: string, n: number, name: string): Promise<string> {
  const tree = path.join(folder(), name);
  await prefixImage(layout, n, `${tree}.oci`);
  execFileSync('umoci', ['raw', 'unpack', '--image', `${tree}.oci:1`, tree], { stdio: 'pipe' });
  return tree;
}

/** Rooted names of the regular files of a tree. */
function filesOf(tree: string): string[] {
  const out = execFileSync('find', ['.', '-type', 'f', '-print0'], { cwd: tree, maxBuffer: 2 ** 28 });
  return out.toString('latin1').split('\0').slice(0, -1);
}

const bytesAt = (tree: string, name: string): Buffer =>
  readFileSync(Buffer.from(path.join(tree, name), 'latin1'));

function found(tree: string, name: string): Stats | undefined {
  try {
    return lstatSync(Buffer.from(path.join(tree, name), 'latin1'), { throwIfNoEntry: false });
  } catch {
    // A file stands where a directory is now: nothing below it is in a patch.
    return lstatSync(tree);
  }
}

rootTest(
  '--patch of real pairs: GNU patch makes the text files of the second tree of those of the first',
  async () => {
    const [debian] = await realImages();
    const [first, , next] = await rebuiltImages();
    const pairs = [
      [debian.layout, 1, debian.layout, 7],
      // Not the odd files above: GNU patch has no room for its temporary file beside a name of 255 bytes.
      [debian.layout, 7, debian.layout, 2],
      [first.layout, 4, next.layout, 4],
    ] as const;
    for (const [number, [layoutA, n, layoutB, m]] of pairs.entries()) {
      const name = (side: string): string => `${side}${String(number)}`;
      const [a, b] = [await unpack(layoutA, n, name('a')), await unpack(layoutB, m, name('b'))];
      const { bytes, status } = await runCommand(Diff, [
        `oci:${layoutA}@${String(n)}`,
        `oci:${layoutB}@${String(m)}`,
        '--patch',
        '-q',
      ]);
      expect(status).toBe(0);
      expect(bytes.length).toBeGreaterThan(500);
      // What a patch cannot say stands in its way: links and directories where the other tree has files.
      const work = path.join(folder(), name('work'));
      mkdirSync(work);
      const copy =
        'cd "$1" && find . -type f -print0 | tar --null -T - --hard-dereference -cf - | tar -xf - -C "$2"';
      execFileSync('bash', ['-c', copy, 'bash', a, work]);
      execFileSync('patch', ['-p1', '--quiet', '--batch', '-d', work], { input: bytes, maxBuffer: 2 ** 28 });
      let compared = 0;
      for (const file of filesOf(b)) {
        const wanted = bytesAt(b, file);
        const old = found(a, file);
        // Neither binary files nor what was another kind are text that a patch can say.
        if (old?.isFile() === false || wanted.includes(0)) continue;
        if (old !== undefined && bytesAt(a, file).includes(0)) continue;
        expect([file, bytesAt(work, file).equals(wanted)]).toEqual([file, true]);
        compared += 1;
      }
      expect(compared).toBeGreaterThan(50);
    }
  },
  600_000,
);

rootTest('what --json says of a real range is what the layers hold', async () => {
  const [debian] = await realImages();
  const layout = `oci:${debian.layout}`;
  const { stdout } = await runCommand(Diff, [`${layout}@4`, `${layout}@5`, '--json', '-q']);
  const { differences } = JSON.parse(stdout) as {
    differences: { path: string; kind: string; by: { layer: number } }[];
  };
  const added = differences.filter(({ kind }) => kind === 'added');
  const held = await withImage(layout, ({ union }) =>
    [...entriesOf(union.layers[4])].map(({ path: where }) => where),
  );
  expect(added.length).toBeGreaterThan(100);
  expect(added.filter(({ path: where, by }) => by.layer !== 5 || !held.includes(where))).toEqual([]);
});
