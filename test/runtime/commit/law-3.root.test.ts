import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { unite } from '../../../src/layers/union/unite.js';
import { entriesOf } from '../../../src/layers/index/layer-index.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { type Committed, commitUpper, type Container, mountContainer } from '../../helpers/container.js';
import { useFolder } from '../../helpers/look.js';
import { compareTrees, readTree, umociTree } from '../../helpers/oracle.js';
import { snapshotTree } from '../../helpers/our-tree.js';
import { needRoot } from '../../helpers/tool.js';

/* Law 3: the layer of a container, replayed on its snapshot, gives its file system exactly. */

const folder = useFolder();
let running: Container | undefined;
let count = 0;

beforeAll(() => {
  needRoot();
  enterPrivateMounts();
  mkdirSync(lower());
  shell(lower(), LOWER);
});
afterEach(() => {
  running?.unmount();
  running = undefined;
});

/** Nothing is ever written into it, so that it serves all of them. */
const lower = (): string => path.join(folder(), 'lower');

const shell = (cwd: string, script: string): void => {
  execFileSync('bash', ['-euc', script], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
};

const LOWER = `
  mkdir -p etc/conf.d usr/lib/deep/er var/cache/apt/archives var/lib/apt/lists tmp gone replaced recreated empty
  chmod 1777 tmp
  echo hosts > etc/hosts; echo passwd > etc/passwd; echo one > etc/conf.d/one; echo two > etc/conf.d/two
  for i in 1 2 3 4; do echo $i > gone/$i; echo $i > replaced/$i; echo $i > recreated/$i; done
  mkdir recreated/sub; echo x > recreated/sub/x; chmod 711 recreated/sub
  echo linked > usr/hl1; ln usr/hl1 usr/hl2; ln usr/hl1 usr/hl3
  echo a > usr/lib/deep/er/file; ln -s er/file usr/lib/deep/link; ln usr/lib/deep/link usr/lib/deep/link2
  echo setuid > usr/su; chmod 4755 usr/su; chown 12:34 usr/su
  echo caps > usr/ping; setcap cap_net_raw+ep usr/ping; setfattr -n user.note -v text usr/ping
  mkfifo tmp/fifo; mknod tmp/null c 1 3
  head -c 300000 /dev/urandom > usr/big
  find . -exec touch -h -d '2020-01-02 03:04:05.678901234' {} +`;

/** Makes a container of its own, runs `script` in its root. */
async function container(script: string): Promise<Container> {
  const own = path.join(folder(), String(count++));
  mkdirSync(own);
  running = await mountContainer(own, lower());
  shell(running.merged, script);
  return running;
}

/** What the scripts make on purpose. */
const ASKED_FOR = new Set(['overlay-xattr', 'path-control', 'path-not-utf8']);

/** Checks the law and returns the layer. */
async function lawHolds(made: Container): Promise<Committed> {
  const layer = await commitUpper(made.union, made.upper);
  if (layer === undefined) throw new Error('no layer');
  expect(layer.index.anomalies.filter(({ code }) => !ASKED_FOR.has(code))).toEqual([]);
  const replayed = unite([...made.union.layers, layer.index]);
  expect(replayed.anomalies).toEqual([]);
  expect(compareTrees(snapshotTree(replayed, 2), await readTree(made.merged))).toEqual([]);
  return layer;
}

const members = (layer: Committed): string[] =>
  [...entriesOf(layer.index)].map(
    ({ kind, path: at }) => `${kind === 'whiteout' ? '-' : kind === 'opaque' ? '=' : ''}${at}`,
  );

describe('one kind of change at a time', () => {
  const cases: [name: string, script: string, layer: readonly string[] | undefined][] = [
    ['a new file', 'echo new > etc/new', ['/', '/etc', '/etc/new']],
    ['a file appended to', 'echo more >> etc/hosts', ['/', '/etc', '/etc/hosts']],
    ['a removed file', 'rm etc/passwd', ['/', '/etc', '-/etc/passwd']],
    ['a removed directory', 'rm -r gone', ['/', '-/gone']],
    ['a directory emptied', 'rm gone/*', ['/', '/gone', '-/gone/1', '-/gone/2', '-/gone/3', '-/gone/4']],
    [
      'a directory made anew',
      'rm -r gone; mkdir gone; echo other > gone/other',
      ['/', '/gone', '=/gone', '/gone/other'],
    ],
    [
      'a directory made anew with some of what was in it',
      'rm -r recreated; mkdir -p recreated/sub; echo x > recreated/sub/x; echo 9 > recreated/1',
      [
        '/',
        '/recreated',
        '-/recreated/2',
        '-/recreated/3',
        '-/recreated/4',
        '/recreated/1',
        '/recreated/sub',
        '/recreated/sub/x',
      ],
    ],
    [
      'a directory for a file',
      'rm etc/hosts; mkdir etc/hosts; echo x > etc/hosts/x',
      ['/', '/etc', '/etc/hosts', '/etc/hosts/x'],
    ],
    ['a file for a directory', 'rm -r replaced; echo x > replaced', ['/', '/replaced']],
    ['a link for a directory', 'rm -r replaced; ln -s gone replaced', ['/', '/replaced']],
    ['a mode', 'chmod 600 usr/big', ['/', '/usr', '/usr/big']],
    ['a mode of a directory', 'chmod 2750 etc/conf.d', ['/', '/etc', '/etc/conf.d']],
    ['an owner', 'chown 1000:70000 usr/su', ['/', '/usr', '/usr/su']],
    ['a large owner', 'chown 4294967294:3000000 etc/hosts', ['/', '/etc', '/etc/hosts']],
    [
      'a link retargeted',
      'ln -sfn elsewhere usr/lib/deep/link',
      ['/', '/usr', '/usr/lib', '/usr/lib/deep', '/usr/lib/deep/link'],
    ],
    ['a new hard link to what was there', 'ln usr/big usr/big2', ['/', '/usr', '/usr/big', '/usr/big2']],
    ['a hard link broken by writing', 'echo more >> usr/hl2', ['/', '/usr', '/usr/hl2']],
    ['a hard link broken by next to nothing', 'chmod 644 usr/hl2', ['/', '/usr', '/usr/hl2']],
    ['a moved file', 'mv usr/big etc/big', ['/', '/etc', '/etc/big', '/usr', '-/usr/big']],
    [
      'a moved directory',
      'mv etc/conf.d etc/other.d',
      ['/', '/etc', '-/etc/conf.d', '/etc/other.d', '/etc/other.d/one', '/etc/other.d/two'],
    ],
    [
      'a time to the nanosecond',
      "touch -d '2031-05-06 07:08:09.000000001' etc/hosts",
      ['/', '/etc', '/etc/hosts'],
    ],
    ['a time before 1970', "touch -d '1969-12-31 23:59:58.25 UTC' etc/hosts", ['/', '/etc', '/etc/hosts']],
    [
      'a fifo and devices',
      'mkfifo etc/f; mknod -m 640 etc/b b 259 70000; mknod etc/c c 300 3',
      ['/', '/etc', '/etc/b', '/etc/c', '/etc/f'],
    ],
    ['capabilities', 'setcap cap_net_bind_service=ep usr/big', ['/', '/usr', '/usr/big']],
    ['capabilities lost by writing', 'echo >> usr/ping', ['/', '/usr', '/usr/ping']],
    [
      'attributes',
      'setfattr -n user.a -v 0x0001ff usr/ping; setfattr -x user.note usr/ping; setfattr -n trusted.t -v x etc',
      ['/', '/etc', '/usr', '/usr/ping'],
    ],
    [
      'attributes that look like those of overlayfs',
      'setfattr -n user.overlay.opaque -v y etc/conf.d',
      ['/', '/etc', '/etc/conf.d'],
    ],
    ['a sparse file', 'truncate -s 20M etc/sparse; echo end >> etc/sparse', ['/', '/etc', '/etc/sparse']],
    ['an empty file of the same size as another', 'truncate -s 0 etc/hosts', ['/', '/etc', '/etc/hosts']],
    [
      'other content of the same size and time',
      'echo HOSTS > etc/hosts; touch -r etc/passwd etc/hosts',
      ['/', '/etc', '/etc/hosts'],
    ],
    ['the root', 'chmod 700 .', ['/']],
    [
      'a whiteout made anew',
      'rm etc/hosts; echo hosts > etc/hosts; rm etc/hosts',
      ['/', '/etc', '-/etc/hosts'],
    ],
    [
      'odd names',
      "touch $'etc/\\xff\\xfe' $'etc/new\\nline' 'etc/ü' etc/-rf 'etc/ sp ' etc/$(printf 'n%.0s' {1..255}); rm -r usr/lib",
      undefined,
    ],
  ];
  test.each(cases)('%s', async (_name, script, expected) => {
    const layer = await lawHolds(await container(script));
    if (expected !== undefined) expect(members(layer)).toEqual(expected);
  });
});

const MUCH = `
  rm -r gone replaced recreated usr/lib; mkdir recreated; echo 1 > recreated/1; ln recreated/1 recreated/again
  echo file > replaced; mkdir -p usr/lib/new; chmod 700 usr/lib; ln -s ../../etc usr/lib/new/link
  mv etc/conf.d usr/lib/conf.d; echo more >> usr/lib/conf.d/one; echo more >> usr/hl2; rm usr/hl3; ln usr/hl1 etc/hl4
  setcap cap_chown=ep usr/su; setfattr -n user.x -v y etc; chown 5:6 etc/hosts; mkfifo tmp/other; rm tmp/null
  truncate -s 5M etc/sparse; touch -d '1999-01-01 00:00:00.123456789' usr/big; chmod 755 tmp
  mkdir -p var/cache/apt/archives; echo deb > var/cache/apt/archives/x.deb; echo x > $'etc/\\xff'`;

describe('many changes together', () => {
  test('the law holds, and the same upper directory gives the same bytes', async () => {
    const made = await container(MUCH);
    const layer = await lawHolds(made);
    const again = await commitUpper(made.union, made.upper);
    expect(again?.bytes.equals(layer.bytes)).toBe(true);
    const packed = await commitUpper(made.union, made.upper, { compression: 'gzip' });
    const packedAgain = await commitUpper(made.union, made.upper, { compression: 'gzip' });
    expect(packed?.digest).toBe(packedAgain?.digest);
    expect([packed?.diffID, packed?.plainBytes]).toEqual([layer.diffID, layer.bytes.length]);
    expect(packed?.size).toBe(packed?.blob.length);
    expect(gunzipSync(packed?.blob ?? '').equals(layer.bytes)).toBe(true);
  });

  test('umoci unpacks the two layers to the same file system', async () => {
    const made = await container(MUCH);
    const layer = await lawHolds(made);
    const own = path.dirname(made.upper);
    shell(
      made.lower,
      `tar --create --file=${own}/lower.tar --format=posix --xattrs --xattrs-include='*' --numeric-owner .`,
    );
    writeFileSync(path.join(own, 'layer.tar'), layer.bytes);
    shell(
      own,
      `umoci init --layout image; umoci new --image image:t; umoci raw add-layer --image image:t lower.tar
       umoci raw add-layer --image image:t layer.tar`,
    );
    expect(compareTrees(await umociTree(path.join(own, 'image'), 't'), await readTree(made.merged))).toEqual(
      [],
    );
  });
});

describe('nothing', () => {
  test.each([
    ['no command', 'true'],
    ['only reading', 'find . -type f -exec cat {} +'],
    ['changes taken back', 'cp -a etc/hosts tmp/.h; rm tmp/.h; touch -d "2020-01-02 03:04:05.678901234" tmp'],
    ['metadata set to what it was', 'chmod 644 etc/hosts; chown 0:0 etc; chmod 755 etc usr'],
    [
      'a file written with what it had',
      'cp -p etc/hosts tmp/h; cat tmp/h > etc/hosts; touch -r tmp/h etc/hosts; rm tmp/h; touch -r etc/hosts tmp',
    ],
    [
      'something beside what a layer can hold',
      'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'tmp/s\')"; touch -r etc tmp',
    ],
    [
      'hard links made again',
      'rm usr/hl2; ln usr/hl1 usr/hl2; rm usr/hl3; ln usr/hl1 usr/hl3; touch -r etc usr',
    ],
    ['a directory made again', 'cp -a gone again; rm -r gone; mv again gone; touch -r etc .'],
  ])('%s makes no layer', async (_name, script) => {
    const made = await container(script);
    expect(await commitUpper(made.union, made.upper)).toBeUndefined();
  });
});

describe('what goes into the layer', () => {
  const FILES = `echo a > etc/a; echo b > etc/b; mkdir -p root/.cache/pip/x usr/p/__pycache__; echo c > root/.cache/pip/x/c
    echo d > usr/p/__pycache__/d.pyc; echo e > usr/p/e.py; echo deb > var/cache/apt/archives/a.deb; rm etc/hosts`;

  test('follows globs, with the directories above', async () => {
    const made = await container(FILES);
    const some = await commitUpper(made.union, made.upper, { include: ['/etc'], exclude: ['b'] });
    expect(members(some!)).toEqual(['/', '/etc', '-/etc/hosts', '/etc/a']);
    const one = await commitUpper(made.union, made.upper, { include: ['*.py'] });
    expect(members(one!)).toEqual(['/', '/usr', '/usr/p', '/usr/p/e.py']);
    expect(await commitUpper(made.union, made.upper, { exclude: ['/'] })).toBeUndefined();
  });

  test('is without caches, but deletions in them stay', async () => {
    const made = await container(`${FILES}; rm -r var/cache/apt/archives`);
    const layer = await commitUpper(made.union, made.upper, { dropCaches: true });
    expect(members(layer!)).toEqual([
      '/',
      '/etc',
      '-/etc/hosts',
      '/etc/a',
      '/etc/b',
      '/root',
      '/root/.cache',
      '/usr',
      '/usr/p',
      '/usr/p/e.py',
      '/var',
      '/var/cache',
      '/var/cache/apt',
      '-/var/cache/apt/archives',
    ]);
  });

  test('makes the next name of a hard link the file when the first is left out', async () => {
    const made = await container('echo x > etc/x; ln etc/x etc/y; ln etc/x etc/z');
    const layer = await commitUpper(made.union, made.upper, { exclude: ['/etc/x'] });
    const kinds = [...entriesOf(layer!.index)].map(({ kind, path: at, link }) => [at, kind, link]);
    expect(kinds.slice(-2)).toEqual([
      ['/etc/y', 'file', ''],
      ['/etc/z', 'hardlink', '/etc/y'],
    ]);
  });

  test('has no time after SOURCE_DATE_EPOCH, and earlier ones as they are', async () => {
    const made = await container("echo a > etc/a; touch -d '1999-01-01 UTC' etc/b");
    const layer = await commitUpper(made.union, made.upper, { sourceDateEpoch: 1_600_000_000 });
    const times = new Map([...entriesOf(layer!.index)].map(({ path: at, mtime }) => [at, mtime]));
    expect(times.get('/etc/a')).toBe(1_600_000_000_000_000_000n);
    expect(times.get('/etc/b')).toBe(915_148_800_000_000_000n);
  });

  test('is refused where a name means a deletion, unless it is left out', async () => {
    const made = await container('echo a > etc/.wh.a; echo b > etc/b');
    await expect(commitUpper(made.union, made.upper)).rejects.toThrow(/\/etc\/\.wh\.a: .*deletion/);
    expect(members((await commitUpper(made.union, made.upper, { exclude: ['.wh.*'] }))!)).toEqual([
      '/',
      '/etc',
      '/etc/b',
    ]);
  });

  test('is refused over the limit, before anything is read', async () => {
    const made = await container('truncate -s 1T etc/huge');
    await expect(
      commitUpper(made.union, made.upper, { limits: { ...DEFAULT_LIMITS, layerBytes: 2 ** 30 } }),
    ).rejects.toThrow(/1099511627776 bytes, over the limit/);
  });

  test('is refused when a file changes while it is read', async () => {
    const made = await container('head -c 3000000 /dev/zero > etc/growing');
    const onBytes = (): void => {
      appendFileSync(path.join(made.merged, 'etc/growing'), 'more');
    };
    await expect(commitUpper(made.union, made.upper, { onBytes })).rejects.toThrow(
      /growing: it became longer/,
    );
  });
});

test('a container with ids of its own gives the layer that it gives without', async () => {
  const made = await container(`
    rm -r gone; echo x > etc/x; chown 5:6 etc/x; mkdir -m 2755 etc/d; ln -s x etc/l; chown -h 7:8 etc/l; mkfifo etc/f
    chown 65534:65534 etc/hosts`);
  const plain = await lawHolds(made);
  execFileSync('python3', ['-c', SHIFT, made.upper]);
  const idMaps = {
    uid: [{ containerID: 0, hostID: 200_000, size: 65_536 }],
    gid: [{ containerID: 0, hostID: 300_000, size: 65_536 }],
  };
  const shifted = await commitUpper(made.union, made.upper, { idMaps });
  expect(shifted?.bytes.equals(plain.bytes)).toBe(true);
  await expect(
    commitUpper(made.union, made.upper, { idMaps: { ...idMaps, uid: [] } }),
  ).resolves.not.toHaveProperty('diffID', plain.diffID);
});

/** Gives all but the whiteouts, which the mounter owns, to the ids that a user namespace has outside. */
const SHIFT = `
import os, stat, sys
for top, _, files in os.walk(sys.argv[1], topdown=False):
    for path in [os.path.join(top, name) for name in files] + [top]:
        st = os.lstat(path)
        if stat.S_ISCHR(st.st_mode): continue
        os.lchown(path, st.st_uid + 200000, st.st_gid + 300000)
        if not stat.S_ISLNK(st.st_mode): os.chmod(path, stat.S_IMODE(st.st_mode))
`;
