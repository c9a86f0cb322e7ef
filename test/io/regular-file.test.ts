import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRegular, readRegular, UnfitFileError } from '../../src/io/regular-file.js';

const directory = mkdtempSync(path.join(tmpdir(), 'strata-io-'));
const at = (name: string): string => path.join(directory, name);
const server = createServer();
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

function whyUnfit(place: string, follow = false): string {
  try {
    closeSync(openRegular(place, { follow }).descriptor);
    return 'it is one';
  } catch (thrown) {
    if (thrown instanceof UnfitFileError) return thrown.message;
    throw thrown;
  }
}

test('nothing but a regular file is opened, and nothing is waited for', async () => {
  writeFileSync(at('file'), 'bytes');
  mkdirSync(at('directory'));
  execFileSync('mkfifo', [at('pipe')]);
  await new Promise<void>((done) => server.listen(at('socket'), done));
  for (const name of ['file', 'directory', 'pipe', 'nowhere']) symlinkSync(name, at(`to-${name}`));
  symlinkSync('/dev/zero', at('to-zero'));
  expect(whyUnfit(at('file'))).toBe('it is one');
  expect(whyUnfit(at('directory'))).toBe('it is a directory, not a regular file');
  expect(whyUnfit(at('pipe'))).toBe('it is a device or pipe, not a regular file');
  expect(whyUnfit('/dev/zero')).toBe('it is a device or pipe, not a regular file');
  expect(whyUnfit(at('socket'))).toBe('it is a socket or device, not a regular file');
  for (const name of ['file', 'directory', 'pipe', 'nowhere', 'zero'])
    expect(whyUnfit(at(`to-${name}`))).toBe('it is a symbolic link, not a regular file');
  expect(() => whyUnfit(at('nothing'))).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
});

test('where links are followed, what they lead to must be a regular file', () => {
  expect(whyUnfit(at('to-file'), true)).toBe('it is one');
  expect(whyUnfit(at('to-pipe'), true)).toBe('it is a device or pipe, not a regular file');
  expect(whyUnfit(at('to-zero'), true)).toBe('it is a device or pipe, not a regular file');
});

test('a file is read whole, up to a limit that it is refused beyond', () => {
  expect(readRegular(at('file'), 5).toString()).toBe('bytes');
  expect(() => readRegular(at('file'), 4)).toThrow('it is larger than 4 bytes');
});
