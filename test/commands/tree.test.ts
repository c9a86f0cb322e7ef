import { describe, expect, test } from 'vitest';
import Ls from '../../src/commands/ls.js';
import Tree from '../../src/commands/tree.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';

useFolder();
const tree = (...argv: string[]) => runCommand(Tree, argv);

interface TreeJson {
  readonly directories: number;
  readonly files: number;
  readonly bytes: number;
  readonly entries: readonly {
    readonly path: string;
    readonly depth: number;
    readonly kind: string;
    readonly totalBytes?: number;
    readonly change?: { readonly kind: string; readonly facets: readonly string[] };
  }[];
}

async function json(...argv: string[]): Promise<TreeJson> {
  return validJson('tree.json', await tree(...argv, '--json')) as TreeJson;
}

describe('tree', () => {
  test('draws a directory and counts what it drew', async () => {
    expect((await tree(DEMO, '/app/node_modules')).stdout).toBe(
      [
        '/app/node_modules',
        '├── left-harbour',
        '│   ├── index.js',
        '│   └── package.json',
        '├── signal-flags',
        '│   ├── index.js',
        '│   └── package.json',
        '└── tide-table',
        '    ├── index.js',
        '    └── package.json',
        '',
        '3 directories, 6 files',
        '',
      ].join('\n'),
    );
  });

  test('has exactly the paths that ls -R lists, in the same order', async () => {
    const { entries } = await json(DEMO);
    const listed = JSON.parse((await runCommand(Ls, [DEMO, '-R', '--json'])).stdout) as TreeJson;
    expect(entries.slice(1).map((entry) => entry.path)).toEqual(listed.entries.map((entry) => entry.path));
    for (const { path, depth } of entries.slice(1)) expect(path.split('/')).toHaveLength(depth + 1);
  });

  test('a file is a tree of one file', async () => {
    const { stdout } = await tree(DEMO, '/app/config.json');
    expect(stdout).toBe('/app/config.json\n\n0 directories, 1 file\n');
    expect(await json(DEMO, '/app/config.json')).toMatchObject({ directories: 0, files: 1 });
  });

  test('-L draws that many levels, --dirs-only no files', async () => {
    expect(Math.max(...(await json(DEMO, '-L', '2')).entries.map(({ depth }) => depth))).toBe(2);
    const directories = await json(DEMO, '/app', '--dirs-only');
    expect(directories.entries.every(({ kind }) => kind === 'directory')).toBe(true);
    expect(directories.directories).toBe(directories.entries.length - 1);
    expect(linesOf((await tree(DEMO, '/app', '--dirs-only')).stdout).at(-1)).toBe('14 directories');
    expect((await tree(DEMO, '-L', '0')).status).toBe(2);
  });

  test('--sizes: a directory is the sum of its children, where no file has several names', async () => {
    const { entries, bytes } = await json(DEMO, '/var', '--sizes');
    const total = new Map(
      entries.map((entry) => [entry.path, entry.totalBytes ?? (Reflect.get(entry, 'size') as number)]),
    );
    for (const { path, kind } of entries.filter((entry) => entry.kind === 'directory')) {
      const children = entries.filter((child) => child.path.replace(/\/[^/]+$/, '') === path);
      expect([path, kind, total.get(path)]).toEqual([
        path,
        kind,
        children.reduce((sum, child) => sum + (total.get(child.path) ?? 0), 0),
      ]);
    }
    expect(bytes).toBe(total.get('/var'));
    expect((await tree(DEMO, '/var', '--sizes')).stdout).toBe((await tree(DEMO, '/var', '--du')).stdout);
  });

  test('--sort size puts the largest first in every directory', async () => {
    const { entries } = await json(DEMO, '--sizes', '--sort', 'size');
    const last = new Map<string, number>();
    for (const entry of entries.slice(1)) {
      const parent = entry.path.replace(/\/[^/]+$/, '');
      const bytes = entry.totalBytes ?? (Reflect.get(entry, 'size') as number);
      expect(bytes).toBeLessThanOrEqual(last.get(parent) ?? Infinity);
      last.set(parent, bytes);
    }
  });

  test('--changes draws what the layer changed and the way there, marked', async () => {
    expect((await tree(`${DEMO}@7`, '/app/cache', '--changes')).stdout).toBe(
      [
        '~ /app/cache (mtime)',
        '├── + .keep',
        '├── - pages',
        '│   └── - index.html.gz',
        '└── - thumbs.db',
        '',
        '1 directory, 3 files',
        '',
      ].join('\n'),
    );
    const { entries } = await json(`${DEMO}@11`, '--changes');
    expect(
      entries.filter(({ change }) => change !== undefined).map(({ path, change }) => [path, change]),
    ).toEqual([
      ['/app', { kind: 'modified', facets: ['mtime'] }],
      ['/app/config.json', { kind: 'modified', facets: ['content', 'mtime'] }],
      ['/app/current', { kind: 'modified', facets: expect.arrayContaining(['link']) as string[] }],
    ]);
    expect(entries.map(({ path }) => path)).not.toContain('/etc');
  });

  test('what a layer removed can be drawn, what it left alone is not found', async () => {
    expect((await tree(`${DEMO}@8`, '/root/.deploy', '--changes')).stdout).toContain('- token');
    const untouched = await tree(`${DEMO}@8`, '/nowhere', '--changes');
    expect(untouched.status).toBe(4);
    expect((await tree(DEMO, '/nowhere')).status).toBe(4);
  });

  test('colours and hostile names: nothing but our own colours reaches a terminal', async () => {
    const { stdout } = await runCommand(Tree, [DEMO, '/app/uploads', '--color=always'], { tty: 80 });
    expect(stdout).toContain('\x1b[');
    expect(withoutColour(stdout)).not.toMatch(CONTROL);
  });
});
