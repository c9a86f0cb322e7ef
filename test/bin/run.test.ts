import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../helpers/remove.js';
import { asUser } from '../helpers/tool.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** An installation of its own, whose program nobody has run. */
let root = '';
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'strata-start-'));
  chmodSync(root, 0o755);
  for (const name of ['package.json', 'oclif.manifest.json', 'bin'])
    cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true });
  mkdirSync(path.join(root, 'dist/program'), { recursive: true });
  cpSync(path.join(ROOT, 'dist/program/program.cjs'), path.join(root, 'dist/program/program.cjs'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
});
afterAll(() => {
  removeTree(root);
});

const kept = (): string[] =>
  readdirSync(path.join(root, 'dist/program')).filter((name) => name !== 'program.cjs');
const place = (name: string): string => path.join(root, 'dist/program', name);

function strata(argv: readonly string[], env: Record<string, string> = {}, uid?: number) {
  const words = [path.join(root, 'bin/run.js'), ...argv];
  const [program, line] = uid === undefined ? [process.execPath, words] : asUser(uid, words);
  const { status, stdout, stderr } = spawnSync(program, line, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: root, STRATA_STORE: path.join(root, 'store'), ...env },
  });
  return { status, stdout, stderr };
}

describe('the compiled code of a command', () => {
  test('is kept by its first run, and what comes after is the same', () => {
    const first = strata(['images']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    const [file, ...others] = kept();
    expect(others).toEqual([]);
    expect(file).toMatch(new RegExp(`^[0-9a-f]{16}-${process.version}-${process.arch}-images\\.code$`));
    const code = readFileSync(place(file));
    expect(strata(['images'])).toEqual(first);
    expect(readFileSync(place(file)).equals(code)).toBe(true);
  });

  test('is made again when it is cut off, or of another V8', () => {
    const [file] = kept();
    const { length } = readFileSync(place(file));
    // Of one that was killed long ago, and of one that may be writing it just now.
    for (const [name, seconds] of [
      [`${file}.4194303`, 3600],
      [`${file}.4194302`, 0],
    ] as const) {
      writeFileSync(place(name), '');
      utimesSync(place(name), Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
    }
    for (const damage of [
      () => truncateSync(place(file), 1000),
      () => writeFileSync(place(file), Buffer.alloc(length)),
      () => truncateSync(place(file), 0),
    ]) {
      damage();
      expect(strata(['images'])).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(place(file)).length).toBeGreaterThan(1000);
      expect(readFileSync(place(file)).equals(Buffer.alloc(length))).toBe(false);
    }
    expect(kept()).toEqual([file, `${file}.4194302`]);
    rmSync(place(`${file}.4194302`));
  });

  test('Node takes no flag of strata for its own', () => {
    const line = ['run', '--env-file', 'missing', 'no-such-image'];
    const { PATH } = process.env;
    const env = { PATH, HOME: root, STRATA_STORE: path.join(root, 'store'), NODE_DISABLE_COMPILE_CACHE: '1' };
    const { status, stderr } = spawnSync(path.join(root, 'bin/run.js'), line, { encoding: 'utf8', env });
    expect([status, stderr]).toEqual([125, expect.stringMatching(/^E_NOT_FOUND: /)]);
  });

  test('is one for all that is no command, however it is spelt', () => {
    const before = kept();
    for (const word of ['imagse', 'nothing', '../images', 'constructor'])
      expect(strata([word, 'x']).status).toBe(2);
    expect(kept().filter((name) => !before.includes(name))).toHaveLength(1);
  });

  test('is not kept where that is not wished, or by who may not write there', () => {
    const before = kept();
    expect(strata(['fsck'], { NODE_DISABLE_COMPILE_CACHE: '1' }).status).toBe(0);
    chmodSync(path.join(root, 'dist/program'), 0o555);
    expect(strata(['ps'], { STRATA_STORE: '/nonexistent' }, 65_534)).toMatchObject({ status: 0 });
    chmodSync(path.join(root, 'dist/program'), 0o755);
    expect(kept()).toEqual(before);
  });
});
