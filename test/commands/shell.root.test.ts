import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEMO, linesOf, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { strata } from '../helpers/run-container.js';
import { withoutShell } from '../helpers/shell-images.js';
import { needRoot, needTool } from '../helpers/tool.js';

/* A shell in images and containers with one and without, and an init before a program. */

const folder = useFolder();
let quiet = '';
beforeAll(() => {
  needRoot();
  needTool('busybox');
  needTool('tini-static');
  quiet = withoutShell(folder());
});
afterEach(() => {
  const ids = linesOf(strata('ps', '-aq').stdout);
  if (ids.length > 0) strata('rm', '-f', ...ids);
});

function typed(script: string, ...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, 'shell', ...argv], {
    encoding: 'utf8',
    input: script,
    env: process.env,
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe('in a snapshot', () => {
  test('the best shell inside reads a script, ends as it does, and what it changed is gone', () => {
    const ended = typed('echo x > /tmp/new; echo "$0 $(id -u)"; exit 5\n', DEMO);
    expect(ended).toMatchObject({ status: 5, stdout: '/bin/sh 1000\n' });
    expect(ended.stderr).toContain(
      "/bin/sh, the user's in /etc/passwd; changes are thrown away (--keep keeps them)",
    );
    expect(strata('ps', '-aq').stdout).toBe('');
  });

  test('in the empty file system before any layer, where run says what is missing', () => {
    const ended = typed('ls /; echo "$0"\n', '-u', '0', `${DEMO}@0`);
    expect(ended.status).toBe(0);
    expect(linesOf(ended.stdout)).toEqual(expect.arrayContaining(['dev', 'etc', 'proc', 'sys']));
    expect(ended.stdout).not.toContain('usr\n');
    const run = strata('run', '--rm', '-u', '0', '--entrypoint', '/bin/sh', `${DEMO}@0`);
    expect(run.status).toBe(127);
    expect(run.stderr).toContain('it has no layer: programs come by -v from this machine');
  });

  test('without one it is busybox of this machine, of which nothing is in what is committed', () => {
    const ended = typed(
      '',
      quiet,
      '--name',
      'tried',
      '-c',
      'ls /data; echo 1 > /data/new; echo 2 > /dev/.strata/bin/x',
    );
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(
      /no shell inside: busybox of this machine, .*; changes are kept in container tried/,
    );
    expect(ended.stderr).toContain('/dev/.strata/bin/x: Read-only file system');
    expect(strata('changes', 'tried').stdout).toBe('C /data\nA /data/new\n');
  });

  test('the toolbox can be asked for, beside what the image has', () => {
    const { stdout } = typed('', '--toolbox', '-u', '0', DEMO, '-c', 'echo $0; echo 12 | tac; echo $PATH');
    expect(stdout).toMatch(/^\/dev\/\.strata\/bin\/sh\n12\n\/\S+:\/dev\/\.strata\/bin\n$/);
  });
});

describe('in a container that runs', () => {
  test('its own shell, with its own files', () => {
    strata('run', '-q', '-d', '--name', 'own', '-u', '0', '--entrypoint', '/bin/sleep', DEMO, '1000');
    const { status, stdout, stderr } = typed('echo 1 > /new; exit 3\n', 'own');
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toContain('changes are those of container own');
    expect(strata('changes', 'own').stdout).toBe('A /new\n');
    expect(typed('', 'own', '-m', '9m').stderr).toMatch(
      /^E_USAGE: .*it is there already, so --memory says nothing/,
    );
  });

  test('without a shell it gets the toolbox once, read-only and outside of what is committed', () => {
    strata('run', '-q', '-d', '--name', 'bare', quiet);
    const first = typed('', 'bare', '-c', 'id -u; echo 1 > /data/new; echo 2 > /dev/.strata/busybox');
    expect(first).toMatchObject({ status: 1, stdout: '0\n' });
    expect(first.stderr).toContain('/dev/.strata/busybox: Read-only file system');
    const again = typed(
      '',
      'bare',
      '-c',
      'grep -c " /dev/.strata/" /proc/mounts; grep " /dev/.strata/" /proc/mounts',
    );
    expect(again.stdout).toMatch(/^2\n(?:\S+ \/dev\/\.strata\/\S+ \S+ ro,nosuid,nodev\S* 0 0\n){2}$/);
    expect(strata('changes', 'bare').stdout).toBe('C /data\nA /data/new\n');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('.strata');
  });

  test('that has ended there is none', () => {
    strata('run', '-q', '--name', 'over', '--entrypoint', '/bin/true', DEMO);
    expect(typed('', 'over').stderr).toMatch(/^E_NOT_RUNNING: opening a shell in container over/);
  });
});

describe('run --init', () => {
  test('is the first process, passes the end on, buries orphans, and is in nothing that is committed', () => {
    const script =
      'sh -c "sleep 0.1 & exit"; sleep 0.4; grep -l Z /proc/[0-9]*/stat; cat /proc/1/cmdline; exit 9';
    const argv = ['--name', 'first', '--init', '-u', '0', '--entrypoint', '/bin/sh', DEMO, '-c'];
    const ended = strata('run', '-q', ...argv, script);
    expect(ended.status).toBe(9);
    expect(ended.stdout.replaceAll('\0', ' ')).toMatch(/^\/dev\/\.strata\/init -- \/bin\/sh -c /);
    expect(strata('changes', 'first').stdout).toBe('');
    const listed = JSON.parse(strata('ps', '-a', '--json').stdout) as { containers: { command: string[] }[] };
    expect(listed.containers[0].command.slice(0, 2)).toEqual(['/bin/sh', '-c']);
  });

  test('a signal reaches the program', () => {
    const script = 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done';
    const argv = [
      'run',
      '-q',
      '-d',
      '--name',
      'told',
      '--init',
      '--entrypoint',
      '/bin/sh',
      DEMO,
      '-c',
      script,
    ];
    expect(strata(...argv).status).toBe(0);
    for (let tries = 0; tries < 200 && !strata('logs', 'told').stdout.includes('ready'); tries++);
    strata('kill', '-s', 'TERM', 'told');
    expect(strata('wait', 'told').stdout).toBe('7\n');
  });

  test('without one here it says what to install', () => {
    const bare = { ...process.env, PATH: folder() };
    const code =
      "const { findInit, findBusybox } = await import('./dist/runtime/toolbox/host-tools.js'); for (const find of [findInit, findBusybox]) try { find('/nowhere') } catch (e) { console.log(e.code, e.hint) }";
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: bare,
    });
    expect(linesOf(said)).toEqual([
      'E_TOOL_MISSING as root: apt-get install -y tini',
      'E_TOOL_MISSING as root: apt-get install -y busybox-static',
    ]);
  });
});
