import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import Blame from '../../src/commands/blame.js';
import Deleted from '../../src/commands/deleted.js';
import Diff from '../../src/commands/diff.js';
import Export from '../../src/commands/export.js';
import Extract from '../../src/commands/extract.js';
import Find from '../../src/commands/find.js';
import Grep from '../../src/commands/grep.js';
import Ls from '../../src/commands/ls.js';
import Stat from '../../src/commands/stat.js';
import Tree from '../../src/commands/tree.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { LayoutBuilder } from '../images/build.js';

/* The union of no layers is an empty tree: a root directory with nothing in it. */

const folder = useFolder();
let none = '';
beforeAll(() => {
  const builder = new LayoutBuilder();
  none = `oci:${builder.add(builder.image([])).write(path.join(folder(), 'none'))}`;
});

describe.each([
  ['an image without layers', () => none],
  ['its @0', () => `${none}@0`],
  ['@0 of another image', () => `${DEMO}@0`],
])('%s', (name, image) => {
  const ended = async (command: Parameters<typeof runCommand>[0], ...argv: string[]): Promise<string> => {
    const { status, stdout, stderr } = await runCommand(command, [image(), ...argv]);
    expect([status, stderr.split('\n').filter((line) => line.startsWith('E_'))]).toEqual([0, []]);
    return stdout;
  };
  const json = async (command: Parameters<typeof runCommand>[0], schema: string, ...argv: string[]) =>
    validJson(schema, await runCommand(command, [image(), ...argv, '--json']));

  test('is listed, drawn and searched as an empty directory', async () => {
    expect(linesOf(await ended(Ls)).slice(1)).toEqual([]);
    expect(linesOf(await ended(Tree))).toEqual(['/', '', '0 directories, 0 files']);
    expect(linesOf(await ended(Find))).toEqual(['/']);
    expect(linesOf(await ended(Find, '--empty'))).toEqual(['/']);
    expect(linesOf(await ended(Deleted))).toEqual(['nothing is hidden']);
    expect((await runCommand(Grep, [image(), 'x'])).status).toBe(1);
    expect(await ended(Stat, '/')).toMatch(/^Layer +none: the root is there before any$/m);
    expect(await ended(Blame, '/')).not.toContain('E_');
    for (const [command, schema, ...argv] of [
      [Ls, 'ls.json'],
      [Tree, 'tree.json'],
      [Find, 'find.json'],
      [Deleted, 'deleted.json'],
      [Stat, 'stat.json', '/'],
      [Blame, 'blame.json', '/'],
      [Grep, 'grep.json', 'x'],
    ] as const)
      expect(await json(command, schema, ...argv)).toMatchObject({ schemaVersion: 1 });
    expect(await runCommand(Ls, [image(), '/etc'])).toMatchObject({ status: 4 });
  });

  test('is written as an empty directory, and as a tar of its root', async () => {
    const out = path.join(folder(), `out of ${name}`);
    await ended(Extract, '/', '-o', out);
    expect([readdirSync(out), statSync(out).isDirectory()]).toEqual([[], true]);
    const { bytes } = await runCommand(Export, [image()]);
    const tar = path.join(folder(), 'out.tar');
    writeFileSync(tar, bytes);
    expect(
      execFileSync('tar', ['-tvf', tar], { encoding: 'utf8', env: { TZ: 'UTC', PATH: process.env.PATH } }),
    ).toMatch(/^drwxr-xr-x 0\/0 +0 1970-01-01 00:00 \.\/\n$/);
  });

  test('differs from what has files by these', async () => {
    expect(linesOf(await ended(Diff, none, '--name-status'))).toEqual([]);
    const found = linesOf(await ended(Diff, `${DEMO}@1`, '--name-status'));
    expect(found).toContain('A\t/etc/passwd');
    expect(found.filter((line) => !line.startsWith('A\t'))).toEqual([]);
  });
});
