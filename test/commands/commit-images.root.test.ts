import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import Changes from '../../src/commands/changes.js';
import Commit from '../../src/commands/commit.js';
import Copy from '../../src/commands/copy.js';
import Rmi from '../../src/commands/rmi.js';
import Save from '../../src/commands/save.js';
import Verify from '../../src/commands/verify.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { compareTrees, umociTree } from '../helpers/oracle.js';
import { runCommand, RUN } from '../helpers/run-command.js';
import { useOwnStore } from '../helpers/own-store.js';
import { runScript, strata, testFolder } from '../helpers/run-container.js';
import { needRoot, removeStorage, storageDriver, tool } from '../helpers/tool.js';

/* What is committed can be squashed, picked, carried anywhere and run there; what no layer can hold is told. */

const folder = useFolder();
const store = useOwnStore(folder);
beforeAll(needRoot);

async function made(...argv: string[]) {
  const ended = await runCommand(Commit, [...argv, '--json']);
  expect([ended.status, argv]).toEqual([0, argv]);
  return validJson('commit.json', ended) as {
    digest: string | null;
    layers: number;
    squashed: object | null;
    skipped: { path: string; what: string; attribute?: string; why?: string }[];
    changes?: { path: string }[];
  };
}

interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly {
    readonly empty_layer?: boolean;
    readonly comment?: string;
    readonly created_by?: string;
  }[];
  readonly config: object;
}
const configOf = async (name: string): Promise<Config> =>
  JSON.parse(await tool('skopeo', ['inspect', '--config', '--raw', `oci:${store()}:${name}`])) as Config;

const MUCH = `
  echo new > /new; chown 33:44 /new; ln /new /new2; rm /etc/debian_version; rm -r /var/lib/dpkg
  mkdir -p /var/lib/dpkg/again; echo 1 > /var/lib/dpkg/again/file; echo more >> /etc/group; chmod 700 /tmp
  rm -r /etc/alternatives; echo file > /etc/alternatives; mkfifo /fifo; rm -r /app/releases; cp /bin/busybox /bb`;

test('squashed onto any layer it has the same files, and its history says so', async () => {
  runScript('box', DEMO, MUCH);
  await made('box', 'plain');
  const whole = await umociTree(store(), 'plain');
  const before = await configOf('plain');
  for (const [onto, layers, squashed] of [
    [0, 1, { from: 1, to: 12 }],
    [5, 6, { from: 6, to: 12 }],
    [11, 12, { from: 12, to: 12 }],
  ] as const) {
    const name = `onto${String(onto)}`;
    const flags = onto === 0 ? ['--squash'] : ['--squash-onto', String(onto)];
    const last = linesOf((await runCommand(Commit, ['-n', 'box', name, ...flags])).stdout).at(-1);
    expect(last).toMatch(/^layers? \d+(?: to 12)? and the changes would be one layer$/);
    expect(await made('box', name, ...flags)).toMatchObject({ layers, squashed });
    expect([name, compareTrees(await umociTree(store(), name), whole)]).toEqual([name, []]);
    const { rootfs, history, config } = await configOf(name);
    expect(rootfs.diff_ids.slice(0, onto)).toEqual(before.rootfs.diff_ids.slice(0, onto));
    expect(history.filter(({ empty_layer }) => empty_layer !== true)).toHaveLength(layers);
    expect(history.map(({ created_by }) => created_by)).toEqual(
      before.history.map(({ created_by }) => created_by),
    );
    expect(history.at(-1)?.comment).toMatch(/the changes of the container in one$/);
    expect(config).toEqual(before.config);
  }
  expect((await runCommand(Commit, ['box', 'no', '--squash-onto', '13'])).status).toBe(2);
  vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
  const twice = [
    await made('box', 'aa', '--squash-onto', '3'),
    await made('box', 'bb', '--squash-onto', '3'),
  ];
  vi.stubEnv('SOURCE_DATE_EPOCH', undefined);
  expect(twice[0].digest).toBe(twice[1].digest);
  expect((await runCommand(Verify, ['store:aa'])).status).toBe(0);
  expect(readdirSync(path.join(store(), 'tmp'))).toEqual([]);
});

test('--pick takes what the editor leaves, and commits nothing otherwise; --diff shows contents; what no layer holds is told', async () => {
  runScript('box', DEMO, `${MUCH}; printf '\\0\\1' > /etc/issue`);
  const [id] = readdirSync(path.join(store(), 'containers'));
  const { upper } = testFolder(id);
  execFileSync('python3', ['-c', ODD, upper]);
  const told = [
    { path: '/sock', what: 'socket' },
    { path: '/new', what: 'attribute', attribute: 'user.a=b', why: 'name' },
    { path: '/new', what: 'attribute', attribute: 'user.empty', why: 'empty' },
  ];
  const { skipped } = await made('box', 'app:1');
  expect([...skipped].sort((a, b) => (a.attribute ?? '').localeCompare(b.attribute ?? ''))).toEqual(
    expect.arrayContaining(told),
  );
  const { stderr } = await runCommand(Commit, ['-n', 'box', 'app:1']);
  expect(stderr).toMatch(/left out user\.empty of \/new: .*without a value\n/);
  const listed = linesOf((await runCommand(Changes, ['box', '--include', '/new'])).stderr);
  expect(listed.sort()).toEqual([
    'commit leaves out user.a=b of /new: a layer cannot hold an attribute with = in its name',
    'commit leaves out user.empty of /new: a layer cannot hold an attribute without a value',
  ]);
  expect((await umociTree(store(), 'app:1')).get('/new')?.xattrs).toEqual({ 'user.ok': '79' });

  const pick = (editor: string) => {
    const line = `${process.execPath} ${RUN} commit --pick box app:2`;
    const env = { ...process.env, VISUAL: '', EDITOR: editor };
    const { status } = spawnSync('script', ['-qec', line, '/dev/null'], { env, timeout: 60_000 });
    return status;
  };
  expect(pick("sed -i '/^A .*  .bb$/d; /group/s/^/# /'")).toBe(0);
  const picked = await umociTree(store(), 'app:2');
  expect([picked.has('/bb'), picked.has('/new'), picked.has('/etc/debian_version')]).toEqual([
    false,
    true,
    false,
  ]);
  await runCommand(Rmi, ['app:2']);
  const ends = [pick('sed -i d'), pick('sed -i s/new/old/'), pick('false'), pick('/no/editor')];
  expect(ends).toEqual([130, 2, 130, 5]);
  expect((await runCommand(Verify, ['store:app:2'])).status).toBe(4);
  expect(await runCommand(Commit, ['--pick', 'box', 'app:2'])).toMatchObject({ status: 2, stdout: '' });

  const { stdout } = await runCommand(Changes, ['box', '--diff', '--include', '/etc']);
  expect(stdout).toMatch(
    /^C \/etc\/group\n--- a\/etc\/group\n\+\+\+ b\/etc\/group\n@@ .*\n(?: .*\n)*\+more\n/m,
  );
  expect(stdout).toMatch(/^D \/etc\/debian_version\n--- a\/etc\/debian_version\n\+\+\+ \/dev\/null\n/m);
  expect(stdout).toMatch(/^[AC] \/etc\/issue\nbinary contents differ/m);
  const json = validJson(
    'changes.json',
    await runCommand(Changes, ['box', '--diff', '--only', 'A', '--json']),
  ) as {
    changes: { path: string; kind: string; content: { kind: string; added?: number } | null }[];
  };
  expect(json.changes.every(({ kind }) => kind === 'added')).toBe(true);
  expect(json.changes.find((change) => change.path === '/new')?.content).toMatchObject({
    kind: 'text',
    added: 1,
  });
  expect(json.changes.find((change) => change.path === '/fifo')?.content).toBeNull();
});

const ODD = `
import os, socket, sys
os.chdir(sys.argv[1])
for name, value in (("user.empty", b""), ("user.a=b", b"x"), ("user.ok", b"y")): os.setxattr("new", name, value)
socket.socket(socket.AF_UNIX).bind("sock")
`;

test('written out in every form podman, skopeo and umoci have it, and podman runs it', async () => {
  runScript('box', DEMO, 'echo carried > /new; rm -r /app/releases');
  await made('box', 'app:2', '-c', 'HEALTHCHECK NONE');
  await made('box', 'app:3', '--squash-onto', '4', '-c', 'HEALTHCHECK NONE');
  // podman makes names of paths, which must be lower case.
  const out = path.join(tmpdir(), `strata-out-${String(process.pid)}`);
  mkdirSync(out);
  const files = (name: string): string => path.join(out, name);
  expect((await runCommand(Save, ['app:2', 'app:3', '-o', files('both.tar')])).status).toBe(0);
  for (const [name, target] of [
    ['app:2', 'oci-archive:o.tar:v1'],
    ['app:2', 'oci:layout:v1'],
    ['app:2', 'dir:dir'],
  ] as const)
    expect((await runCommand(Copy, [name, target.replace(':', `:${out}/`)])).status).toBe(0);
  const had = await umociTree(store(), 'app:2');
  expect(compareTrees(await umociTree(files('layout'), 'v1'), had)).toEqual([]);
  const root = files('storage');
  const podman = (...argv: string[]) =>
    tool('podman', [
      '--root',
      root,
      '--runroot',
      files('run'),
      '--cgroup-manager=cgroupfs',
      '--storage-driver',
      storageDriver(out),
      '--runtime',
      'runc',
      ...argv,
    ]);
  try {
    await podman('load', '-q', '-i', files('both.tar'));
    for (const [i, source] of ['oci-archive:o.tar:v1', 'oci:layout:v1', 'dir:dir'].entries())
      await podman('pull', '-q', source.replace(':', `:${out}/`)).then((id) =>
        podman('tag', id.trim(), `p:${String(i)}`),
      );
    const idOf = (image: string) => podman('image', 'inspect', '--format', '{{.Id}}', image);
    const id = await idOf('localhost/app:2');
    for (const image of ['p:0', 'p:1', 'p:2']) expect([image, await idOf(image)]).toEqual([image, id]);
    for (const image of ['localhost/app:2', 'localhost/app:3']) {
      const limits = ['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=10000:10000', '--network', 'none'];
      const said = await podman(
        'run',
        '--rm',
        ...limits,
        '--entrypoint',
        '/bin/sh',
        image,
        '-c',
        'cat /new; ls /app',
      );
      expect([image, said]).toEqual([image, expect.stringMatching(/^carried\n(?!.*releases)/s)]);
    }
  } finally {
    await podman('rmi', '-af').catch(() => undefined);
    await removeStorage(out);
  }
});

test('commits on top of each other run; removing their images leaves a container whole', async () => {
  for (let i = 1; i <= 3; i++) {
    const below = i === 1 ? DEMO : `app:${String(i - 1)}`;
    expect(
      runScript(`c${String(i)}`, below, `echo ${String(i)} > /f${String(i)}; rm -f /f${String(i - 2)}`),
    ).toBe(0);
    expect(await made(`c${String(i)}`, `app:${String(i)}`)).toMatchObject({ layers: 12 + i });
  }
  const ended = strata('run', '-q', '--rm', '-u', '0', '--entrypoint', '/bin/sh', 'app:3', '-c', 'echo /f*');
  expect(ended.stdout).toBe('/f2 /f3\n');
  const names = [1, 2, 3].map((i) => `app:${String(i)}`);
  expect((await runCommand(Rmi, names)).status).toBe(0);
  expect(readdirSync(path.join(store(), 'blobs/sha256'))).toEqual([]);
  expect(await made('c3', 'again')).toMatchObject({ layers: 15 });
  expect((await runCommand(Verify, ['store:again'])).status).toBe(0);
});
