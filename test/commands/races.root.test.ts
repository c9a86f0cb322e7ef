import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import Fsck from '../../src/commands/fsck.js';
import Prune from '../../src/commands/prune.js';
import Ps from '../../src/commands/ps.js';
import Rm from '../../src/commands/rm.js';
import { controlledProcesses } from '../../src/runtime/container/control-groups.js';
import { withContainerLock } from '../../src/runtime/container/lock.js';
import { ownerTag, thisOwner } from '../../src/store/owner.js';
import { storePaths } from '../../src/store/paths.js';
import { openStore } from '../../src/store/store.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { RUN, runCommand } from '../helpers/run-command.js';
import { runScript, startScript, strata, testFolder, testRunFolder } from '../helpers/run-container.js';
import { needRoot, tool } from '../helpers/tool.js';

/* Several strata at once, and what is left by those that were killed. */

/** A process that there is not: the largest number that one can have (PID_MAX_LIMIT). */
const GONE = 4_194_303;

const folder = useFolder();
beforeAll(needRoot);
afterEach(async () => {
  const left = await ids();
  if (left.length > 0) await runCommand(Rm, ['-f', ...left]);
});

interface Ended {
  readonly status: number;
  readonly stderr: string;
}

/** Starts the command lines at once; returns how each ended. */
function atOnce(...lines: (readonly string[])[]): Promise<readonly Ended[]> {
  return Promise.all(
    lines.map(
      (argv) =>
        new Promise<Ended>((resolve) => {
          const child = spawn(process.execPath, [RUN, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
          let stderr = '';
          child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
          child.on('close', (status) => {
            resolve({ status: status ?? -1, stderr });
          });
        }),
    ),
  );
}

const ids = async (): Promise<string[]> => linesOf((await runCommand(Ps, ['-aq', '--no-trunc'])).stdout);
const store = (...names: string[]): string => path.join(folder(), 'store', ...names);
const namesIn = (...names: string[]): string[] =>
  existsSync(store(...names)) ? readdirSync(store(...names)) : [];
const TRUE = ['-u', '0', '--entrypoint', '/bin/true', DEMO];

interface Pruned {
  readonly stopped: { readonly files: number };
  readonly unfinished: { readonly files: number };
  readonly run: { readonly files: number };
  readonly plain: { readonly files: number; readonly bytes: number };
}

async function prune(...argv: string[]): Promise<Pruned> {
  return validJson('prune.json', await runCommand(Prune, [...argv, '--json'])) as Pruned;
}

async function fsckCodes(): Promise<readonly string[]> {
  const report = validJson('fsck.json', await runCommand(Fsck, ['--json'])) as {
    findings: { code: string; severity: string }[];
  };
  return report.findings.map(({ code }) => code);
}

describe('two at once', () => {
  test('of a name, one gets it; a layer that nobody had is there once, and the other fails in words', async () => {
    const ended = await atOnce(
      ['run', '-q', '--name', 'same', ...TRUE],
      ['run', '-q', '--name', 'same', ...TRUE],
    );
    const won = ended.filter(({ status }) => status === 0);
    const lost = ended.filter(({ status }) => status !== 0);
    expect([won.length, lost.length]).toEqual([1, 1]);
    expect(lost[0].stderr).toMatch(/^E_EXISTS: naming the container 'same'/);
    expect(await ids()).toHaveLength(1);
    expect(namesIn('containers')).toHaveLength(1);
    expect(namesIn('tmp')).toEqual([]);
    // The demo image has so many layers with a plain tar, each once.
    const plain = namesIn('plain', 'sha256');
    expect(new Set(plain).size).toBe(plain.length);
    expect(await fsckCodes()).toEqual([]);
  });

  test('commits to one name: it is one whole image; rm twice: one removes it', async () => {
    runScript('first', DEMO, 'echo 1 > /one');
    runScript('second', DEMO, 'echo 2 > /two');
    const commits = await atOnce(['commit', '-q', 'first', 'app:1'], ['commit', '-q', 'second', 'app:1']);
    expect(commits.map(({ status, stderr }) => [status, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const made = strata(
      'run',
      '-q',
      '--rm',
      '-u',
      '0',
      '--entrypoint',
      '/bin/sh',
      'store:app:1',
      '-c',
      'ls / | grep -c "one\\|two"',
    );
    expect([made.status, made.stdout]).toEqual([0, '1\n']);
    const removed = await atOnce(['rm', '-q', 'first'], ['rm', '-q', 'first'], ['rm', '-f', '-q', 'first']);
    expect(removed.filter(({ status }) => status === 0)).toHaveLength(1);
    for (const { status, stderr } of removed) if (status !== 0) expect(stderr).toMatch(/^E_NOT_FOUND/);
    expect(await fsckCodes()).toEqual([]);
  });

  test('prune, again and again while containers are made, run, committed and removed, takes nothing of theirs', async () => {
    runScript('mine', DEMO, 'echo mine > /mine');
    let pruned = 0;
    let rounds = 0;
    // On a busy machine one prune may take as long as a whole round.
    for (; pruned < 5; rounds += 1) {
      const n = String(rounds);
      const working = atOnce(
        ['run', '-q', '--name', `p${n}`, ...TRUE],
        ['run', '-q', '--rm', ...TRUE],
        ['commit', '-q', 'mine', 'mine:1'],
        ['run', '-q', '--name', `q${n}`, '-u', '0', '--entrypoint', '/bin/cat', `${DEMO}@3`, '/etc/passwd'],
      );
      const state = { done: false };
      void working.then(() => (state.done = true));
      while (!state.done) {
        const { status, stderr } = await runCommand(Prune, ['--all']);
        expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
        pruned += 1;
      }
      expect((await working).map(({ stderr, status }) => [stderr, status])).toEqual(Array(4).fill(['', 0]));
    }
    expect((await ids()).length).toBe(1 + 2 * rounds);
    const { status } = strata('run', '-q', '--rm', '--entrypoint', '/bin/cat', 'store:mine:1', '/mine');
    expect(status).toBe(0);
    expect(await fsckCodes()).toEqual([]);
  });
});

describe('prune', () => {
  test('removes plain layers that no container holds, when they are old or --all is said', async () => {
    // A store without images: layers that an image of it has are links to its blobs.
    rmSync(store(), { recursive: true, force: true });
    runScript('holds', `${DEMO}@1`, 'true');
    strata('run', '-q', '--rm', ...TRUE);
    const held = namesIn('plain', 'sha256').filter(
      (name) => lstatSync(store('plain/sha256', name)).nlink > 1,
    );
    expect(held).toHaveLength(1);
    expect((await prune()).plain.files).toBe(0);
    const dry = await prune('--all', '--dry-run');
    expect(dry.plain.files).toBeGreaterThan(0);
    expect((await prune('--all')).plain).toEqual(dry.plain);
    expect(namesIn('plain', 'sha256')).toEqual(held);
  });

  test('removes containers that ended with --containers only, and never one that runs', async () => {
    runScript('over', `${DEMO}@1`, 'echo 1 > /x');
    const { ended } = await startScript('busy', `${DEMO}@1`, 'true');
    expect((await prune()).stopped.files).toBe(0);
    expect((await prune('--containers', '-n')).stopped.files).toBe(1);
    expect((await prune('--containers')).stopped.files).toBe(1);
    expect(await ids()).toHaveLength(1);
    await runCommand(Rm, ['-f', 'busy']);
    await ended;
  });

  test('removes what killed processes left of containers, of this store and of stores that are gone', async () => {
    const dead = '999999999-1-0-0-0123456789abcdef';
    const tag = ownerTag({ ...thisOwner(), pid: GONE });
    const id = 'ab'.repeat(32);
    for (const name of ['upper', 'layers'])
      mkdirSync(path.join(testFolder(id).root, name), { recursive: true });
    writeFileSync(testFolder(id).maker, tag);
    writeFileSync(path.join(testFolder(id).root, 'layers/1'), 'x'.repeat(5000));
    linkSync(path.join(testFolder(id).root, 'layers/1'), path.join(testFolder(id).root, 'layers/2'));
    const lost = 'cd'.repeat(32);
    mkdirSync(testFolder(lost).run, { recursive: true });
    mkdirSync(testFolder(lost).known, { recursive: true });
    mkdirSync(path.dirname(testFolder(lost).exit), { recursive: true });
    writeFileSync(testFolder(lost).exit, '0');
    utimesSync(testFolder(lost).exit, 1000, 1000);
    mkdirSync(store('tmp', tag, 'upper'), { recursive: true });
    // One that is being made by this process, and one of another machine, stay.
    const making = 'ef'.repeat(32);
    mkdirSync(testFolder(making).root, { recursive: true });
    writeFileSync(testFolder(making).maker, ownerTag(thisOwner()));
    const foreign = '12'.repeat(32);
    mkdirSync(testFolder(foreign).root, { recursive: true });
    writeFileSync(testFolder(foreign).maker, dead);
    const other = path.join(path.dirname(testRunFolder().root), 'fedcba987654');
    mkdirSync(path.join(other, id), { recursive: true });
    rmSync(`${other}.store`, { force: true });
    symlinkSync('/nowhere/at/all', `${other}.store`);
    writeFileSync(`${other}.erofs`, 'yes');
    // Tried for a store that never had a container.
    const tried = path.join(path.dirname(other), 'fedcba987655.erofs');
    writeFileSync(tried, 'yes');

    // A process of it stands still, which no signal ends.
    const left = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const died = new Promise((resolve) =>
      left.on('exit', (_, signal) => {
        resolve(signal);
      }),
    );
    const groups = ['pids', 'freezer', '.']
      .map((name) => path.join('/sys/fs/cgroup', name))
      .filter((hierarchy) => existsSync(path.join(hierarchy, 'cgroup.procs')))
      .map((hierarchy) => path.join(hierarchy, 'strata', lost));
    expect(groups).not.toEqual([]);
    for (const group of groups) {
      mkdirSync(group, { recursive: true });
      writeFileSync(path.join(group, 'cgroup.procs'), String(left.pid));
      for (const [name, word] of [
        ['freezer.state', 'FROZEN'],
        ['cgroup.freeze', '1'],
      ])
        if (existsSync(path.join(group, name))) writeFileSync(path.join(group, name), word);
    }

    expect([...(await fsckCodes())].sort()).toEqual(['container-unfinished', 'tmp-leftover']);
    const { unfinished, run } = await prune();
    expect([unfinished.files, run.files]).toEqual([1, 3]);
    expect(groups.filter((group) => existsSync(group))).toEqual([]);
    expect(await died).toBe('SIGKILL');
    expect(namesIn('containers').sort()).toEqual([foreign, making]);
    expect(namesIn('tmp')).toEqual([]);
    for (const gone of [
      testFolder(lost).run,
      testFolder(lost).known,
      testFolder(lost).exit,
      other,
      `${other}.store`,
      `${other}.erofs`,
      tried,
    ])
      expect(existsSync(gone)).toBe(false);
    for (const kept of [foreign, making]) rmSync(testFolder(kept).root, { recursive: true });
    expect(await fsckCodes()).toEqual([]);
  });

  test('and rm remove a tree that is deeper than a path can be long', async () => {
    const script = 'cd /; i=0; while [ $i -lt 60 ]; do mkdir -p "$0/$0" && cd "$0/$0"; i=$((i+1)); done';
    expect(runScript('deep', `${DEMO}@1`, script.replaceAll('$0', 'd'.repeat(100)))).toBe(0);
    expect((await runCommand(Rm, ['deep'])).status).toBe(0);
    expect([namesIn('containers'), namesIn('tmp')]).toEqual([[], []]);
  });
});

test('who removes a container waits for whoever makes, starts or changes it just then', async () => {
  runScript('held', `${DEMO}@1`, 'true');
  const [id] = await ids();
  const own = await openStore(storePaths({ STRATA_STORE: store() }, folder()));
  let removal: ReturnType<typeof runCommand> | undefined;
  await withContainerLock(own, id, async () => {
    removal = runCommand(Rm, ['held']);
    await Promise.race([removal, sleep(1500)]);
    expect(namesIn('containers')).toEqual([id]);
  });
  expect((await removal)?.status).toBe(0);
  expect(namesIn('containers')).toEqual([]);
});

test('fsck tells of a record and of layers that are damaged; the other containers are seen', async () => {
  for (const name of ['good', 'bad', 'torn']) runScript(name, `${DEMO}@2`, 'true');
  const [torn, bad] = await ids();
  writeFileSync(testFolder(bad).record, '{"schemaVersion":');
  rmSync(path.join(testFolder(torn).layers, 'snapshot.erofs'));
  expect(await ids()).toHaveLength(2);
  expect([...(await fsckCodes())].sort()).toEqual(['container-damaged', 'container-layer-missing']);
  expect((await runCommand(Fsck, ['--repair'])).status).toBe(3);
  expect(await ids()).toHaveLength(2);
  expect(namesIn('quarantine')).toHaveLength(1);
  rmSync(store('quarantine'), { recursive: true });
});

test('a container whose record was put aside runs on until it ends, whatever is pruned', async () => {
  const { child, ended } = await startScript('going', `${DEMO}@2`, 'true', '--snapshot', 'unpacked');
  const [id] = await ids();
  const { run, known, record, layers } = testFolder(id);
  const pins = readFileSync(path.join(layers, 'unpacked'), 'utf8').split('\n').filter(Boolean);
  // Older than what is just being made.
  for (const name of pins) utimesSync(store('unpacked', name), 0, 0);
  writeFileSync(record, '{"schemaVersion":');
  try {
    expect((await runCommand(Fsck, ['--repair'])).status).toBe(0);
    await runCommand(Prune, ['--all']);
    expect([run, known].map((place) => existsSync(place))).toEqual([true, true]);
    expect(namesIn('unpacked').sort()).toEqual([...pins].sort());
    expect(child.exitCode).toBeNull();
    for (const pid of controlledProcesses(id)) process.kill(pid, 'SIGKILL');
    expect(await ended).toBe(137);
    await vi.waitFor(
      async () => {
        await runCommand(Prune, ['--all']);
        expect([run, known].map((place) => existsSync(place))).toEqual([false, false]);
      },
      { timeout: 20_000, interval: 100 },
    );
  } finally {
    rmSync(store('quarantine'), { recursive: true, force: true });
  }
});

/** Writes a crun that is killed when it has done the command whose name is in the returned file, once. */
function mortalRuntime(): { readonly program: string; readonly doomed: string } {
  const [program, doomed] = ['crun', 'doomed'].map((name) => path.join(folder(), name));
  const script = `#!/bin/sh
[ -e ${doomed} ] && for word; do [ "$word" = "$(cat ${doomed})" ] && rm ${doomed} && crun "$@" && kill -9 $$; done
exec crun "$@"
`;
  writeFileSync(program, script, { mode: 0o755 });
  return { program, doomed };
}

test('one that a killed strata or runtime paused goes on; one that the user paused does not', async () => {
  const { program, doomed } = mortalRuntime();
  const { ended } = await startScript('still', `${DEMO}@1`, 'true', '--runtime', program);
  const [id] = await ids();
  const status = async (): Promise<string> =>
    (validJson('ps.json', await runCommand(Ps, ['--json'])) as { containers: { status: string }[] })
      .containers[0].status;
  const engine = ['--cgroup-manager=cgroupfs', `--root=${testRunFolder().engine}`];
  const mark = (pid: number): string =>
    path.join(testFolder(id).run, `paused-by-${ownerTag({ ...thisOwner(), pid })}`);
  await tool('crun', [...engine, 'pause', id]);
  expect(await status()).toBe('paused');
  writeFileSync(mark(process.pid), '');
  expect(await status()).toBe('paused');
  for (const name of readdirSync(testFolder(id).run).filter((one) => one.startsWith('paused-by-')))
    rmSync(path.join(testFolder(id).run, name));
  writeFileSync(mark(GONE), '');
  expect(await status()).toBe('running');
  expect(readdirSync(testFolder(id).run).filter((one) => one.startsWith('paused-by-'))).toEqual([]);
  // Killed after it had let it go on: what the user does then counts.
  writeFileSync(mark(GONE), '');
  expect(await status()).toBe('running');
  for (const command of ['state', 'pause', 'resume']) {
    writeFileSync(doomed, command);
    expect(strata('commit', '-q', 'still', 'still:1')).toMatchObject({ status: 0, stderr: '' });
    expect([command, existsSync(doomed), await status()]).toEqual([command, false, 'running']);
  }
  writeFileSync(doomed, 'state');
  expect(await status()).toBe('running');
  await tool('crun', [...engine, 'pause', id]);
  expect(await status()).toBe('paused');
  await runCommand(Rm, ['-f', 'still']);
  await ended;
});
