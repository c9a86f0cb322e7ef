import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDirectory } from '../../src/store/atomic.js';
import { putBlob } from '../../src/store/blob.js';
import { derivedKey, readDerived, writeDerived } from '../../src/store/derived.js';
import { fsck } from '../../src/store/fsck.js';
import { storePaths } from '../../src/store/paths.js';
import { readRefs } from '../../src/store/refs.js';
import { openStore } from '../../src/store/store.js';
import { DEEDS } from './deeds.js';
import { damage, filesBelow, openAt, scratch } from './scratch.js';

const directory = scratch();

describe('storePaths (XDG base directory specification 0.8)', () => {
  test('STRATA_STORE holds everything', () => {
    expect(storePaths({ STRATA_STORE: '/s', XDG_DATA_HOME: '/d', XDG_CACHE_HOME: '/c' }, '/h')).toEqual({
      root: '/s',
      cache: '/s/cache',
    });
  });

  test('XDG variables, then their defaults; empty or relative ones are ignored', () => {
    const home = { root: '/h/.local/share/strata', cache: '/h/.cache/strata' };
    expect(storePaths({ XDG_DATA_HOME: '/d', XDG_CACHE_HOME: '/c' }, '/h')).toEqual({
      root: '/d/strata',
      cache: '/c/strata',
    });
    expect(storePaths({}, '/h')).toEqual(home);
    expect(storePaths({ STRATA_STORE: '', XDG_DATA_HOME: '', XDG_CACHE_HOME: '' }, '/h')).toEqual(home);
    expect(storePaths({ XDG_DATA_HOME: 'd', XDG_CACHE_HOME: './c' }, '/h')).toEqual(home);
  });

  test('always absolute', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('STRATA_STORE', 'XDG_DATA_HOME', 'XDG_CACHE_HOME'), fc.string()),
        (env) => {
          const paths = storePaths(env, '/h');
          expect(path.isAbsolute(paths.root) && path.isAbsolute(paths.cache)).toBe(true);
        },
      ),
    );
  });
});

describe('openStore', () => {
  test('law 4: opening and reading a store that is not there creates nothing', async () => {
    const at = path.join(directory, 'absent');
    const store = await openAt(at);
    expect(await readRefs(store)).toEqual([]);
    expect(await readDerived(store, 'index', derivedKey('x'))).toBeUndefined();
    expect((await fsck(store)).findings).toEqual([]);
    expect(existsSync(at)).toBe(false);
  });

  test('image-layout.md: a written store has oci-layout 1.0.0, index.json and blobs, for its user alone', async () => {
    const at = path.join(directory, 'new', 'deep');
    await DEEDS.image(await openAt(at), 'a');
    expect(JSON.parse(readFileSync(path.join(at, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    const index = JSON.parse(readFileSync(path.join(at, 'index.json'), 'utf8')) as {
      schemaVersion: number;
      manifests: { annotations: Record<string, string> }[];
    };
    expect(index.schemaVersion).toBe(2);
    expect(index.manifests[0].annotations).toEqual({ 'org.opencontainers.image.ref.name': 'a' });
    expect(statSync(at).mode & 0o777).toBe(0o700);
    expect(statSync(path.dirname(at)).mode & 0o777).toBe(0o700);
  });

  test('a directory of something else is refused and left as it is', async () => {
    const at = path.join(directory, 'home');
    mkdirSync(at);
    writeFileSync(path.join(at, 'letter.txt'), '');
    await expect(openAt(at)).rejects.toMatchObject({ code: 'E_STORE' });
    expect(filesBelow(at)).toEqual([path.join(at, 'letter.txt')]);
  });

  test('an OCI layout of another version is refused', async () => {
    const at = path.join(directory, 'future');
    mkdirSync(at);
    writeFileSync(path.join(at, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
    await expect(openAt(at)).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
  });

  test('a file system that says ENOENT of every new directory ends it at once', async () => {
    await expect(createDirectory('/proc/strata/store', false)).rejects.toMatchObject({ code: 'ENOENT' });
    const made = path.join(directory, 'a/b/c');
    await createDirectory(made, true);
    await createDirectory(made, true);
    expect(statSync(made).isDirectory()).toBe(true);
  });

  test('a location that cannot be written gives one warning and a store that reads, keeps no derived data, and refuses blobs', async () => {
    // A file in the way stops root too, whom permissions do not stop.
    const obstacle = path.join(directory, 'file');
    writeFileSync(obstacle, '');
    const warnings: string[] = [];
    const store = await openStore(storePaths({ STRATA_STORE: path.join(obstacle, 'store') }, '/'), {
      log: (line) => warnings.push(line),
    });
    expect(store.readOnly).toBe(true);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('cannot be written (ENOTDIR)');
    expect(await readRefs(store)).toEqual([]);
    expect(await writeDerived(store, 'index', derivedKey('x'), [])).toBe(false);
    await expect(putBlob(store, [])).rejects.toMatchObject({ code: 'E_STORE', exitCode: 1 });
    expect(warnings).toHaveLength(1);
  });

  test('a cache that cannot be written leaves the store itself writable', async () => {
    const obstacle = path.join(directory, 'cachefile');
    writeFileSync(obstacle, '');
    const warnings: string[] = [];
    const root = path.join(directory, 'cacheless');
    const store = await openStore(
      { root, cache: path.join(obstacle, 'cache') },
      { log: (line) => warnings.push(line) },
    );
    expect(store.readOnly).toBe(false);
    expect(warnings).toHaveLength(1);
    await DEEDS.image(store, 'a');
    expect(await DEEDS.derive(store, 'a')).toBe(false);
    expect(warnings).toHaveLength(1);
    expect(await damage(root)).toEqual([]);
  });

  test('a store open to others is noted', async () => {
    const at = path.join(directory, 'open');
    await DEEDS.image(await openAt(at), 'a');
    chmodSync(at, 0o755);
    expect((await fsck(await openAt(at))).findings.map((finding) => finding.code)).toEqual([
      'open-to-others',
    ]);
  });
});
