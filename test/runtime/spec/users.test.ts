import { describe, expect, test } from 'vitest';
import { findUser } from '../../../src/runtime/spec/users.js';

/* The rules of GetExecUser and GetAdditionalGroups of moby/sys, by the cases of its own tests. */

const large = `largegroup:x:1000:user1,${'user2,'.repeat(2000)}user7456\n`;
const passwd = `
root:x:0:0:root user:/root:/bin/bash
adm:x:42:43:adm:/var/adm:/bin/false
111:x:222:333::/var/garbage
odd:x:111:112::/home/odd:::::
2147483647:x:0:0:maxint32:/root:/bin/bash
2147483648:x:0:0:toolarge:/root:/bin/bash
user7456:x:7456:100:Vasya:/home/user7456
this is just some garbage data
`;
const group = `
root:x:0:root
adm:x:43:
# comment:x:43:
grp:x:1234:root,adm,user7456
444:x:555:111
odd:x:444:
2147483647:x:1235:
this is just some garbage data
${large}`;
const files = { passwd, group };

describe('a user is who moby/sys says', () => {
  test.each([
    ['root', 0, 0, [0, 1234], '/root'],
    ['adm', 42, 43, [43, 1234], '/var/adm'],
    ['root:adm', 0, 43, [43], '/root'],
    ['adm:1234', 42, 1234, [1234], '/var/adm'],
    ['42:1234', 42, 1234, [1234], '/var/adm'],
    ['1337:1234', 1337, 1234, [1234], '/'],
    ['1337', 1337, 0, [0], '/'],
    ['', 0, 0, [0, 1234], '/root'],
    [':', 0, 0, [0, 1234], '/root'],
    [':adm', 0, 43, [43], '/root'],
    ['adm:', 42, 43, [43, 1234], '/var/adm'],
    ['+42', 42, 43, [43, 1234], '/var/adm'],
    ['0042', 42, 43, [43, 1234], '/var/adm'],
    // A number is no name, though a line has it for one.
    ['111', 111, 112, [112], '/home/odd'],
    ['111:444', 111, 444, [444], '/home/odd'],
    ['7456', 7456, 100, [100, 1234, 1000], '/home/user7456'],
    ['7456:2147483647', 7456, 2147483647, [2147483647], '/home/user7456'],
    ['2147483647', 2147483647, 0, [0], '/'],
  ])('%s', (text, uid, gid, groups, home) => {
    expect(findUser(text, files)).toEqual({ uid, gid, groups, home });
  });

  test.each([
    'notuser',
    'notuser:notgroup',
    'root:notgroup',
    'notuser:adm',
    '8888:notgroup',
    '-1:0',
    '0:-3',
    '-42',
    '42:2147483648',
    '2147483648',
    '9223372036854775808',
    '0:9223372036854775808',
    'root:adm:root',
    'root ',
  ])('%s is nobody', (text) => {
    expect(() => findUser(text, files)).toThrow(/user|group/);
  });

  test('numbers need no files, names do', () => {
    const none = { passwd: undefined, group: undefined };
    expect(findUser('5:6', none)).toEqual({ uid: 5, gid: 6, groups: [6], home: '/' });
    expect(() => findUser('root', none)).toThrow(/has no entry/);
  });
});

describe('a file that lies makes nobody root', () => {
  test.each([
    'app:x::0::/:',
    'app:x:zero:zero::/:',
    'app:x:-0x1:0::/:',
    'app:x:-1:0::/:',
    'app:x:4294967296:0::/:',
    'app:x:4294967295:0::/:',
    'app:x:1e3:0::/:',
    'app',
    'app:x:5',
    'x\0app:x:0:0::/:',
  ])('%j has no such user', (line) => {
    expect(() => findUser('app', { passwd: line, group: undefined })).toThrow(/has no entry/);
  });

  test('the first good line counts, and homes that are none are /', () => {
    const lines = 'app:x:no:no::/:\napp:x:7:8::relative:\napp:x:0:0::/:\n';
    expect(findUser('app', { passwd: lines, group: undefined })).toEqual({
      uid: 7,
      gid: 8,
      groups: [8],
      home: '/',
    });
    expect(findUser('b', { passwd: 'b:x:1:1::/a\0b:', group: undefined }).home).toBe('/');
    expect(findUser('b', { passwd: '\r\n  b:x:1:1::/home\r\n', group: undefined }).home).toBe('/home');
  });

  test('a megabyte in one line or in many is gone over, and more groups than Linux has room for are refused', () => {
    const members = `g:x:5:${'u,'.repeat(500_000)}app`;
    const one = { passwd: `app:x:1:1::${'y'.repeat(1_000_000)}:`, group: members };
    expect(findUser('app', one).groups).toEqual([1, 5]);
    const lines = Array.from({ length: 70_000 }, (_, i) => `:x:${String(i)}:u`).join('\n');
    expect(() => findUser('u', { passwd: 'u:x:1:1::/:', group: lines })).toThrow(/Linux has room for 65536/);
  });
});

test('further groups are by name or number, once each', () => {
  expect(findUser('42', files, ['adm', '43', '10001', 'grp']).groups).toEqual([43, 1234, 10001]);
  expect(findUser('5', files, ['largegroup']).groups).toEqual([0, 1000]);
  for (const bad of ['not-exist', '-1', '2147483648', ''])
    expect(() => findUser('42', files, [bad])).toThrow(/group/);
});
