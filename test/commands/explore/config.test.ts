import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findConfig } from '../../../src/commands/explore/config.js';
import { isInteractive } from '../../../src/commands/program/interactive.js';
import { useFolder } from '../../helpers/look.js';

const folder = useFolder();

/** Writes files into a home of their own; returns it. */
function home(name: string, files: Readonly<Record<string, string>>): string {
  const at = path.join(folder(), name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(at, file)), { recursive: true });
    writeFileSync(path.join(at, file), text);
  }
  return at;
}

describe('configuration of the explorer', () => {
  test("our own file goes before dive's; dive's is read where it is asked for", async () => {
    const HOME = home('both', {
      '.config/strata/config.yaml': 'explore: {theme: light}\n',
      '.dive.yaml': 'filetree: {collapse-dir: true}\n',
    });
    expect(await findConfig({ HOME }, false)).toMatchObject({
      config: { theme: 'light' },
      file: path.join(HOME, '.config/strata/config.yaml'),
    });
    expect((await findConfig({ HOME }, true)).config).toMatchObject({ profile: 'dive', unfolded: false });
  });

  test("dive's places: XDG_CONFIG_HOME/dive, XDG_CONFIG_DIRS, the home", async () => {
    const HOME = home('dirs', { 'xdg/dive/a.yml': 'filetree: {show-attributes: false}\n' });
    const env = { HOME, XDG_CONFIG_DIRS: `relative:${HOME}/xdg` };
    expect((await findConfig(env, false)).config.attributes).toBe(false);
    expect((await findConfig({ HOME, XDG_CONFIG_DIRS: '' }, false)).file).toBeUndefined();
  });

  test('what is no YAML is an error that names the file', async () => {
    const HOME = home('bad', { '.dive.yaml': 'a: [\n' });
    await expect(findConfig({ HOME, XDG_CONFIG_DIRS: '' }, false)).rejects.toThrow(/\.dive\.yaml/);
  });
});

describe('whether a person sits there', () => {
  const tty = { isTTY: true };
  test.each([
    [{ TERM: 'xterm' }, tty, tty, true],
    [{ TERM: 'xterm', CI: 'false' }, tty, tty, true],
    [{ TERM: 'dumb' }, tty, tty, false],
    [{ TERM: 'xterm', CI: 'true' }, tty, tty, false],
    [{ TERM: 'xterm' }, {}, tty, false],
    [{ TERM: 'xterm' }, tty, {}, false],
  ])('%j', (env, stdin, stdout, expected) => {
    expect(isInteractive(env, stdin, stdout)).toBe(expected);
  });
});
