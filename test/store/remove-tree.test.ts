import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from '../../src/store/remove-tree.js';
import { scratch } from './scratch.js';

const folder = scratch();
const at = (...names: string[]): string => path.join(folder, ...names);

/** A directory of somebody else, and what is in it. */
function victim(name: string): { readonly place: string; readonly names: () => readonly string[] } {
  const place = at(name);
  mkdirSync(path.join(place, 'sub'), { recursive: true });
  writeFileSync(path.join(place, 'precious'), '');
  return { place, names: () => readdirSync(place).sort() };
}

test('a link is removed and not what it leads to, wherever it is', async () => {
  const { place, names } = victim('of-a-link');
  symlinkSync(place, at('link'));
  mkdirSync(at('with-link/deep'), { recursive: true });
  for (const link of ['with-link/link', 'with-link/deep/link']) symlinkSync(place, at(link));
  for (const tree of ['link', 'with-link']) {
    await removeTree(at(tree));
    expect(lstatSync(at(tree), { throwIfNoEntry: false })).toBeUndefined();
  }
  expect(names()).toEqual(['precious', 'sub']);
});

// Read as text, `ff` is U+FFFD, which is the name of the link beside it.
test.each([[Buffer.from([0xff])], [Buffer.from([0xc3, 0x28])]])(
  'a name that is not UTF-8 (%j) is not taken for another',
  async (odd) => {
    const { place, names } = victim(`of-${odd.toString('hex')}`);
    const tree = at('odd');
    mkdirSync(tree);
    mkdirSync(Buffer.concat([Buffer.from(`${tree}/`), odd]));
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), odd, Buffer.from('/inside')]), '');
    symlinkSync(place, path.join(tree, odd.toString()));
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(names()).toEqual(['precious', 'sub']);
  },
);

test.each([
  ['wide', 1, 1000],
  ['deep and wide', 30, 40],
  ['few', 2, 3],
  ['empty', 0, 0],
])('a tree that is %s goes whole', async (_what, directories, files) => {
  const tree = at('tree');
  mkdirSync(tree);
  for (let d = 0; d < directories; d++) {
    mkdirSync(path.join(tree, String(d)));
    for (let f = 0; f < files; f++) writeFileSync(path.join(tree, String(d), String(f)), '');
  }
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test('a file goes, and what is not there is no error', async () => {
  writeFileSync(at('file'), '');
  await removeTree(at('file'));
  await removeTree(at('file'));
  expect(existsSync(at('file'))).toBe(false);
});
