import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/commands/explore/bisect.js';

describe('the line that is typed to search with', () => {
  test.each([
    ['test -e /usr/bin/curl', undefined, ['test', '-e', '/usr/bin/curl']],
    ["  grep 'a b' /etc/motd ", undefined, ['grep', 'a b', '/etc/motd']],
    ['a\\ b "c d"', undefined, ['a b', 'c d']],
    ['-u 0 id', '0', ['id']],
    ['-u app:app -- id -u', 'app:app', ['id', '-u']],
    ['curl -V | grep 7', undefined, ['/bin/sh', '-c', 'curl -V | grep 7']],
    ['-u 0 test "$(id -u)" = 0', '0', ['/bin/sh', '-c', 'test "$(id -u)" = 0']],
    ['A=b env', undefined, ['/bin/sh', '-c', 'A=b env']],
    ['ls /etc/*.conf', undefined, ['/bin/sh', '-c', 'ls /etc/*.conf']],
  ])('%j', (line, user, words) => {
    expect(parseCommand(line)).toEqual({ user, words });
  });

  test.each(['', '   ', "it's"])('%j is none', (line) => {
    expect(() => parseCommand(line)).toThrow();
  });
});
