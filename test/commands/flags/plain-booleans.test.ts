import { expect, test } from 'vitest';
import { plainBooleans } from '../../../src/commands/flags/plain-booleans.js';

/* Law: a flag without a value may be given one as docker's flags may (Go's flag package): --rm=true is --rm. */

const FLAGS = {
  rm: { type: 'boolean' },
  tty: { type: 'boolean', char: 't' },
  stdin: { type: 'boolean', char: 'i' },
  pause: { type: 'boolean', allowNo: true },
  env: { type: 'option', char: 'e' },
  'cap-add': { type: 'option' },
} as const;

test.each([
  [
    ['--rm=true', 'image'],
    ['--rm', 'image'],
  ],
  [['--rm=1'], ['--rm']],
  [['--rm=false', 'image'], ['image']],
  [['--rm', '--rm=false', 'image'], ['image']],
  [['--rm=false', '--rm'], ['--rm']],
  [
    ['-t=true', '-i=1'],
    ['--tty', '--stdin'],
  ],
  [['-it', '-t=false'], ['-i']],
  [
    ['-t', '-tie', '-t', '--tty=0'],
    ['-ie', '-t'],
  ],
  [['-ite=t', '-t=false'], ['-ie=t']],
  [['--pause=false'], ['--no-pause']],
  [['--pause=T'], ['--pause']],
  [
    ['--env=rm=true', '--cap-add=all'],
    ['--env=rm=true', '--cap-add=all'],
  ],
  [
    ['-e', '--rm=false', '--env', '--rm=false', '--rm'],
    ['-e', '--rm=false', '--env', '--rm=false', '--rm'],
  ],
  [
    ['--rm', '--', '--rm=true'],
    ['--rm', '--', '--rm=true'],
  ],
  [
    ['--unknown=true', '-'],
    ['--unknown=true', '-'],
  ],
])('%j', (argv, plain) => {
  expect(plainBooleans(argv, FLAGS)).toEqual(plain);
});

test('another value is E_USAGE, with the name of the flag', () => {
  expect(() => plainBooleans(['--rm=yes'], FLAGS)).toThrow(/--rm 'yes'/);
});
