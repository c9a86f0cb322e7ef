import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface SetupScript {
  readonly checkNode: (version: string) => void;
  readonly filesBelow: (folder: string) => string[];
}

const setup = (await import(new URL('../../scripts/setup.mjs', import.meta.url).href)) as SetupScript;

/** What npm hands to a shell; its words have no quotes. */
const START = (
  JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }
).scripts.start;

function npmStart(
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...START.split(' ').slice(1), ...args],
      { cwd: ROOT, env: { ...process.env, INIT_CWD: cwd } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('checkNode', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0', '100.0.0'])('accepts %s', (version) => {
    expect(() => setup.checkNode(version)).not.toThrow();
  });

  it.each(['20.18.3', '18.20.0', '0.12.0'])('refuses %s and says what is needed', (version) => {
    expect(() => setup.checkNode(version)).toThrow(/needs Node 20\.19 or newer/);
  });
});

describe('npm start', () => {
  it('says nothing of its own when everything is there, and hands on arguments and output', async () => {
    const { code, stdout, stderr } = await npmStart(['--version'], ROOT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^strata \d+\.\d+\.\d+/);
  });

  it('leaves every flag to strata', async () => {
    const { code, stderr } = await npmStart(['run', '--env-file', 'missing', 'no-such-image'], ROOT);
    expect([code, stderr]).toEqual([125, expect.stringMatching(/^E_NOT_FOUND: /)]);
  });

  it('hands on the exit code, and reads paths from where the user stands', async () => {
    const { code, stderr } = await npmStart(
      ['inspect', './rootfs-that-is-not-here.tar'],
      path.join(ROOT, 'test'),
    );
    expect(code).toBeGreaterThan(1);
    expect(stderr).toContain('rootfs-that-is-not-here.tar');
  });
});

it('filesBelow lists files of all depths, sorted, and nothing for a folder that is not there', () => {
  const files = setup.filesBelow(path.join(ROOT, 'test/scripts'));
  expect(files).toContain(fileURLToPath(import.meta.url));
  expect(files).toEqual([...files].sort());
  expect(setup.filesBelow(path.join(ROOT, 'nowhere'))).toEqual([]);
});
