import { expect, test } from 'vitest';
import { type ExecRequest, execProcess, readProcess } from '../../../src/runtime/exec/exec-process.js';
import { formatProcess, type ProcessConfig } from '../../../src/runtime/spec/runtime-config.js';

const CAPABILITIES = ['CAP_CHOWN', 'CAP_KILL'];
const CONTAINER: ProcessConfig = {
  terminal: true,
  consoleSize: { height: 1, width: 2 },
  user: { uid: 0, gid: 0, additionalGids: [0] },
  args: ['sleep', '"soft":1'],
  env: ['PATH=/bin', 'A=1', 'HOME=/root'],
  cwd: '/app',
  capabilities: {
    bounding: CAPABILITIES,
    effective: CAPABILITIES,
    permitted: CAPABILITIES,
    inheritable: [],
    ambient: [],
  },
  rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024n, hard: 2n ** 64n - 1n }],
  noNewPrivileges: true,
};
const FILES = { passwd: 'root:x:0:0::/root:\nweb:x:33:44::/srv:\n', group: 'more:x:55:web\n' };
const REQUEST: ExecRequest = {
  command: ['id'],
  tty: false,
  consoleSize: { height: 3, width: 4 },
  environment: [],
  user: undefined,
  workingDirectory: undefined,
};

test('the process of a bundle is read as it was written, limits of 64 bits too', () => {
  expect(readProcess(`{"process":${formatProcess(CONTAINER)}}`)).toEqual(CONTAINER);
  expect(() => readProcess('{"process":')).toThrow(expect.objectContaining({ code: 'E_STORE' }));
});

test('a program may do what the container may, and is its user where it begins', () => {
  expect(execProcess(CONTAINER, REQUEST, FILES)).toEqual({
    terminal: false,
    user: CONTAINER.user,
    args: ['id'],
    env: CONTAINER.env,
    cwd: '/app',
    capabilities: CONTAINER.capabilities,
    rlimits: CONTAINER.rlimits,
    noNewPrivileges: true,
  });
});

test('another user has his groups, his home, and no capability', () => {
  const { user, env, capabilities } = execProcess(CONTAINER, { ...REQUEST, user: 'web' }, FILES);
  expect(user).toEqual({ uid: 33, gid: 44, additionalGids: [44, 55] });
  expect(env).toEqual(['PATH=/bin', 'A=1', 'HOME=/srv']);
  expect(capabilities).toMatchObject({ bounding: CAPABILITIES, effective: [], permitted: [] });
});

test('another user has the groups that the container was run with beside his own', () => {
  const groupsOf = (user: string | undefined): readonly number[] =>
    execProcess(CONTAINER, { ...REQUEST, user }, FILES, undefined, ['more', '7']).user.additionalGids;
  expect(groupsOf('web')).toEqual([44, 55, 7]);
  expect(groupsOf('web:9')).toEqual([9, 55, 7]);
  // His own process has them already.
  expect(groupsOf(undefined)).toEqual([0]);
});

test('a home that somebody set stays, and so does what comes last of the changes', () => {
  const home = { ...CONTAINER, env: ['HOME=/data', 'PATH=/bin'] };
  const environment = [
    ['A', '2'],
    ['A', '3'],
    ['PATH', undefined],
  ] as const;
  const made = execProcess(home, { ...REQUEST, user: 'web', tty: true, environment }, FILES);
  expect(made.env).toEqual(['HOME=/data', 'TERM=xterm', 'A=3']);
  expect(made.consoleSize).toEqual({ height: 3, width: 4 });
});

test.each([
  [{ user: 'nobody' }, 'E_NOT_FOUND'],
  [{ workingDirectory: 'relative' }, 'E_USAGE'],
  [{ workingDirectory: '/a/../proc/self/fd/7' }, 'E_UNSAFE_PATH'],
  [{ command: ['a\0b'] }, 'E_USAGE'],
])('%j is refused', (change, code) => {
  expect(() => execProcess(CONTAINER, { ...REQUEST, ...change }, FILES)).toThrow(
    expect.objectContaining({ code }),
  );
});
