import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesHere } from '../../../src/commands/complete/files-here.js';

const before = process.cwd();
let here = '';
beforeEach(() => {
  here = mkdtempSync(path.join(tmpdir(), 'strata-'));
  process.chdir(here);
});
afterEach(() => {
  process.chdir(before);
  rmSync(here, { recursive: true, force: true });
});

test('names what begins so, directories and links to them with a slash to go on from', () => {
  mkdirSync('demo-folder');
  writeFileSync('demo.tar', '');
  writeFileSync('other.tar', '');
  symlinkSync('demo-folder', 'demo-link');
  symlinkSync('nowhere', 'demo-lost');
  expect([...filesHere('demo')].sort((a, b) => (a.text < b.text ? -1 : 1))).toEqual([
    { text: 'demo-folder/', open: true },
    { text: 'demo-link/', open: true },
    { text: 'demo-lost' },
    { text: 'demo.tar' },
  ]);
});

test('names nothing where the directory is gone, so that what else fits is still offered', () => {
  rmSync(here, { recursive: true });
  expect(filesHere('demo')).toEqual([]);
});
