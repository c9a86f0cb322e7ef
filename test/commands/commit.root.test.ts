import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import Commit from '../../src/commands/commit.js';
import Copy from '../../src/commands/copy.js';
import Inspect from '../../src/commands/inspect.js';
import Ps from '../../src/commands/ps.js';
import Prune from '../../src/commands/prune.js';
import Rmi from '../../src/commands/rmi.js';
import Verify from '../../src/commands/verify.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { compareTrees, podmanTree, umociTree } from '../helpers/oracle.js';
import { RUN, runCommand } from '../helpers/run-command.js';
import { useOwnStore } from '../helpers/own-store.js';
import { containerTree, runScript, startScript, strata, testFolder } from '../helpers/run-container.js';
import { needRoot, tool } from '../helpers/tool.js';

/* Law 3: the image that a commit makes has exactly the files that the container had. */

const folder = useFolder();
const store = useOwnStore(folder);
beforeAll(needRoot);
const commit = (...argv: string[]) => runCommand(Commit, argv);

interface Committed {
  readonly digest: string | null;
  readonly config: string | null;
  readonly layers: number;
  readonly layer: { readonly digest: string; readonly members: number } | null;
  readonly dropped: { readonly from: number; readonly to: number } | null;
  readonly changes?: readonly { readonly path: string }[];
  readonly skipped: readonly { readonly path: string }[];
}

async function made(...argv: string[]): Promise<Committed> {
  const ended = await commit(...argv, '--json');
  expect([ended.status, argv]).toEqual([0, argv]);
  return validJson('commit.json', ended) as Committed;
}

interface Oci {
  readonly config: {
    readonly author?: string;
    readonly config: { readonly Env?: readonly string[]; readonly Cmd?: readonly string[] };
    readonly history: readonly { readonly created_by?: string; readonly comment?: string }[];
  };
  readonly layers: readonly string[];
}

/** What skopeo reads of an image of the store. */
async function skopeo(name: string): Promise<Oci> {
  const raw = async (...flags: string[]): Promise<unknown> =>
    JSON.parse(await tool('skopeo', ['inspect', '--raw', ...flags, `oci:${store()}:${name}`]));
  const manifest = (await raw()) as { layers: { digest: string }[] };
  return {
    config: (await raw('--config')) as Oci['config'],
    layers: manifest.layers.map(({ digest }) => digest),
  };
}

const idOf = async (name: string): Promise<string> => {
  const { stdout } = await runCommand(Ps, ['-a', '--json']);
  const { containers } = JSON.parse(stdout) as { containers: { id: string; name: string }[] };
  return containers.find((one) => one.name === name)?.id ?? '';
};

const MANY = `
  echo new > /new; chown 33:44 /new; chmod 4711 /new; ln /new /new2; ln -s new /link
  rm /etc/passwd; rm -r /var/lib/dpkg; mkdir -p /var/lib/dpkg/again; echo 1 > /var/lib/dpkg/again/file
  echo more >> /etc/group; chmod 700 /tmp; mv /etc/debian_version /etc/version
  mkfifo /fifo; touch -d '2020-01-02 03:04:05' /etc/shadow; rm -r /etc/alternatives; echo file > /etc/alternatives`;

/** Paths that the runtime needs to mount something on, and which the image does not have. */
async function mountPoints(id: string): Promise<Set<string>> {
  const image = await umociTree(store(), 'app2');
  const { init } = testFolder(id);
  const names = readdirSync(init, { recursive: true, encoding: 'utf8' });
  return new Set(names.map((name) => `/${name}`).filter((at) => !image.has(at)));
}

describe('the image has the files of the container', () => {
  test.each([
    ['root of a user namespace', [], 0x7000_0000],
    ['root of this machine', ['--userns', 'host'], 0],
  ])('%s', async (_, flags, shift) => {
    await startScript('box', DEMO, MANY, ...flags);
    const id = await idOf('box');
    const had = await containerTree(id, shift);
    expect(had.size).toBeGreaterThan(100);
    await made('box', 'app2');
    expect((await runCommand(Ps, [])).stdout).toMatch(/ Up .* box\n$/);
    const points = await mountPoints(id);
    const except = (at: string): boolean => points.has(at);
    expect(compareTrees(await umociTree(store(), 'app2'), had, { except })).toEqual([]);
    if (shift === 0) return;
    // podman makes a name of the path of a layout, which must be lower case.
    const archive = path.join(store(), '..', 'app.archive');
    rmSync(archive, { force: true });
    await tool('skopeo', ['copy', '-q', `oci:${store()}:app2`, `docker-archive:${archive}:app:2`]);
    // podman has a root directory of its own.
    const theirs = await podmanTree(`docker-archive:${archive}`);
    expect(compareTrees(theirs, had, { except: (at) => at === '/' || except(at) })).toEqual([]);
  });

  test('it is run, inspected, exported, verified and copied like any other', async () => {
    runScript('box', DEMO, MANY);
    await made('box', 'app:2');
    const look = 'cd /; cat new etc/group etc/alternatives; ls -lan / /var/lib/dpkg /etc';
    const again = strata('run', '-q', '--rm', '-u', '0', '--entrypoint', '/bin/sh', 'app:2', '-c', look);
    expect(again.status).toBe(0);
    expect(again.stdout).toMatch(/^new\n/);
    expect(again.stdout).toMatch(/-rws--x--x +2 33 +44 +4 .* new2\n/);
    expect((await runCommand(Verify, ['store:app:2'])).status).toBe(0);
    expect((await runCommand(Inspect, ['store:app:2', '--json'])).status).toBe(0);
    expect(strata('export', 'app:2', '-o', path.join(folder(), 'app.tar')).status).toBe(0);
    const copy = path.join(folder(), 'copied');
    await tool('skopeo', ['copy', '-q', `oci:${store()}:app:2`, `dir:${copy}`]);
    expect(readdirSync(copy)).toContain('manifest.json');
    expect(strata('fsck').status).toBe(0);
  });
});

describe('what is below', () => {
  test('of snapshot @N the layers above are not part of it, and it is said', async () => {
    runScript('box', `${DEMO}@5`, 'echo 1 > /new');
    const ended = await commit('box', 'app:2');
    expect(ended.stderr).toMatch(/^layers 6 to 12 of docker-archive:.*demo\.tar are not part of it\n/);
    expect(ended.stdout).toMatch(/^sha256:[0-9a-f]{64} {2}app:2\n$/);
    expect((await skopeo('app:2')).layers).toHaveLength(6);
    expect(await made('box', 'app:3')).toMatchObject({ layers: 6, dropped: { from: 6, to: 12 } });
  });

  test('nothing changed: the same image, of the layers there are', async () => {
    runScript('box', DEMO, 'true');
    const same = await made('box', 'same');
    const [{ Config }] = JSON.parse(await tool('tar', ['xOf', DEMO, 'manifest.json'])) as [
      { Config: string },
    ];
    expect(same).toMatchObject({ layer: null, layers: 12, dropped: null });
    expect(Config).toContain(same.config?.slice('sha256:'.length));
    expect((await commit('box', 'same')).stderr).toMatch(/no file changed/);
    runScript('low', `${DEMO}@5`, 'true');
    expect(await made('low', 'low')).toMatchObject({ layer: null, layers: 5, dropped: { from: 6, to: 12 } });
    expect((await skopeo('low')).layers).toHaveLength(5);
  });

  test('neither the image nor anything else of it has to be there', async () => {
    const image = path.join(folder(), 'copy.tar');
    copyFileSync(DEMO, image);
    runScript('box', image, 'echo 1 > /new');
    rmSync(image);
    for (const part of ['cache', 'plain']) rmSync(path.join(store(), part), { recursive: true });
    expect(await made('box', 'app:2')).toMatchObject({ layers: 13 });
    expect((await runCommand(Verify, ['store:app:2'])).status).toBe(0);
  });

  test('the layers of an image of the store are shared with what is committed from it', async () => {
    runScript('one', `${DEMO}@2`, 'echo 1 > /one');
    await made('one', 'app:1');
    runScript('two', 'app:1', 'echo 2 > /two');
    await made('two', 'app:2');
    expect((await skopeo('app:2')).layers.slice(0, 3)).toEqual((await skopeo('app:1')).layers);
  });

  test('a container that is run with --rm keeps only the layers it needs, so that it may lack one', async () => {
    await startScript('box', `${DEMO}@3`, 'echo 1 > /new', '--rm');
    expect(await made('box', 'app:2')).toMatchObject({ layers: 4 });
    expect((await runCommand(Verify, ['store:app:2'])).status).toBe(0);
    await startScript('whole', DEMO, 'echo 1 > /new', '--rm');
    const ended = await commit('whole', 'app:3');
    expect([ended.status, ended.stderr.split(':')[0]]).toEqual([4, 'E_LAYER_UNAVAILABLE']);
    expect(ended.stderr).toMatch(/\nhint: .*without --rm/);
    expect((await runCommand(Ps, [])).stdout).toMatch(/ Up .* whole\n/);
  });

  test('what a container that is run with --rm needs of the store stays, whoever removes the rest', async () => {
    expect((await runCommand(Copy, [DEMO, 'store:demo:1'])).status).toBe(0);
    await startScript('whole', 'demo:1', 'echo 1 > /new', '--rm');
    expect((await runCommand(Rmi, ['demo:1'])).status).toBe(0);
    const blobs = path.join(store(), 'blobs/sha256');
    for (const name of readdirSync(blobs)) utimesSync(path.join(blobs, name), 1, 1);
    expect((await runCommand(Prune, ['--all'])).status).toBe(0);
    expect(await made('whole', 'app:1')).toMatchObject({ layers: 13 });
    expect((await runCommand(Verify, ['store:app:1'])).status).toBe(0);
  });
});

describe('what is asked for', () => {
  test('the same files and SOURCE_DATE_EPOCH give the same image', async () => {
    vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
    const digests = [];
    for (const name of ['aa', 'bb']) {
      runScript(name, DEMO, 'echo 1 > /new; mkdir /dir');
      digests.push((await made(name, `app:${name}`, '-m', 'new')).config);
      await sleep(20);
    }
    vi.stubEnv('SOURCE_DATE_EPOCH', undefined);
    // The command and so the history are the same too.
    expect(digests[0]).toBe(digests[1]);
  });

  test('a container stays as it is, so that it can be committed as often as one likes', async () => {
    const script = 'mkdir -p /a/__pycache__ /b; echo 1 > /a/x; echo 2 > /a/__pycache__/y; echo 3 > /b/z';
    runScript('box', `${DEMO}@5`, script);

    // What is none, a bad name, and --dry-run make nothing.
    expect(await commit('box', 'app:2', '-c', 'RUN x')).toMatchObject({ status: 2, stdout: '' });
    expect(await commit('box', 'App:2')).toMatchObject({ status: 2, stdout: '' });
    expect(await commit('box', `app@sha256:${'0'.repeat(64)}`)).toMatchObject({ status: 2, stdout: '' });
    const all = ['/a', '/a/__pycache__', '/a/__pycache__/y', '/a/x', '/b', '/b/z'];
    const ended = await commit('--dry-run', 'box', 'app:2');
    expect(linesOf(ended.stdout)).toEqual([...all.map((at) => `A ${at}`), '6 changes, 6 B of content']);
    const paths = async (...flags: string[]): Promise<string[]> =>
      ((await made('box', 'app:2', '-n', ...flags)).changes ?? []).map((change) => change.path);
    expect(await paths()).toEqual(all);
    expect(await paths('--drop-caches')).toEqual(['/a', '/a/x', '/b', '/b/z']);
    expect(await paths('--exclude', '/a')).toEqual(['/b', '/b/z']);
    expect(await paths('--include', '/b', '--include', '/a/x')).toEqual(['/a/x', '/b', '/b/z']);
    expect(readdirSync(path.join(store(), 'blobs/sha256'))).toEqual([]);
    expect((await runCommand(Inspect, ['store:app:2'])).status).toBe(4);

    await made('box', 'app:2', '-m', 'why', '-a', 'who', '-c', 'ENV A=b', '-c', 'CMD ["x"]');
    const { config } = await skopeo('app:2');
    expect(config.author).toBe('who');
    expect(config.config.Env).toContain('A=b');
    expect(config.config.Cmd).toEqual(['x']);
    expect(config.history.at(-1)).toMatchObject({ comment: 'why', created_by: `/bin/sh -c ${script}` });

    // Another spelling of a name replaces what it meant.
    await made('box', 'app');
    const { digest } = await made('box', 'docker.io/library/app:latest', '-m', 'again');
    const { manifests } = JSON.parse(readFileSync(path.join(store(), 'index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    expect(manifests.map((one) => one.digest).slice(1)).toEqual([digest]);
    expect((await runCommand(Inspect, ['store:app'])).stdout).toContain(digest);
  });
});

test('killed at any moment, the name means nothing or the whole image, and the next commit is whole', async () => {
  runScript('box', `${DEMO}@5`, 'i=0; while [ $i -lt 300 ]; do echo $i > /f$i; i=$((i+1)); done');
  for (let after = 200; after <= 700; after += 100) {
    const name = `app:${String(after)}`;
    const child = spawn(process.execPath, [RUN, 'commit', 'box', name], {
      stdio: 'ignore',
      env: process.env,
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await sleep(after);
    child.kill('SIGKILL');
    await ended;
    const known = existsSync(path.join(store(), 'index.json'));
    const { status } = await runCommand(Inspect, [`store:${name}`]);
    if (status !== 4)
      expect([known, (await runCommand(Verify, [`store:${name}`])).status]).toEqual([true, 0]);
  }
  expect(await made('box', 'app:last')).toMatchObject({ layers: 6 });
  expect((await runCommand(Verify, ['store:app:last'])).status).toBe(0);
  expect(strata('fsck').status).toBe(0);
});
