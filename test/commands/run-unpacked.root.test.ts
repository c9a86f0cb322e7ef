import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { plantCanary } from '../helpers/canary.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { FIXTURES, RUN } from '../helpers/run-command.js';
import { strata } from '../helpers/run-container.js';
import { tarOf, type TarMemberSpec } from '../helpers/tar-layer.js';
import { dockerSave, fileOf, tar } from '../images/build.js';

const folder = useFolder();
const BUSYBOX = '/bin/busybox';
const shell = (image: string, script: string, ...flags: string[]) =>
  strata('run', '-q', '--rm', '-u', '0', ...flags, '--entrypoint', '/bin/sh', image, '-c', script);

describe('a snapshot whose layers are unpacked', () => {
  test('is run, changed and committed as one that is not', () => {
    const script = 'stat -c "%n %u:%g %f" /etc/* /usr/* /tmp; echo 1 > /etc/new; rm /etc/passwd';
    const said: string[] = [];
    const [one, two] = ['erofs', 'unpacked'].map((way) => {
      const argv = ['run', '-q', '--name', way, '--snapshot', way, '-u', '0', '--entrypoint', '/bin/sh'];
      const ended = strata(...argv, `${DEMO}@3`, '-c', script);
      expect(ended).toMatchObject({ status: 0, stderr: '' });
      said.push(ended.stdout);
      return linesOf(strata('changes', way).stdout);
    });
    expect(two).toEqual(one);
    // Owners too, by which root of the container may change what it has.
    expect(said[1]).toBe(said[0]);
    expect(said[0]).toMatch(/^\/etc\/shadow 0:42 /m);
    expect(two).toContain('D /etc/passwd');
    expect(strata('commit', '-q', 'unpacked', 'app:unpacked').status).toBe(0);
    expect(
      strata('run', '-q', '--rm', '-u', '0', '--entrypoint', '/bin/cat', 'app:unpacked', '/etc/new'),
    ).toEqual({
      status: 0,
      stdout: '1\n',
      stderr: '',
    });
    for (const name of ['erofs', 'unpacked']) expect(strata('rm', name).status).toBe(0);
  });

  test('is what the layers say, however it is mounted; damage is named', () => {
    for (const way of ['erofs', 'unpacked']) {
      const ended = strata('verify', '--mounted', '--snapshot', way, '--json', '-q', `${DEMO}@4`);
      expect(ended).toMatchObject({ status: 0, stderr: '' });
      expect(validJson('verify.json', ended)).toMatchObject({
        ok: true,
        snapshot: way,
        layer: 4,
        differences: [],
      });
    }
    const unpacked = path.join(folder(), 'store', 'unpacked');
    const [layer] = readdirSync(unpacked).filter((name) =>
      readdirSync(path.join(unpacked, name, 'tree')).includes('bin'),
    );
    chownSync(path.join(unpacked, layer, 'tree', 'usr'), 7, 8);
    const ended = strata('verify', '--mounted', '--snapshot', 'unpacked', '--no-content', '-q', `${DEMO}@1`);
    expect(ended.status).toBe(3);
    expect(ended.stdout).toContain('differs /usr: owner: 0:0 expected, 7:8 found');
    expect(ended.stderr).toMatch(/^E_DAMAGED/);
    chownSync(path.join(unpacked, layer, 'tree', 'usr'), 0, 0);
  });
});

test('plain tars are kept for those who read them: EROFS, and a container that is kept', () => {
  const plain = path.join(folder(), 'store', 'plain', 'sha256');
  const kept = (): number => (existsSync(plain) ? readdirSync(plain).length : 0);
  const image = (name: string): string => {
    const layers = [
      tarOf([{ name: 'busybox', content: readFileSync(BUSYBOX), mode: 0o755 }]),
      tarOf([{ name, content: name }]),
    ];
    return fileOf(folder(), tar(dockerSave([{ layers, tags: ['kept:1'] }])));
  };
  const run = (name: string, ...flags: string[]): number => {
    const before = kept();
    const ended = strata('run', '-q', ...flags, '--entrypoint', '/busybox', name, 'true');
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    return kept() - before;
  };
  const [one, two] = ['one', 'two'].map(image);
  expect(run(one, '--rm', '--snapshot', 'unpacked')).toBe(0);
  expect(run(one, '--name', 'keeper', '--snapshot', 'unpacked')).toBe(2);
  // Of the one that both images have it is there.
  expect(run(two, '--rm', '--snapshot', 'erofs')).toBe(1);
  expect(strata('rm', 'keeper').status).toBe(0);
});

test('an image that has one layer several times', () => {
  const layerOf = (name: string): Buffer =>
    tarOf([
      { name: 'd', type: 'dir' },
      { name: `d/${name}`, content: name },
      { name: `d/.wh.${name === 'a' ? 'b' : 'a'}`, content: '' },
    ]);
  const busybox = tarOf([{ name: 'busybox', content: readFileSync(BUSYBOX), mode: 0o755 }]);
  const layers = [busybox, layerOf('a'), layerOf('b'), layerOf('a'), layerOf('a')];
  const image = fileOf(folder(), tar(dockerSave([{ layers, tags: ['again:1'] }])));
  for (const [n, found] of [
    [2, 'a'],
    [3, 'b'],
    [5, 'a'],
  ] as const) {
    const argv = ['run', '-q', '--rm', '--snapshot', 'unpacked', '--entrypoint', '/busybox'];
    expect(strata(...argv, `${image}@${String(n)}`, 'ls', '/d')).toEqual({
      status: 0,
      stdout: `${found}\n`,
      stderr: '',
    });
    expect(
      strata('verify', '--mounted', '--snapshot', 'unpacked', '-q', `${image}@${String(n)}`).status,
    ).toBe(0);
  }
});

test('an image of more layers than files may be open', () => {
  const image = `oci:${path.join(FIXTURES, 'oci-130-layers')}`;
  // Leaves the plain tars.
  expect(strata('verify', '--mounted', '--snapshot', 'erofs', '-q', image).status).toBe(0);
  const few = spawnSync(
    'bash',
    [
      '-c',
      'ulimit -n 160; exec "$@"',
      'bash',
      process.execPath,
      RUN,
      'verify',
      '--mounted',
      '--snapshot',
      'unpacked',
      '-q',
      image,
    ],
    { encoding: 'utf8' },
  );
  expect(few).toMatchObject({ status: 0, stderr: '' });
});

test('files of this machine are those of root in the container, and what it writes belongs to root here', () => {
  const volume = path.join(folder(), 'volume');
  mkdirSync(path.join(volume, 'below'), { recursive: true });
  writeFileSync(path.join(volume, 'given'), 'given\n', { mode: 0o600 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0700', 'none', path.join(volume, 'below')]);
  try {
    const flags = ['-v', `${volume}:/v`, '-v', `${path.join(volume, 'given')}:/given:ro`];
    const script = 'cat /given; stat -c %u /v /v/given; echo x > /v/made; grep " /v " /proc/self/mountinfo';
    const ended = shell(DEMO, script, ...flags);
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^given\n0\n0\n.* \/v rw,nosuid,nodev,/);
    expect(lstatSync(path.join(volume, 'made')).uid).toBe(0);
    // What removes a container never comes to it.
    expect(readdirSync(volume).sort()).toEqual(['below', 'given', 'made']);
  } finally {
    execFileSync('umount', [path.join(volume, 'below')]);
  }
});

test('a source whose ids cannot be shifted is mounted as it is, and told', () => {
  const ended = strata(
    'run',
    '--rm',
    '-u',
    '0',
    '-v',
    '/proc/sys/kernel:/v',
    '--entrypoint',
    '/bin/cat',
    DEMO,
    '/v/ostype',
  );
  expect(ended).toMatchObject({ status: 0, stdout: 'Linux\n' });
  expect(ended.stderr).toContain('files of /proc/sys/kernel belong to nobody');
});

test('a directory of this machine is run as it is, never changed, and a layer once it is committed', () => {
  const root = path.join(folder(), 'tree');
  mkdirSync(path.join(root, 'bin'), { recursive: true });
  writeFileSync(path.join(root, 'bin/busybox'), readFileSync(BUSYBOX), { mode: 0o755 });
  const before = execFileSync('find', [root, '-printf', '%P %m %T@ %C@\n'], { encoding: 'utf8' });
  const argv = ['run', '-q', '--name', 'dir', `rootfs:${root}`, '/bin/busybox', 'sh', '-c'];
  const script = 'busybox stat -c %u /bin/busybox; echo made > /made; echo > /bin/new; echo > /bin/busybox2';
  expect(strata(...argv, script)).toMatchObject({ status: 0, stdout: '0\n' });
  expect(execFileSync('find', [root, '-printf', '%P %m %T@ %C@\n'], { encoding: 'utf8' })).toBe(before);
  expect(strata('commit', '-q', 'dir', 'grown:1').status).toBe(0);
  expect(strata('run', '-q', '--rm', 'grown:1', '/bin/busybox', 'cat', '/made')).toEqual({
    status: 0,
    stdout: 'made\n',
    stderr: '',
  });
  writeFileSync(path.join(root, 'later'), '');
  expect(strata('run', '-q', '--name', 'again', `rootfs:${root}`, '/bin/busybox', 'true').status).toBe(0);
  writeFileSync(path.join(root, 'later still'), '');
  const changed = strata('changes', 'again');
  expect(changed.status).not.toBe(0);
  expect(changed.stderr).toMatch(/E_DIGEST_MISMATCH.*has changed since the container was made/);
  expect(strata('rm', 'dir', 'again').status).toBe(0);
}, 60_000);

test('a working directory behind links to nowhere, or out of the root, is made inside', () => {
  const victim = plantCanary(path.join(folder(), 'victim'));
  const outside = path.join(folder(), 'victim', 'made');
  const members: TarMemberSpec[] = [
    { name: 'bin', type: 'dir' },
    { name: 'bin/busybox', content: readFileSync(BUSYBOX), mode: 0o755 },
    { name: 'dangling', type: 'symlink', link: 'data/work' },
    { name: 'absolute', type: 'symlink', link: outside },
    { name: 'out', type: 'symlink', link: `../../../..${outside}` },
  ];
  for (const [workingDir, leadsTo] of [
    ['/dangling', '/data/work'],
    ['/absolute', outside],
    ['/out/deeper', `${outside}/deeper`],
  ]) {
    const layers = [tarOf(members)];
    const image = fileOf(
      folder(),
      tar(dockerSave([{ layers, tags: ['w:1'], config: { WorkingDir: workingDir } }])),
    );
    const ended = strata(
      'run',
      '-q',
      '--rm',
      '-w',
      workingDir,
      '--entrypoint',
      BUSYBOX,
      image,
      'sh',
      '-c',
      'busybox pwd -P; cd -P .; pwd -P',
    );
    expect([workingDir, ended.stderr, ended.stdout.split('\n').at(-2)]).toEqual([workingDir, '', leadsTo]);
    victim.check();
  }
}, 60_000);
