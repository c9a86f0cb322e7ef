import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import Copy from '../../../src/commands/copy.js';
import Save from '../../../src/commands/save.js';
import { DEMO, useFolder } from '../../helpers/look.js';
import { runCommand } from '../../helpers/run-command.js';

const folder = useFolder();
let places = 0;
let place = '';
beforeEach(() => {
  place = path.join(folder(), `p${String(places++)}`);
  mkdirSync(place);
  vi.stubEnv('STRATA_STORE', path.join(place, 'store'));
});

const at = (...names: string[]): string => path.join(place, ...names);
const layout = (...names: string[]): string => at('layout', ...names);

/** All that is below a directory, links as they are, with the bytes of what is a file. */
function everything(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return `${file} ${entry.isFile() ? readFileSync(file, 'base64') : ''}`;
    })
    .sort();
}

/** A layout without images: what all of them begin as. */
function emptyLayout(): void {
  mkdirSync(layout('blobs/sha256'), { recursive: true });
  writeFileSync(layout('oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(layout('index.json'), '{"schemaVersion":2,"manifests":[]}');
}

/** Moves a part of the layout out of it and leaves a link to it there. */
function linked(name: string): void {
  mkdirSync(at('victim'));
  renameSync(layout(name), at('victim/thing'));
  symlinkSync(path.relative(path.dirname(layout(name)), at('victim/thing')), layout(name));
}

const WRITERS = {
  copy: () => runCommand(Copy, [DEMO, `oci:${layout()}:v1`, '-q']),
  save: () => runCommand(Save, [DEMO, '--format', 'oci', '-o', layout(), '--force']),
};

describe.each(Object.entries(WRITERS))('%s into a layout that is there', (_, write) => {
  test.each(['blobs', 'blobs/sha256', 'index.json', 'oci-layout'])(
    'writes nothing at all when its %s is a link',
    async (name) => {
      emptyLayout();
      linked(name);
      const before = everything(place);
      const { status, stderr } = await write();
      expect([status, stderr]).toEqual([
        3,
        expect.stringMatching(
          /E_NOT_AN_IMAGE.*: it is a symbolic link, not a (?:directory|regular file)\n.*cp -rL/,
        ),
      ]);
      expect(everything(place).filter((line) => !line.startsWith(at('store')))).toEqual(before);
    },
  );

  test('writes nothing at all when a blob of the image is a link there', async () => {
    await write();
    const blob = path.join('blobs/sha256', readdirSync(layout('blobs/sha256'))[0]);
    linked(blob);
    const before = everything(place);
    const { status, stderr } = await write();
    expect([status, stderr]).toEqual([
      3,
      expect.stringContaining('it is a symbolic link, not a regular file'),
    ]);
    expect(everything(place)).toEqual(before);
  });

  test('goes through a link to the layout itself, since the user named it', async () => {
    emptyLayout();
    renameSync(layout(), at('elsewhere'));
    symlinkSync('elsewhere', layout());
    expect((await write()).status).toBe(0);
    expect(readdirSync(at('elsewhere/blobs/sha256')).length).toBeGreaterThan(3);
  });

  test.each(['index.json', 'oci-layout'])('refuses at once when its %s is a pipe or device', async (name) => {
    emptyLayout();
    rmSync(layout(name));
    execFileSync('mkfifo', [layout(name)]);
    const { status, stderr } = await write();
    expect([status, stderr]).toEqual([
      3,
      expect.stringContaining(`${layout()}: ${name}: it is a device or pipe, not a regular file`),
    ]);
    expect(readdirSync(layout('blobs/sha256'))).toEqual([]);
  });

  test('refuses when a directory has the name of one of its files', async () => {
    emptyLayout();
    rmSync(layout('index.json'));
    mkdirSync(layout('index.json'));
    const { status, stderr } = await write();
    expect([status, stderr]).toEqual([3, expect.stringContaining('it is a directory, not a regular file')]);
    expect(stderr).not.toContain('cp -rL');
    expect(readdirSync(layout('blobs/sha256'))).toEqual([]);
  });
});

test('what is made for an image that cannot be written is removed, and a dir: that is there is left alone', async () => {
  mkdirSync(at('dir'));
  symlinkSync('../victim', at('dir/version'));
  const { status, stderr } = await runCommand(Copy, [DEMO, `dir:${at('dir')}`, '-q']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('it is there already')]);
  expect(existsSync(at('victim'))).toBe(false);
});
