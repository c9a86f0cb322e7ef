import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Ls from '../../src/commands/ls.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const ls = (...argv: string[]) => runCommand(Ls, argv);

interface Listing {
  readonly snapshot: number;
  readonly path: string;
  readonly entries: readonly {
    readonly path: string;
    readonly kind: string;
    readonly size: number;
    readonly layer: number;
    readonly totalBytes?: number;
    readonly hardLink?: true;
    readonly gone?: { readonly layer: number; readonly replaced: boolean };
    readonly headerOffset?: number;
  }[];
}

async function json(...argv: string[]): Promise<Listing> {
  return validJson('ls.json', await ls(...argv, '--json')) as Listing;
}

/** The archives of the demo's layers, unpacked from the outer archive by GNU tar; base first. */
function layerArchives(): string[] {
  execFileSync('tar', ['-xf', DEMO, '-C', folder()]);
  const [{ Layers }] = JSON.parse(readFileSync(path.join(folder(), 'manifest.json'), 'utf8')) as [
    { Layers: string[] },
  ];
  return Layers.map((name) => path.join(folder(), name));
}

describe('ls', () => {
  test('lists a directory long, with a header, one line a file', async () => {
    const { status, stdout } = await ls(DEMO, '/etc/apt', '-R');
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        'MODE        OWNER     SIZE  MODIFIED          LAYER  NAME',
        'drwxr-xr-x  0:0          -  2026-03-01 12:00      1  /etc/apt/sources.list.d',
        '-rw-r--r--  0:0       77 B  2026-03-01 12:00      1  /etc/apt/sources.list.d/debian.sources',
        '',
      ].join('\n'),
    );
  });

  test('a link to a directory lists the directory, a link to a file itself, -d the directory itself', async () => {
    expect(linesOf((await ls(DEMO, '/bin', '-1')).stdout)).toEqual(
      linesOf((await ls(DEMO, '/usr/bin', '-1')).stdout),
    );
    expect((await json(DEMO, '/bin')).path).toBe('/usr/bin');
    expect((await ls(DEMO, '/app/latest.log')).stdout).toMatch(
      / \/app\/latest\.log -> \/var\/log\/notes\.log\n$/,
    );
    expect((await ls(DEMO, '/bin', '-d')).stdout).toMatch(/^lrwxrwxrwx .* \/bin -> usr\/bin$/m);
    expect((await json(DEMO, '/app', '-d')).entries.map((entry) => entry.path)).toEqual(['/app']);
    expect((await json(DEMO, '/etc/hostname')).entries.map((entry) => entry.path)).toEqual(['/etc/hostname']);
  });

  test('-1 gives names only, and goes with other short flags before and after it', async () => {
    const names = ['hostname', 'os-release'];
    expect(linesOf((await ls(DEMO, '/etc', '-1')).stdout)).toEqual(expect.arrayContaining(names));
    expect(linesOf((await ls(DEMO, '-1', '-r', '/etc')).stdout)).toEqual(
      linesOf((await ls(DEMO, '/etc', '--names')).stdout).reverse(),
    );
  });

  test('-l, -a and -h are what it does anyway', async () => {
    expect(await ls('-lah', DEMO, '/app')).toEqual(await ls(DEMO, '/app'));
  });

  test('an older snapshot has what there was then', async () => {
    expect(linesOf((await ls(`${DEMO}@6`, '/root/.deploy', '-1')).stdout)).toEqual([
      'aws',
      'id_rsa',
      'token',
    ]);
    expect((await ls(`${DEMO}@8`, '/root/.deploy')).status).toBe(4);
  });

  test('--layer N lists exactly the members of that archive, in its order (GNU tar)', async () => {
    for (const [i, archive] of layerArchives().entries()) {
      const { entries } = await json(DEMO, '--layer', String(i + 1));
      const told = execFileSync('tar', ['--quoting-style=literal', '-tf', archive, '--null']).toString(
        'latin1',
      );
      // Names with line feeds are several lines: count those too.
      const names = linesOf(told).length;
      const feeds = entries.reduce((sum, { path: name }) => sum + name.split('\n').length - 1, 0);
      expect(entries.length + feeds).toBe(names);
      expect(entries.map(({ headerOffset = -1 }) => headerOffset)).toEqual(
        entries.map(({ headerOffset = -1 }) => headerOffset).sort((a, b) => a - b),
      );
    }
    const third = await ls(DEMO, '--layer', '3', '/usr');
    expect(third.stdout).toContain('w---------');
    expect(third.stdout).toContain('/usr/bin/curl (whiteout: removes it)');
    expect((await ls(DEMO, '--layer', '7')).stdout).toContain('/app/cache (opaque: hides');
    expect((await ls(DEMO, '--layer', '7')).stdout).toMatch(
      /^h.* \/app\/releases\/2\/public\/print\.css link to \/app\/releases\/2\/public\/crew\.css$/m,
    );
    expect((await ls(DEMO, '--layer', '99')).stderr).toContain(
      'E_SNAPSHOT_RANGE: choosing layer 99: the image has layers 1 to 12\n',
    );
    expect((await json(DEMO, '--layer', '-1')).entries.length).toBe(
      (await json(DEMO, '--layer', '12')).entries.length,
    );
  });

  test('--deleted adds what is hidden, with the layer that hid it; a path that is gone can be listed', async () => {
    const gone = await json(DEMO, '/root/.deploy', '--deleted');
    expect(gone.entries.map((entry) => [entry.path, entry.layer, entry.gone])).toEqual([
      ['/root/.deploy/aws', 6, { layer: 8, replaced: false }],
      ['/root/.deploy/id_rsa', 6, { layer: 8, replaced: false }],
      ['/root/.deploy/token', 6, { layer: 8, replaced: false }],
    ]);
    const etc = await json(DEMO, '/etc', '--deleted');
    expect(etc.entries.filter((entry) => entry.path === '/etc/passwd').map((entry) => entry.gone)).toEqual([
      { layer: 2, replaced: true },
      undefined,
    ]);
    expect((await ls(DEMO, '/root', '-R', '--deleted')).stdout).toMatch(
      / 8 removed {2}\/root\/\.deploy\/token$/m,
    );
  });

  test('--sort and --reverse order every column', async () => {
    const values = async (sort: string): Promise<Listing['entries']> =>
      (await json(DEMO, '/usr/bin', '-R', '--sort', sort)).entries;
    const sizes = (await values('size')).map(({ size }) => size);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const layers = (await values('layer')).map(({ layer }) => layer);
    expect(layers).toEqual([...layers].sort((a, b) => b - a));
    const names = (await values('name')).map((entry) => entry.path);
    expect(names).toEqual([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const reversed = (await json(DEMO, '/usr/bin', '-R', '--sort', 'name', '-r')).entries;
    expect(reversed.map((entry) => entry.path)).toEqual(names.reverse());
  });

  test('--du: a directory has the sum of what is below, files of several names counted once', async () => {
    const { entries } = await json(DEMO, '/', '-R', '--du');
    const below = (directory: string): number =>
      entries
        .filter((entry) => entry.kind === 'file' && entry.hardLink !== true)
        .filter((entry) => entry.path.startsWith(directory === '/' ? '/' : `${directory}/`))
        .reduce((sum, { size }) => sum + size, 0);
    for (const directory of ['/usr', '/usr/bin', '/app', '/app/src', '/root'])
      expect([directory, entries.find((entry) => entry.path === directory)?.totalBytes]).toEqual([
        directory,
        below(directory),
      ]);
  });

  test('hostile names are escaped in the text and exact in JSON', async () => {
    const { stdout } = await ls(DEMO, '/app/uploads');
    expect(stdout).not.toMatch(CONTROL);
    expect(stdout).toContain('\\x1b[2J\\x1b[31mred.txt');
    const { entries } = await json(DEMO, '/app/uploads');
    expect(linesOf(stdout)).toHaveLength(entries.length + 1);
    expect(entries.map((entry) => entry.path)).toContain('/app/uploads/\x1b[2J\x1b[31mred.txt');
  });

  test('a name as it is printed can be typed, and a name with a backslash too', async () => {
    for (const name of ['\\x1b[2J\\x1b[31mred.txt', 'caf\\xe9.txt', 'back\\\\slash.txt', 'back\\slash.txt'])
      expect((await ls(DEMO, `/app/uploads/${name}`)).status).toBe(0);
    expect((await ls(DEMO, '/app/uploads/no\\such')).status).toBe(4);
  });

  test('wrong usage ends with 2, a path that is not there with 4 and a hint', async () => {
    for (const argv of [
      [],
      [DEMO, '--sort', 'colour'],
      [DEMO, '--layer', 'x'],
      [DEMO, '/', '--bogus'],
      [DEMO, '/', 'b', 'c'],
    ])
      expect((await ls(...argv)).status).toBe(2);
    const missing = await ls(DEMO, '/nope');
    expect(missing.status).toBe(4);
    expect(missing.stdout).toBe('');
    expect(missing.stderr).toMatch(
      /^(?:reading .*\n)?E_NOT_FOUND: looking up \/nope: \/ has no nope in snapshot @12\nhint: /,
    );
  });

  test('images of odd layers: 500, empty, foreign, Windows', async () => {
    for (const name of ['oci-500-layers', 'oci-empty-layers', 'oci-foreign', 'oci-windows', 'oci-zstd']) {
      const ended = await ls(path.join(FIXTURES, name), '-R');
      expect([name, ended.status, ended.stderr.includes('E_')]).toEqual([name, 0, false]);
    }
  });
});
