import { expect, test } from 'vitest';
import { type CopyEnd, copyForm } from '../../../src/runtime/copy/copy-rules.js';

/* The table of `docker cp` (docs.docker.com, "docker container cp"), row by row. */

const end = (kind: CopyEnd['kind'], ending: '' | '/' | '/.' = ''): CopyEnd => ({
  kind,
  wantsDirectory: ending !== '',
  contents: ending === '/.',
  shown: 'x',
});

const ROWS: readonly (readonly [string, CopyEnd, CopyEnd, string])[] = [
  ['a file to nothing', end('file'), end(undefined), 'as'],
  ['a file to nothing/', end('file'), end(undefined, '/'), 'E_NOT_FOUND'],
  ['a file to a file', end('file'), end('file'), 'as'],
  ['a file to a file/', end('file'), end('file', '/'), 'E_EXISTS'],
  ['a file to a directory', end('file'), end('directory'), 'into'],
  ['a directory to nothing', end('directory'), end(undefined), 'as'],
  ['a directory/. to nothing', end('directory', '/.'), end(undefined), 'as'],
  ['a directory to nothing/', end('directory'), end(undefined, '/'), 'as'],
  ['a directory to a file', end('directory'), end('file'), 'E_EXISTS'],
  ['a directory to a directory', end('directory'), end('directory'), 'into'],
  ['a directory/ to a directory', end('directory', '/'), end('directory'), 'into'],
  ['a directory/. to a directory', end('directory', '/.'), end('directory'), 'contents'],
  ['a file/ to a directory', end('file', '/'), end('directory'), 'E_NOT_FOUND'],
  ['a file to a device', end('file'), end('node'), 'E_EXISTS'],
  ['a directory to a device', end('directory'), end('node'), 'E_EXISTS'],
  ['a device to a directory', end('node'), end('directory'), 'into'],
  ['a device to a file', end('node'), end('file'), 'as'],
  ['nothing', end(undefined), end('directory'), 'E_NOT_FOUND'],
];

test.each(ROWS)('%s', (_, source, target, expected) => {
  if (expected.startsWith('E_'))
    expect(() => copyForm(source, target)).toThrow(expect.objectContaining({ code: expected }));
  else expect(copyForm(source, target)).toBe(expected);
});
