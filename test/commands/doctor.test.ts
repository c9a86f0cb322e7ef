import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/index.js';
import { COMMAND_NAMES } from '../../src/commands/names.js';
import { schemaErrors } from '../helpers/json-schema.js';
import { DEMO } from '../helpers/look.js';
import { asUser } from '../helpers/tool.js';

const RUN = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../bin/run.js');

interface Report {
  readonly node: { version: string; supported: boolean };
  readonly zstd: string;
  readonly terminal: { utf8: boolean; stdout: { terminal: boolean; columns: number | null } };
  readonly store: Record<string, unknown>;
  readonly containers: readonly { readonly name: string; readonly health: string }[];
  readonly install: string | null;
  readonly missing: readonly string[];
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-doctor\x1b-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function doctor(
  argv: readonly string[],
  env: Record<string, string> = {},
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [RUN, 'doctor', ...argv], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      STRATA_STORE: path.join(folder, 'store'),
      LC_ALL: 'C.UTF-8',
      ...env,
    },
  });
}

/** The JSON, which is as the schema says whatever the environment. */
function report(env: Record<string, string> = {}): Report {
  const value: unknown = JSON.parse(doctor(['--json'], env).stdout);
  expect(schemaErrors('doctor.json', value)).toEqual([]);
  return value as Report;
}

describe('doctor', () => {
  test('ends with 0 and tells Node, zstd, terminal and an empty store', () => {
    expect(doctor([]).status).toBe(0);
    expect(report()).toMatchObject({
      schemaVersion: 1,
      node: { version: process.version, supported: true },
      zstd: 'createZstdDecompress' in process.getBuiltinModule('node:zlib') ? 'native' : 'wasm',
      terminal: { utf8: true, stdout: { terminal: false, columns: null, colours: 0 } },
      store: { root: path.join(folder, 'store'), writable: true, images: 0, blobs: 0, blobBytes: 0 },
      missing: [],
    });
  });

  test('says of everything that runs containers whether it is there, and the one line that installs the rest', () => {
    const { containers, install, missing } = report({ PATH: folder });
    const names = containers.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['engine', 'conmon', 'overlayfs', 'erofs', 'cgroups']));
    // Programs are looked for at the usual places, too.
    expect(install === null || install.startsWith('apt-get install -y ')).toBe(true);
    for (const name of missing) expect(names).toContain(name);
    // What the kernel can do is tried in a program of its own.
    expect(JSON.stringify(containers)).not.toContain('Cannot find');
    expect(doctor([]).stdout).toMatch(/^(?:ok|warning|missing) +engine +/m);
  });

  test('creates nothing', () => {
    doctor([]);
    expect(() => rmSync(path.join(folder, 'store'))).toThrow('ENOENT');
  });

  test('counts what the store holds', () => {
    const root = path.join(folder, 'filled');
    mkdirSync(path.join(root, 'blobs/sha256'), { recursive: true });
    writeFileSync(path.join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(path.join(root, 'blobs/sha256', 'a'.repeat(64)), 'x'.repeat(1500));
    // With blobs and without it a store has lost its names.
    expect(report({ STRATA_STORE: root }).store).toMatchObject({ error: { code: 'E_STORE_DAMAGED' } });
    writeFileSync(path.join(root, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    expect(report({ STRATA_STORE: root }).store).toMatchObject({ blobs: 1, blobBytes: 1500 });
    expect(doctor([], { STRATA_STORE: root }).stdout).toContain('1 blob of 1.50 kB');
    expect(doctor(['--bytes'], { STRATA_STORE: root }).stdout).toContain('1 blob of 1500');
  });

  test('counts what looking at an image left behind', () => {
    const env = { ...process.env, STRATA_STORE: path.join(folder, 'looked'), HOME: folder };
    expect(spawnSync(process.execPath, [RUN, 'layers', DEMO, '-q'], { env }).status).toBe(0);
    const { derived, derivedBytes } = report({ STRATA_STORE: env.STRATA_STORE }).store as Record<
      string,
      number
    >;
    // An index, what is known of the blob and of the file for each of 12 layers, and the union.
    expect(derived).toBeGreaterThan(12);
    expect(derivedBytes).toBeGreaterThan(10_000);
  });

  test('a store that this user may not write to is a warning, and 0', () => {
    const root = path.join(folder, 'read-only');
    mkdirSync(root, { mode: 0o555 });
    const [command, argv] = asUser(65_534, [RUN, 'doctor', '--json']);
    const { status, stdout } = spawnSync(command, argv, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, STRATA_STORE: root },
    });
    const value = JSON.parse(stdout) as Report;
    expect([status, schemaErrors('doctor.json', value)]).toEqual([0, []]);
    expect(value).toMatchObject({ store: { root, writable: false }, missing: [] });
  });

  test('a Node that is too old is missing: 5, with what to install', () => {
    const root = path.join(folder, 'demanding');
    mkdirSync(path.join(root, 'bin'), { recursive: true });
    const at = (name: string): string => path.join(path.dirname(RUN), '..', name);
    for (const name of ['dist', 'node_modules']) symlinkSync(at(name), path.join(root, name));
    for (const name of ['run.js', 'package.json'])
      copyFileSync(at(`bin/${name}`), path.join(root, 'bin', name));
    const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as object;
    writeFileSync(
      path.join(root, 'package.json'),
      JSON.stringify({ ...manifest, engines: { node: '>=99.1' } }),
    );
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, [path.join(root, 'bin/run.js'), 'doctor', ...argv], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: folder, STRATA_STORE: path.join(folder, 'store') },
      });
    const { status, stdout } = run();
    expect(status).toBe(5);
    expect(stdout).toMatch(/^missing +node +v[\d.]+, not supported$/m);
    expect(stdout).toContain('hint: node: install Node 99.1 or newer');
    const json = run('--json');
    expect([json.status, (JSON.parse(json.stdout) as Report).missing]).toEqual([5, ['node']]);
  });

  test('wrong usage ends with 2', () => {
    for (const argv of [['image.tar'], ['--bogus']]) expect([argv, doctor(argv).status]).toEqual([argv, 2]);
  });

  test('a store that is none is a warning with its error and hint, not the end', () => {
    const root = path.join(folder, 'other');
    mkdirSync(root);
    writeFileSync(path.join(root, 'letter.txt'), '');
    const { status, stdout } = doctor([], { STRATA_STORE: root });
    expect(status).toBe(0);
    expect(stdout).toMatch(/warning {2}store +E_STORE: /);
    expect(stdout).toMatch(/hint: store: /);
    expect(report({ STRATA_STORE: root }).store).toMatchObject({ root, error: { code: 'E_STORE' } });
  });

  test('a store that is a file, or below one, is told, and the rest is looked at', () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    for (const root of [file, path.join(file, 'below')])
      expect(report({ STRATA_STORE: root }).store).toMatchObject({ root, error: { code: 'E_STORE' } });
  });

  test('a locale without UTF-8 is told', () => {
    expect(report({ LC_ALL: 'C' }).terminal.utf8).toBe(false);
    expect(doctor([], { LC_ALL: 'POSIX' }).stdout).toContain('not UTF-8');
  });

  test('paths are escaped and the text has no colour outside a terminal', () => {
    expect(doctor([]).stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(doctor(['--color=always']).stdout).toContain('\x1b[32mok\x1b[39m');
  });
});

describe('the table of commands', () => {
  test('index.ts and names.ts list the same commands', () => {
    expect(Object.keys(COMMANDS).sort()).toEqual([...COMMAND_NAMES].sort());
  });
});
