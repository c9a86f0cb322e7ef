import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import Extract from '../../src/commands/extract.js';
import { dir, file, tar } from '../../fixtures/tar.js';
import { CONTROL, DEMO, useFolder, validJson } from '../helpers/look.js';
import { compareTrees, type OracleTree, readTree, umociTree } from '../helpers/oracle.js';
import { FIXTURES, RUN, runCommand } from '../helpers/run-command.js';
import { removeTree } from '../helpers/remove.js';
import { rootTest } from '../helpers/root.js';
import { asUser } from '../helpers/tool.js';

const folder = useFolder();
const extract = (...argv: string[]) => runCommand(Extract, argv);
let out = '';
beforeEach(() => {
  out = path.join(folder(), 'out');
  removeTree(out);
  mkdirSync(out);
});
const to = (name: string): string => path.join(out, name);

/** Runs the command with the output folder as its current directory. */
async function extractHere(...argv: string[]) {
  const before = process.cwd();
  process.chdir(out);
  try {
    return await extract(...argv);
  } finally {
    process.chdir(before);
  }
}

/** Node takes times as floating point seconds, and 24 hands on the nanoseconds that their rounding makes. */
const nearestMicrosecond = (ns: bigint): bigint => ((ns + 500n) / 1000n) * 1000n;
function nearest(tree: OracleTree): OracleTree {
  return new Map(
    [...tree].map(([name, entry]) => [name, { ...entry, mtimeNs: nearestMicrosecond(entry.mtimeNs) }]),
  );
}

/** Node sets no times more exact than that. */
function toMicroseconds(tree: OracleTree): OracleTree {
  return new Map(
    [...tree].map(([name, entry]) => [name, { ...entry, mtimeNs: entry.mtimeNs - (entry.mtimeNs % 1000n) }]),
  );
}

describe('a whole tree', () => {
  rootTest('is what umoci unpacks, entry by entry, but for what Node cannot make', async () => {
    const { status, stdout, stderr } = await extract(DEMO, '/', '-o', to('root'), '--preserve');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^extracted \/ to .*\/root: 158 files, 2\.42 MB\n$/);
    expect(stderr).toMatch(
      /warning: left out: 1 named pipe \(\/app\/data\/inbox\); the extended attributes of 1 path /,
    );
    const ours = await readTree(to('root'));
    const theirs = await umociTree(path.join(FIXTURES, 'demo-oci'), '2.4');
    // Without an entry of its own each tool gives the root its own mode and time.
    const options = {
      except: (name: string) => name === '/app/data/inbox' || name === '/usr/bin/ping' || name === '/',
    };
    expect(compareTrees(nearest(ours), toMicroseconds(theirs), options)).toEqual([]);
    expect(ours.get('/usr/bin/ping')).toMatchObject({
      sha256: theirs.get('/usr/bin/ping')?.sha256,
      xattrs: {},
    });
  });

  test('without --preserve belongs to the caller, obeys the umask and has no setuid file', async () => {
    const umask = process.umask(0o027);
    try {
      expect((await extract(DEMO, '/', '-o', to('root'))).status).toBe(0);
    } finally {
      process.umask(umask);
    }
    let files = 0;
    for (const [name, { mode, uid, kind }] of await readTree(to('root'))) {
      if (kind === 'symlink') continue;
      files++;
      expect([name, mode & 0o7027, uid]).toEqual([name, 0, process.getuid?.()]);
    }
    expect(files).toBeGreaterThan(100);
  });

  test('as a user who is not root, with directories that nobody may write', () => {
    const layer = path.join(folder(), 'readonly.tar');
    mkdirSync(to('src/a/b'), { recursive: true });
    writeFileSync(to('src/a/b/file'), 'x');
    for (const name of ['src/a/b/file', 'src/a/b', 'src/a', 'src'])
      chmodSync(to(name), name.endsWith('file') ? 0o444 : 0o555);
    execFileSync('tar', ['-C', to('src'), '-cf', layer, '.']);
    const home = to('home');
    mkdirSync(home);
    const env = { ...process.env, STRATA_STORE: path.join(home, 'store'), HOME: home };
    const asNobody = (...argv: string[]) =>
      execFileSync(...asUser(65_534, [RUN, 'extract', ...argv]), { cwd: home, env, stdio: 'pipe' });
    asNobody('-q', `rootfs:${layer}`, '/', '-o', 'root');
    asNobody('-q', `rootfs:${layer}`, '/a');
    expect([statSync(`${home}/root`).mode & 0o777, statSync(`${home}/a/b`).mode & 0o777]).toEqual([
      0o555, 0o555,
    ]);
    expect(readdirSync(home).filter((name) => name.startsWith('.strata'))).toEqual([]);
    expect(() => asNobody('-qp', `rootfs:${layer}`, '/a', '-o', 'p')).toThrow(/E_PRIVILEGE/);
  }, 120_000);
});

describe('names and places', () => {
  test('the default is the own name in the current directory', async () => {
    const { status, stdout } = await extractHere(DEMO, '/usr/lib/os-release');
    expect([status, stdout]).toEqual([0, 'extracted /usr/lib/os-release to os-release: 1 file, 145 B\n']);
    expect(readFileSync(to('os-release'), 'utf8')).toContain('PRETTY_NAME');
    expect((await extractHere(DEMO, 'etc/apt/')).status).toBe(0);
    expect(existsSync(to('apt/sources.list.d/debian.sources'))).toBe(true);
  });

  test('the root has no name of its own', async () => {
    for (const root of ['/', '.', '/etc/..']) {
      const { status, stderr } = await extractHere(DEMO, root);
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(/^E_USAGE: extracting .*\nhint: name a destination/m),
      ]);
    }
  });

  test('several go into a directory that exists, each by its own name', async () => {
    expect((await extract(DEMO, '/etc/apt', '/etc/hostname', '--into', out)).status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['apt', 'hostname']);
    expect((await extract(DEMO, '/etc/apt', '/etc/hostname')).stderr).toMatch(
      /^E_USAGE: .*\nhint: .*--into/m,
    );
    const missing = await extract(DEMO, '/etc/apt', '--into', to('no'));
    expect([missing.status, missing.stderr]).toEqual([
      4,
      expect.stringMatching(/^E_NOT_FOUND: writing .*\/no/m),
    ]);
    const twins = await extract(DEMO, '/etc/apt', '/var/lib/apt/../../../etc/apt', '--into', out);
    expect([twins.status, twins.stderr]).toEqual([
      2,
      expect.stringMatching(/^E_USAGE: .*both are called apt/m),
    ]);
  });

  test('a link is a link; --follow takes what it leads to inside the image', async () => {
    expect((await extract(DEMO, '/bin', '-o', to('bin'))).status).toBe(0);
    expect(readlinkSync(to('bin'))).toBe('usr/bin');
    expect((await extract(DEMO, '/bin', '-o', to('bin2'), '--follow')).status).toBe(0);
    expect(existsSync(to('bin2/busybox'))).toBe(true);
    // Below a link the way is followed either way, as in any file system.
    expect((await extract(DEMO, '/bin/busybox', '-o', to('busybox'))).status).toBe(0);
    expect(lstatSync(to('busybox')).isFile()).toBe(true);
  });

  test('names that are not UTF-8 keep their bytes; typed as a listing shows them', async () => {
    const { status } = await extractHere(DEMO, '/app/uploads/caf\\xe9.txt');
    expect(status).toBe(0);
    expect(readdirSync(out, { encoding: 'buffer' }).map((name) => name.toString('latin1'))).toEqual([
      'caf\xe9.txt',
    ]);
  });

  test('what the terminal is told has no control character of a name', async () => {
    const { status, stdout, stderr } = await extractHere(DEMO, '/app/uploads/\x1b[2J\x1b[31mred.txt');
    expect(status).toBe(0);
    expect(stdout + stderr).not.toMatch(CONTROL);
    expect(readdirSync(out)).toEqual(['\x1b[2J\x1b[31mred.txt']);
  });
});

describe('nothing is overwritten', () => {
  test('a file, a full directory, a link that leads nowhere', async () => {
    writeFileSync(to('file'), 'mine');
    // Files go into a directory; there are their names taken, too.
    for (const name of ['hostname', 'bin']) mkdirSync(to(`full/${name}`), { recursive: true });
    for (const name of ['hostname', 'bin']) writeFileSync(to(`full/${name}/mine`), '');
    symlinkSync('/nonexistent/hx', to('link'));
    for (const name of ['file', 'full', 'link'])
      for (const what of ['/etc', '/etc/hostname', '/bin']) {
        const { status, stderr } = await extract(DEMO, what, '-o', to(name));
        expect([status, stderr]).toEqual([1, expect.stringMatching(/^E_EXISTS: writing /m)]);
      }
    expect(readFileSync(to('file'), 'utf8')).toBe('mine');
    expect(readdirSync(out).sort()).toEqual(['file', 'full', 'link']);
  });

  test('an empty directory is filled, but not the current one', async () => {
    mkdirSync(to('empty'));
    expect((await extract(DEMO, '/etc', '-o', to('empty'))).status).toBe(0);
    expect(existsSync(to('empty/hostname'))).toBe(true);
    mkdirSync(to('here'));
    const before = process.cwd();
    process.chdir(to('here'));
    try {
      const { status, stderr } = await extract(DEMO, '/etc', '-o', '.');
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^E_EXISTS: .*current directory/m)]);
    } finally {
      process.chdir(before);
    }
  });
});

describe('all or nothing', () => {
  rootTest('a full disk', async () => {
    mkdirSync(to('small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', to('small')]);
    try {
      const { status, stderr } = await extract(DEMO, '/', '-o', to('small/root'));
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^E_DISK_FULL: extracting \//m)]);
      expect(readdirSync(to('small'))).toEqual([]);
    } finally {
      execFileSync('umount', [to('small')]);
    }
  });

  test('a place that cannot be written', async () => {
    const { status, stderr } = await extract(DEMO, '/etc', '-o', '/proc/strata-test');
    expect([status, stderr]).toEqual([
      expect.any(Number),
      expect.stringMatching(/^E_(UNWRITABLE|NOT_FOUND): writing \/proc/m),
    ]);
  });

  test('Ctrl-C', async () => {
    // Large enough to be met at work: 60,000 directories.
    const script =
      'import tarfile,sys\nt=tarfile.open(sys.argv[1],"w")\nfor i in range(60000):\n i=tarfile.TarInfo(f"d{i%500}/e{i}"); i.type=tarfile.DIRTYPE; t.addfile(i)';
    const layer = path.join(folder(), 'many.tar');
    execFileSync('python3', ['-c', script, layer]);
    const child = spawn(process.execPath, [RUN, 'extract', `rootfs:${layer}`, '/', '-o', to('root')], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (!readdirSync(out).some((name) => name.startsWith('.strata-'))) await sleep(20);
    expect(child.kill('SIGINT')).toBe(true);
    expect(await ended).toBe(130);
    expect(readdirSync(out)).toEqual([]);
  }, 180_000);

  test('a layer that is not here; what does not need it can be had', async () => {
    const image = `oci:${path.join(FIXTURES, 'oci-foreign')}`;
    const whole = await extract(image, '/', '-o', to('root'));
    expect([whole.status, whole.stderr]).toEqual([4, expect.stringMatching(/^E_LAYER_UNAVAILABLE: /m)]);
    expect(existsSync(to('root'))).toBe(false);
    // It comes from the layer above, which is here.
    expect((await extract(image, '/own', '-o', to('own'))).status).toBe(0);
  });

  test('errors of the image refuse it, --despite-errors does not', async () => {
    const layer = path.join(folder(), 'escape.tar');
    execFileSync('tar', ['-C', FIXTURES, '-P', '--transform', 's,^,../,', '-cf', layer, 'rootfs.tar']);
    const { status, stderr } = await extract(`rootfs:${layer}`, '/', '-o', to('root'));
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/^E_DAMAGED: .*1 anomaly .*\nhint: strata verify .*--despite-errors/m),
    ]);
    expect(readdirSync(out)).toEqual([]);
    expect((await extract(`rootfs:${layer}`, '/', '-o', to('root'), '--despite-errors')).status).toBe(0);
    expect(readdirSync(to('root'))).toEqual(['rootfs.tar']);
    for (const form of [[], ['--json']])
      expect((await extract(DEMO, '/', '-o', to('strict'), '--strict', ...form)).status).toBe(3);
    expect(existsSync(to('strict'))).toBe(false);
  });
});

describe('standard output', () => {
  test('gets the bytes of one file', async () => {
    const { status, bytes } = await extract(DEMO, '/usr/bin/busybox', '-o', '-');
    await extract(DEMO, '/usr/bin/busybox', '-o', to('busybox'));
    expect(status).toBe(0);
    expect(bytes.equals(readFileSync(to('busybox')))).toBe(true);
  });

  test('gets nothing else', async () => {
    for (const name of ['/etc', '/bin', '/app/data/inbox']) {
      const { status, stdout, stderr } = await extract(DEMO, name, '-o', '-');
      expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^E_NOT_A_FILE: /m)]);
    }
    expect((await runCommand(Extract, [DEMO, '/etc/hostname', '-o', '-'], { tty: 80 })).status).toBe(2);
    expect((await extract(DEMO, '/etc/hostname', '-o', '-', '--json')).stdout).toContain('E_USAGE');
  });
});

test('a device alone is refused with the way to have it', async () => {
  const { status, stderr } = await extract(DEMO, '/app/data/inbox', '-o', to('inbox'));
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^E_NOT_A_FILE: .*named pipe\nhint: strata export /m),
  ]);
  expect(readdirSync(out)).toEqual([]);
});

test('hard links stay links, sparse files stay sparse, times are exact to the microsecond', async () => {
  const script = [
    'mkdir s; truncate -s 3M s/hole; printf x | dd of=s/hole bs=1 seek=2000000 conv=notrunc status=none',
    'echo a > s/a; ln s/a s/b; mkdir s/d; ln s/a s/d/c; touch -d @1234567890.123456789 s/a; touch -d @-5.25 s/hole',
    'tar --format=posix -S -C s -cf sparse.tar .',
  ].join('; ');
  execFileSync('sh', ['-ec', script], { cwd: out });
  expect((await extract(`rootfs:${to('sparse.tar')}`, '/', '-o', to('root'))).status).toBe(0);
  const hole = statSync(to('root/hole'));
  expect([hole.size, hole.blocks * 512 < 100_000, hole.mtimeMs]).toEqual([3 * 1024 * 1024, true, -5250]);
  expect(readFileSync(to('root/hole')).equals(readFileSync(to('s/hole')))).toBe(true);
  const inodes = ['a', 'b', 'd/c'].map((name) => statSync(to(`root/${name}`)).ino);
  expect(new Set(inodes).size).toBe(1);
  expect(nearestMicrosecond(statSync(to('root/a'), { bigint: true }).mtimeNs)).toBe(1234567890123456000n);
});

rootTest('--preserve says whose owner nobody can be, and such a file lends nobody its rights', async () => {
  writeFileSync(
    to('owners.tar'),
    tar([
      file('none', 'x', { uid: 0xffffffff, gid: 7, mode: 0o6755 }),
      file('group', 'x', { uid: 5, gid: 0xffffffff, mode: 0o6755 }),
      file('last', 'x', { uid: 0xfffffffe, gid: 8, mode: 0o4755 }),
      dir('shelf', { uid: 0xffffffff }),
    ]),
  );
  const image = `rootfs:${to('owners.tar')}`;
  const ended = await extract(image, '/', '-o', to('owned'), '-p');
  expect(ended.status).toBe(0);
  // Directories have owners, but are no files.
  expect(ended.stdout).toContain(': 3 files,');
  expect(ended.stderr).toMatch(
    /warning: left out: the owner of 3 paths, which nobody can be \(\/group, \/none, \/shelf\)\n/,
  );
  const made = (name: string): number[] => {
    const { uid, gid, mode } = lstatSync(to(`owned/${name}`));
    return [uid, gid, mode & 0o7777];
  };
  expect(made('none')).toEqual([0, 7, 0o2755]);
  expect(made('group')).toEqual([5, 0, 0o4755]);
  expect(made('last')).toEqual([0xfffffffe, 8, 0o4755]);
  expect((await extract(image, '/', '-o', to('mine'))).stderr).not.toContain('left out');
  expect(
    validJson('extract.json', await extract(image, '/none', '-o', to('one'), '-p', '--json')),
  ).toMatchObject({
    notRestored: [{ what: 'owner', count: 1, first: [{ path: '/none' }] }],
  });
});

describe('--output that is a directory', () => {
  test('gets a file or link by its own name, as with cp, whatever else is in it', async () => {
    mkdirSync(to('empty'));
    expect((await extract(DEMO, '/etc/os-release', '-o', to('empty'))).stdout).toContain(
      to('empty/os-release'),
    );
    expect((await extract(DEMO, '/etc/passwd', '-o', `${to('empty')}/`)).status).toBe(0);
    expect((await extract(DEMO, '/app/current', '-o', to('empty'))).status).toBe(0);
    expect(readdirSync(to('empty')).sort()).toEqual(['current', 'os-release', 'passwd']);
    const again = await extract(DEMO, '/etc/passwd', '-o', to('empty'));
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining(to('empty/passwd'))]);
  });

  test('must be there when a slash is behind it', async () => {
    const ended = await extract(DEMO, '/etc/passwd', '-o', `${to('none')}/`);
    expect(ended.status).toBe(4);
    expect(ended.stderr).toMatch(
      /E_NOT_FOUND: writing .*none\/: there is no such directory\nhint: make it first/,
    );
    expect(readdirSync(out)).toEqual([]);
  });

  test('becomes a directory of the image when it is empty', async () => {
    mkdirSync(to('empty'));
    expect((await extract(DEMO, '/etc/apt', '-o', `${to('empty')}/`)).status).toBe(0);
    expect(existsSync(to('empty/apt'))).toBe(false);
    expect((await extract(DEMO, '/etc/apt', '-o', to('empty'))).stderr).toContain('E_EXISTS');
  });
});

test('--json says what went where and what was left out, by its schema', async () => {
  const ended = await extract(DEMO, '/app/data', '/usr/bin/ping', '--into', out, '--json');
  expect(ended.status).toBe(0);
  expect(validJson('extract.json', ended)).toMatchObject({
    snapshot: 12,
    extracted: [
      { path: '/app/data', destination: to('data'), kind: 'directory' },
      { path: '/usr/bin/ping', destination: to('ping'), kind: 'file' },
    ],
    notRestored: [
      { what: 'fifo', count: 1, first: [{ path: '/app/data/inbox' }] },
      { what: 'xattrs', count: 1, first: [{ path: '/usr/bin/ping' }] },
    ],
  });
});
