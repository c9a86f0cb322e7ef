import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import Attach from '../../src/commands/attach.js';
import Inspect from '../../src/commands/inspect.js';
import Kill from '../../src/commands/kill.js';
import Pause from '../../src/commands/pause.js';
import Ps from '../../src/commands/ps.js';
import Rename from '../../src/commands/rename.js';
import Rm from '../../src/commands/rm.js';
import Stop from '../../src/commands/stop.js';
import Unpause from '../../src/commands/unpause.js';
import Update from '../../src/commands/update.js';
import Wait from '../../src/commands/wait.js';
import { findEngine } from '../../src/runtime/engine/find-engine.js';
import { monitorPid } from '../../src/runtime/monitor/monitor-process.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { type Ended, RUN, runCommand } from '../helpers/run-command.js';
import { monitorOf, strata, testFolder, testRunFolder } from '../helpers/run-container.js';
import { needRoot } from '../helpers/tool.js';

/* The life of real containers: each of them goes through as much as can be asked of one. */

const folder = useFolder();
beforeAll(needRoot);
afterEach(async () => {
  const { stdout } = await runCommand(Ps, ['-aq']);
  if (stdout !== '') await runCommand(Rm, ['-f', ...linesOf(stdout)]);
});

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly pid: number | null;
  readonly exit: { readonly status: number; readonly oom: boolean } | null;
}

const all = async (...flags: string[]): Promise<readonly Shown[]> =>
  (validJson('ps.json', await runCommand(Ps, ['-a', '--json', ...flags])) as { containers: Shown[] })
    .containers;
const only = async (): Promise<Shown> => {
  const shown = await all();
  expect(shown).toHaveLength(1);
  return shown[0];
};

/** Starts a script as root of a container of the demo image, by itself; returns its id. */
function detached(name: string, script: string, ...flags: string[]): string {
  const argv = ['run', '-q', '-d', '--name', name, '-u', '0', ...flags, '--entrypoint', '/bin/sh'];
  const ended = strata(...argv, DEMO, '-c', script);
  expect([ended.status, ended.stderr]).toEqual([0, '']);
  expect(ended.stdout).toMatch(/^[0-9a-f]{64}\n$/);
  return ended.stdout.trim();
}

/** Waits for what a script says when it is as far. */
async function said(id: string, words: string, times = 1): Promise<void> {
  await vi.waitFor(
    () => {
      expect(readFileSync(testFolder(id).log, 'utf8').split(words)).toHaveLength(times + 1);
    },
    { timeout: 20_000, interval: 20 },
  );
}

/** The same command in a process of its own, not waited for. */
function strataLater(...argv: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [RUN, ...argv], {
    env: process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
}

const tell = (ended: Ended): unknown[] => [ended.status, ended.stdout, ended.stderr.split(':')[0]];

/** What is left of containers anywhere. */
function remains(): string[] {
  const { root, engine } = testRunFolder();
  const places = [path.join(folder(), 'store/containers'), path.join(folder(), 'store/tmp'), engine];
  return [
    ...places.flatMap((place) => (existsSync(place) ? readdirSync(place) : [])),
    ...readdirSync(root).filter((name) => name !== 'engine' && name !== 'exits'),
    ...linesOf(readFileSync('/proc/self/mountinfo', 'utf8')).filter((line) => line.includes(root)),
  ];
}

const WAITING = 'trap "exit 7" TERM; trap "echo got usr1" USR1; echo up; while :; do sleep 0.05; done';

test('it is stopped, started, and stopped again; what it wrote, its log and its names stay', async () => {
  const script = `cat /kept; echo "$(hostname) $(cat /etc/hosts | wc -l)"; echo one >> /kept; ${WAITING}`;
  const id = detached('long-lived', script, '--add-host', 'db:10.0.0.9');
  await said(id, ' F up\n');
  expect(tell(await runCommand(Stop, ['long-lived']))).toEqual([0, 'long-lived\n', '']);
  expect(await only()).toMatchObject({ status: 'exited', exit: { status: 7 } });
  // Stopped it is already, and that is no error.
  expect((await runCommand(Stop, ['long-lived'])).status).toBe(0);
  const exited = JSON.parse(readFileSync(testFolder(id).exited, 'utf8')) as unknown;
  expect(exited).toMatchObject({ status: 7, oom: false });
  expect(existsSync(`/sys/fs/cgroup/pids/strata/${id}`)).toBe(false);

  // Of two that start it one does.
  const both = await Promise.all([strataLater('start', 'long-lived'), strataLater('start', 'long-lived')]);
  expect(both.map(({ status, stdout }) => [status, stdout])).toEqual(Array(2).fill([0, 'long-lived\n']));
  expect(both.map(({ stderr }) => stderr).sort()).toEqual(['', 'long-lived runs already\n']);
  await said(id, ' F up\n', 2);
  expect(await only()).toMatchObject({ status: 'running', exit: null });

  // As after a reboot: nothing runs, and what is not in the store is gone.
  const { pid } = await only();
  process.kill(monitorOf(id), 'SIGKILL');
  process.kill(pid ?? 0, 'SIGKILL');
  await vi.waitFor(async () => expect((await only()).status).toBe('exited'), 10_000);
  rmSync(testRunFolder().root, { recursive: true });
  const started = validJson('start.json', {
    ...(await runCommand(Ps, [])),
    ...strata('start', id, '--json'),
  });
  expect(started).toMatchObject({ containers: [{ id, started: true }], errors: [] });
  await said(id, ' F up\n', 3);
  const log = readFileSync(testFolder(id).log, 'utf8');
  const [first, , third] = log.split(' F up\n');
  const hosts = (text: string): string | undefined => / F ([0-9a-f]{12} \d+)\n/.exec(text)?.[1];
  expect(hosts(third)).toBe(hosts(first));
  expect(hosts(third)).toMatch(new RegExp(`^${id.slice(0, 12)} [1-9]`));
  expect(third.split(' F one\n')).toHaveLength(3);

  const refused = strata('rm', id);
  expect([refused.status, refused.stderr.split(':')[0]]).toEqual([1, 'E_RUNNING']);
  expect((await runCommand(Rm, ['-f', id])).status).toBe(0);
  expect(remains()).toEqual([]);
});

test('signals, pauses, and both at once', async () => {
  const id = detached('signalled', WAITING, '--stop-signal', 'USR1');
  await said(id, ' F up\n');
  expect(tell(await runCommand(Kill, ['-s', 'usr1', 'signalled']))).toEqual([0, 'signalled\n', '']);
  await said(id, 'got usr1');
  expect(tell(await runCommand(Unpause, ['signalled']))).toEqual([1, '', 'E_RUNNING']);
  expect(tell(await runCommand(Pause, ['signalled']))).toEqual([0, 'signalled\n', '']);
  expect((await only()).status).toBe('paused');
  expect((await runCommand(Pause, ['signalled'])).stderr).toMatch(/^E_NOT_RUNNING: pausing .* is already\n/);
  expect((await runCommand(Attach, ['signalled'])).stderr).toMatch(
    /^E_NOT_RUNNING: .* it is paused\nhint: .*unpause/,
  );
  expect(strata('start', 'signalled').stderr).toMatch(/^E_RUNNING: .* it is paused/);
  expect(tell(await runCommand(Unpause, ['signalled']))).toEqual([0, 'signalled\n', '']);
  expect((await only()).status).toBe('running');

  // A signal lets a paused one go on; its own stop signal does not end it, so that it is killed.
  await runCommand(Pause, ['signalled']);
  await runCommand(Kill, ['-s', 'USR1', 'signalled']);
  await said(id, 'got usr1', 2);
  await runCommand(Pause, ['signalled']);
  const waited = runCommand(Wait, ['signalled']);
  const stopped = strataLater('stop', '-t', '1', 'signalled');
  expect(tell(await waited)).toEqual([0, '137\n', '']);
  expect((await stopped).status).toBe(0);
  await said(id, 'got usr1', 3);
  expect(await only()).toMatchObject({ status: 'exited', exit: { status: 137, oom: false } });

  for (const command of [Kill, Pause, Unpause, Attach])
    expect(tell(await runCommand(command, ['signalled']))).toEqual([1, '', 'E_NOT_RUNNING']);
  expect((await runCommand(Kill, ['-s', 'NONE', 'signalled'])).status).toBe(2);
  expect((await runCommand(Stop, ['-t', 'soon', 'signalled'])).status).toBe(2);
});

test('who waits is told, also by those that are removed at once', async () => {
  for (const [name, code] of [
    ['w-first', 3],
    ['w-second', 4],
  ] as const)
    detached(name, `trap "exit ${String(code)}" USR1; echo up; while :; do sleep 0.05; done`, '--rm');
  for (const { id } of await all()) await said(id, ' F up\n');
  const waited = runCommand(Wait, ['w-first', 'no-such', 'w-second', '--json']);
  await strataLater('kill', '-s', 'USR1', 'w-second', 'w-first');
  const ended = await waited;
  expect(ended.status).toBe(4);
  expect(validJson('wait.json', ended)).toMatchObject({
    containers: [
      { name: 'w-first', exit: 3 },
      { name: 'w-second', exit: 4 },
    ],
    errors: [{ container: 'no-such', code: 'E_NOT_FOUND' }],
  });
  await vi.waitFor(async () => expect(await all()).toEqual([]), 10_000);
  await vi.waitFor(() => expect(remains()).toEqual([]), 10_000);

  // One that looks late, when whoever ran it in front has removed it, reads the same.
  const script = 'trap "exit 5" USR1; while :; do sleep 0.05; done';
  const argv = ['--name', 'w-front', '-u', '0', '--entrypoint', '/bin/sh', DEMO, '-c', script];
  const front = strataLater('run', '-q', '--rm', ...argv);
  await vi.waitFor(async () => expect(await only()).toMatchObject({ status: 'running' }), 20_000);
  const waiters = Array.from({ length: 3 }, () => {
    const child = spawn(process.execPath, [RUN, 'wait', 'w-front'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const told = new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
      child.on('close', () => {
        resolve(text);
      });
    });
    return { child, told };
  });
  for (const { child } of waiters)
    await vi.waitFor(() => expect(watches(child.pid ?? 0)).toBe(true), { timeout: 20_000, interval: 20 });
  waiters[0].child.kill('SIGSTOP');
  expect(strata('kill', '-s', 'USR1', 'w-front').status).toBe(0);
  expect((await front).status).toBe(5);
  // What conmon runs at the end may still be removing the same.
  await vi.waitFor(() => expect(remains()).toEqual([]), 10_000);
  waiters[0].child.kill('SIGCONT');
  expect(await Promise.all(waiters.map(({ told }) => told))).toEqual(Array(3).fill('5\n'));
});

/** True when a process waits for what happens to files (inotify(7)). */
function watches(pid: number): boolean {
  const folder = `/proc/${String(pid)}/fdinfo`;
  return readdirSync(folder).some((name) =>
    readFileSync(path.join(folder, name), 'latin1').includes('inotify '),
  );
}

test('limits change at once and for ever; inspect shows them, and an end without memory', async () => {
  const script = 'echo up; read go; x=$(head -c 60000000 /dev/zero | tr "\\0" x)';
  const id = detached('limited', script, '-i', '-m', '64m', '--memory-swap', '64m', '--tmpfs', '/mem');
  await said(id, ' F up\n');
  const limit = (file: string): string =>
    readFileSync(`/sys/fs/cgroup/${path.dirname(file)}/strata/${id}/${path.basename(file)}`, 'utf8').trim();
  const updated = await runCommand(Update, [
    '-m',
    '128m',
    '--memory-swap',
    '128m',
    '--pids-limit',
    '9',
    'limited',
  ]);
  expect(tell(updated)).toEqual([0, 'limited\n', '']);
  expect(limit('memory/memory.limit_in_bytes')).toBe(String(128 * 2 ** 20));
  expect(limit('pids/pids.max')).toBe('9');
  expect((await runCommand(Update, ['-m', '16m', '--memory-swap', '16m', '--cpus', '0.5', id])).status).toBe(
    0,
  );
  expect(limit('memory/memory.limit_in_bytes')).toBe(String(16 * 2 ** 20));
  expect(limit('cpu/cpu.cfs_quota_us')).toBe('50000');
  // More than memory and swap together; nothing at all.
  expect(tell(await runCommand(Update, ['-m', '20m', id]))).toEqual([2, '', 'E_USAGE']);
  expect(tell(await runCommand(Update, [id]))).toEqual([2, '', 'E_USAGE']);

  const limits = {
    memory: 16 * 2 ** 20,
    memorySwap: 16 * 2 ** 20,
    cpuQuota: 50_000,
    cpuPeriod: 100_000,
    pids: 9,
  };
  const shown = validJson('inspect-container.json', await runCommand(Inspect, ['limited', '--json']));
  expect(shown).toMatchObject({
    container: {
      ...{ id, name: 'limited', status: 'running', exit: null, limits, network: 'none', stdin: true },
      mounts: [{ destination: '/mem', type: 'tmpfs' }],
      image: { layer: 12, layers: 12 },
      paths: { log: testFolder(id).log, upper: testFolder(id).upper },
    },
  });
  const attached = spawn(process.execPath, [RUN, 'attach', 'limited'], {
    env: process.env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  attached.stdin.write('go\n');
  const status = await new Promise((resolve) => attached.on('exit', resolve));
  expect(status).toBe(137);
  expect(await only()).toMatchObject({ status: 'exited', exit: { status: 137, oom: true } });
  const text = (await runCommand(Inspect, [id.slice(0, 12)])).stdout;
  expect(text).toMatch(/^Container +limited$/m);
  expect(text).toMatch(/^Status +exited \(137, out of memory\) at 20/m);

  expect(strata('start', 'limited').status).toBe(0);
  expect(limit('memory/memory.limit_in_bytes')).toBe(String(16 * 2 ** 20));
  expect(await only()).toMatchObject({ status: 'running', exit: null });
  expect(tell(await runCommand(Inspect, ['--type', 'image', 'limited']))).toEqual([4, '', 'E_NOT_FOUND']);
  expect(tell(await runCommand(Inspect, ['--type', 'container', DEMO]))).toEqual([4, '', 'E_NOT_FOUND']);
});

test('of two that want one name, or one container, one gets it; names are changed', async () => {
  const id = detached('before', 'exec sleep 1000');
  const other = detached('other', 'exit 0');
  expect(validJson('rename.json', await runCommand(Rename, ['before', 'after', '--json']))).toMatchObject({
    name: 'after',
    was: 'before',
  });
  expect(tell(await runCommand(Rename, ['after', 'other']))).toEqual([1, '', 'E_EXISTS']);
  expect(tell(await runCommand(Rename, ['after', 'a b']))).toEqual([2, '', 'E_USAGE']);
  expect(tell(await runCommand(Rename, ['before', 'x1']))).toEqual([4, '', 'E_NOT_FOUND']);
  const argv = ['run', '-q', '-d', '--name', 'wanted', '--entrypoint', '/bin/true', DEMO];
  const ended = await Promise.all([strataLater(...argv), strataLater('rename', 'after', 'wanted')]);
  // The end of rename, and that of run, which may be its program's else.
  expect([[0, 1].join(), [125, 0].join()]).toContain(ended.map(({ status }) => status).join());
  const names = (await all()).map(({ name }) => name).sort();
  expect(names).toEqual(ended[0].status === 0 ? ['after', 'other', 'wanted'] : ['other', 'wanted']);

  // A start against a removal: there it is and runs, or it is gone.
  await runCommand(Kill, [id]);
  const [start, removal] = await Promise.all([strataLater('start', id), strataLater('rm', id)]);
  expect([start.status, removal.status].filter((status) => status === 0)).toHaveLength(1);
  const left = (await all()).filter((shown) => shown.id === id);
  expect(left.map(({ status }) => status)).toEqual(start.status === 0 ? ['running'] : []);
  if (removal.status === 0) expect(remains().filter((name) => name.includes(id))).toEqual([]);

  // The pid of conmon may be another process by now, which is left alone.
  await runCommand(Wait, [other]);
  const { run } = testFolder(other);
  const bystander = spawn('sleep', ['1000'], { argv0: 'conmon' });
  for (const file of ['monitor', 'pid']) writeFileSync(path.join(run, file), String(bystander.pid));
  expect(await monitorPid(testFolder(other))).toBeUndefined();
  expect((await all()).find((shown) => shown.id === other)?.status).toBe('exited');
  expect((await runCommand(Rm, ['-f', other])).status).toBe(0);
  expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
  bystander.kill();
});

describe('what is killed or raced', () => {
  test('strata, at any step of a start: it is told truly, started again, and removed without rest', async () => {
    const id = detached('hit', 'echo up; exec sleep 1000');
    for (const delay of [350, 600]) {
      await runCommand(Kill, [id]);
      const child = spawn(process.execPath, [RUN, 'start', id], { env: process.env, stdio: 'ignore' });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await ended;
      const { status, pid } = await only();
      expect(['created', 'running', 'exited']).toContain(status);
      if (status === 'running') expect(existsSync(`/proc/${String(pid)}`)).toBe(true);
    }
    expect(strata('start', id).status).toBe(0);
    expect((await only()).status).toBe('running');
    expect((await runCommand(Rm, ['-f', id])).status).toBe(0);
    expect(remains()).toEqual([]);
  });

  test('conmon: the container can be stopped and started, not attached to', async () => {
    const id = detached('unwatched', WAITING);
    await said(id, ' F up\n');
    const monitor = monitorOf(id);
    process.kill(monitor, 'SIGKILL');
    await vi.waitFor(async () => expect(await monitorPid(testFolder(id))).toBeUndefined(), 10_000);
    expect((await only()).status).toBe('running');
    expect(tell(await runCommand(Attach, [id]))).toEqual([125, '', 'E_ENGINE']);
    expect((await runCommand(Stop, [id])).status).toBe(0);
    expect(await only()).toMatchObject({ status: 'exited', exit: null });
    expect(tell(await runCommand(Wait, [id]))).toEqual([125, '', 'E_ENGINE']);
    expect(strata('start', id).status).toBe(0);
    expect((await only()).status).toBe('running');
  });

  test('strata, before the first process began: that is ended by stop, which waits for nobody who is gone', async () => {
    const began = path.join(folder(), 'began');
    const runtime = path.join(folder(), 'crun');
    const script = `case " $* " in *" start "*) echo $$ > ${began}.new; mv ${began}.new ${began}; exec sleep 1000;; esac`;
    writeFileSync(runtime, `#!/bin/sh\n${script}\nexec ${findEngine().program} "$@"\n`, { mode: 0o755 });
    const argv = ['run', '-q', '-d', '--runtime', runtime, '--name', 'unborn', '--entrypoint', '/bin/true'];
    const child = spawn(process.execPath, [RUN, ...argv, DEMO], { env: process.env, stdio: 'ignore' });
    await vi.waitFor(() => expect(existsSync(began)).toBe(true), { timeout: 20_000, interval: 20 });
    expect(await only()).toMatchObject({ status: 'created', pid: null });
    const stopped = strataLater('stop', 'unborn');
    child.kill('SIGKILL');
    expect(await stopped).toEqual({ status: 0, stdout: 'unborn\n', stderr: '' });
    process.kill(Number(readFileSync(began, 'utf8')), 'SIGKILL');
    expect(await only()).toMatchObject({ status: 'exited', exit: { status: 137 } });
    expect(await monitorPid(testFolder((await only()).id))).toBeUndefined();
  });
});
