import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync, openSync, writeSync, closeSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import Deleted from '../../src/commands/deleted.js';
import Diff from '../../src/commands/diff.js';
import Find from '../../src/commands/find.js';
import { linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { sparseTar } from '../helpers/sparse.js';
import { LayoutBuilder } from '../images/build.js';

/* Contents of sparse files that are too large to be expanded, and so have no SHA-256. */

const folder = useFolder();
const TB = 2 ** 40;
let count = 0;

interface Spec {
  readonly name?: string;
  readonly size?: number;
  readonly at?: number;
  readonly text?: string;
  readonly format?: 'gnu' | 'posix';
}

/** Returns a tar by GNU tar of one file of a terabyte with a few bytes of data. */
function huge({ name = 'huge', size = TB, at = 1e6, text = 'hello', format = 'gnu' }: Spec): string {
  const own = path.join(folder(), String(count++));
  mkdirSync(own);
  const file = path.join(own, name);
  const descriptor = openSync(file, 'w', 0o644);
  writeSync(descriptor, text, at);
  closeSync(descriptor);
  truncateSync(file, size);
  utimesSync(file, 1_700_000_000, 1_700_000_000);
  const tar = `${own}.tar`;
  const owner = ['--owner=0', '--group=0', '--pax-option=delete=atime,delete=ctime'];
  execFileSync('tar', [
    '-cSf',
    tar,
    `--format=${format}`,
    ...(format === 'posix' ? owner : owner.slice(0, 2)),
    '-C',
    own,
    name,
  ]);
  return `rootfs:${tar}`;
}

const lines = async (before: string, after: string): Promise<string[]> =>
  linesOf((await runCommand(Diff, [before, after, '--name-status'])).stdout);

test('diff says of two what is true: equal in any format of tar, changed by any byte, place or size', async () => {
  const one = huge({});
  expect(await lines(one, huge({}))).toEqual([]);
  expect(await lines(one, huge({ format: 'posix' }))).toEqual([]);
  expect(await lines(one, huge({ text: 'hallo' }))).toEqual(['M\t/huge']);
  expect(await lines(one, huge({ at: 1e6 + 1 }))).toEqual(['M\t/huge']);
  expect(await lines(one, huge({ at: 1e6 + 4096 }))).toEqual(['M\t/huge']);
  expect(await lines(one, huge({ size: TB + 1 }))).toEqual(['M\t/huge']);
  expect(await lines(one, huge({ name: 'other' }))).toEqual(['R\t/huge\t/other']);
});

test('diff reads a file that the other side stores whole where only that can tell', async () => {
  const write = (name: string, tar: Buffer): string => {
    writeFileSync(path.join(folder(), name), tar);
    return `rootfs:${path.join(folder(), name)}`;
  };
  // The first takes all zeros that a layer is given.
  const undigested = write(
    'budget.tar',
    sparseTar([
      ['first', 2 ** 30],
      ['small', 65_536],
    ]),
  );
  const whole = (text: string): string => {
    const own = path.join(folder(), text);
    mkdirSync(own);
    const file = path.join(own, 'small');
    writeFileSync(file, Buffer.concat([Buffer.from(text.padEnd(512, 'x')), Buffer.alloc(65_024)]), {
      mode: 0o644,
    });
    utimesSync(file, 0, 0);
    execFileSync('tar', ['-cf', `${own}.tar`, '--owner=0', '--group=0', '-C', own, 'small']);
    return `rootfs:${own}.tar`;
  };
  const [same, other] = [whole('x'), whole('y')];
  expect(await lines(undigested, same)).toEqual(['D\t/first']);
  expect(await lines(same, undigested)).toEqual(['A\t/first']);
  expect(await lines(undigested, other)).toEqual(['D\t/first', 'M\t/small']);
  expect((await runCommand(Diff, [undigested, other, '/small', '--ignore', 'content'])).stdout).toContain(
    'no differences',
  );
});

test('a version of one that the next layer stores again, equal, is not hidden; another one is', async () => {
  const stack = (name: string, letters: readonly string[]): string => {
    const builder = new LayoutBuilder();
    const layers = letters.map((letter) => sparseTar([['huge', TB, letter]]));
    return `oci:${builder.add(builder.image(layers)).write(path.join(folder(), name))}`;
  };
  const hidden = async (image: string): Promise<string> => (await runCommand(Deleted, [image])).stdout;
  expect(await hidden(stack('equal', ['x', 'x']))).not.toContain('/huge');
  expect(await hidden(stack('other', ['x', 'y']))).toContain('/huge');
});

test('find --sha256 says how many files have no digest that it could have found', async () => {
  const image = huge({});
  const sha256 = 'a'.repeat(64);
  const found = await runCommand(Find, [image, '--sha256', sha256]);
  expect([found.status, found.stdout]).toEqual([0, '']);
  expect(found.stderr).toContain('1 file could not be looked at: sparse, with too many zeros for a SHA-256');
  expect((await runCommand(Find, [image, '--sha256', sha256, '--size', '-1kB'])).stderr).not.toContain(
    'SHA-256',
  );
  expect((await runCommand(Find, [image, '--name', 'x'])).stderr).not.toContain('SHA-256');
  const json = validJson('find.json', await runCommand(Find, [image, '--sha256', sha256, '--json']));
  expect(json).toMatchObject({ found: 0, undigested: 1 });
});
