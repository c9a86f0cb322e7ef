import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import Export from '../../src/commands/export.js';
import { DEMO, useFolder, validJson } from '../helpers/look.js';
import { compareTrees, readTree, umociTree } from '../helpers/oracle.js';
import { snapshotTree, withImage } from '../helpers/our-tree.js';
import { FIXTURES, RUN, runCommand } from '../helpers/run-command.js';
import { rootTest } from '../helpers/root.js';
import { needTool } from '../helpers/tool.js';
import { traced } from '../store/child.js';

const folder = useFolder();
const exported = (...argv: string[]) => runCommand(Export, argv);
let out = '';
beforeEach(() => {
  out = path.join(folder(), 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
});
const to = (name: string): string => path.join(out, name);

/** What GNU tar makes of an export. */
async function unpacked(image: string) {
  expect((await exported(image, '-q', '-o', to('export.tar'))).status).toBe(0);
  mkdirSync(to('root'));
  execFileSync(
    'tar',
    ['-xpf', to('export.tar'), '--xattrs', '--xattrs-include=*', '--numeric-owner', '-C', to('root')],
    {
      stdio: 'pipe',
    },
  );
  return readTree(to('root'));
}

const LAYOUTS = [
  ['demo-oci', '2.4'],
  ['oci', '1'],
  ['oci-plain', '1'],
  ['oci-several', 'two'],
  ['oci-empty-layers', 'empty'],
  ['oci-130-layers', 'layers-130'],
] as const;

describe('law 1: GNU tar makes of the export what umoci unpacks, entry by entry, xattrs too', () => {
  rootTest.each(LAYOUTS)('%s', async (name, tag) => {
    const layout = path.join(FIXTURES, name);
    const ours = await unpacked(`oci:${layout}:${tag}`);
    expect(ours.size).toBeGreaterThan(1);
    // Without an entry for `/` each tool invents one.
    expect(compareTrees(ours, await umociTree(layout, tag), { except: (at) => at === '/' })).toEqual([]);
  });
});

describe('an export is an image again', () => {
  test('read as a rootfs, it has the same tree, to the nanosecond', async () => {
    for (const image of [DEMO, `${DEMO}@5`, `${DEMO}@1`]) {
      expect((await exported(image, '-q', '-o', to('export.tar'), '--force')).status).toBe(0);
      const n = Number(/@(\d+)$/.exec(image)?.[1] ?? 12);
      const theirs = await withImage(DEMO, ({ union }) => snapshotTree(union, n));
      const ours = await withImage(`rootfs:${to('export.tar')}`, ({ union, layers }) => {
        expect(layers[0].index.anomalies.filter(({ code }) => !code.startsWith('path-'))).toEqual([]);
        return snapshotTree(union, 1);
      });
      expect(compareTrees(ours, theirs)).toEqual([]);
    }
  });
});

describe('law 6: same input, same bytes', () => {
  test('whatever form the image is in, read before or not, into a pipe or a file', async () => {
    const first = await exported(DEMO);
    expect(first.status).toBe(0);
    for (const form of [
      `oci:${FIXTURES}/demo-oci:2.4`,
      `oci:${FIXTURES}/demo-zstd:2.4`,
      `oci-archive:${FIXTURES}/demo.oci.tar`,
    ])
      expect([form, (await exported(form, '-q')).bytes.equals(first.bytes)]).toEqual([form, true]);
    await exported(DEMO, '-o', to('file.tar'));
    expect(readFileSync(to('file.tar')).equals(first.bytes)).toBe(true);
  });

  test('SOURCE_DATE_EPOCH lowers later times and leaves earlier ones', async () => {
    const listed = (bytes: Buffer): string[] =>
      execFileSync('tar', ['-tvf', '-', '--full-time', '--utc'], { input: bytes, encoding: 'utf8' })
        .trimEnd()
        .split('\n');
    const timeOf = (line: string): number =>
      Date.parse(`${/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(line)?.[0] ?? ''}Z`) / 1000;
    const before = listed((await exported(DEMO)).bytes);
    const epoch = 1772366700;
    vi.stubEnv('SOURCE_DATE_EPOCH', String(epoch));
    try {
      const after = listed((await exported(DEMO)).bytes);
      expect(after.map(timeOf)).toEqual(before.map((line) => Math.min(timeOf(line), epoch)));
      expect(
        before.map(timeOf).some((time) => time > epoch) && before.map(timeOf).some((time) => time < epoch),
      ).toBe(true);
      vi.stubEnv('SOURCE_DATE_EPOCH', 'yesterday');
      expect((await exported(DEMO)).stderr).toMatch(/^E_USAGE: reading SOURCE_DATE_EPOCH/m);
    } finally {
      vi.stubEnv('SOURCE_DATE_EPOCH', undefined);
    }
  });
});

describe('other readers', () => {
  test('GNU tar, bsdtar and Python list the same; links stand behind their targets, directories behind their files', async () => {
    needTool('bsdtar');
    await exported(DEMO, '-o', to('export.tar'));
    const script = `
import tarfile, sys, os
with tarfile.open(sys.argv[1], encoding="utf-8", errors="surrogateescape") as t:
  for m in t: sys.stdout.buffer.write(os.fsencode(m.name + ("/" if m.isdir() else "") + "\\0" + (m.linkname if m.islnk() else "") + "\\n"))
`;
    const rows = execFileSync('python3', ['-c', script, to('export.tar')], {
      encoding: 'latin1',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    // A name of the demo holds a line feed: split where a row's NUL is.
    const members = [...rows.matchAll(/([^\0]+)\0([^\n]*)\n/g)].map(([, name, target]) => ({ name, target }));
    const seen = new Set<string>();
    for (const { name, target } of members) {
      if (target !== '') expect([name, seen.has(target)]).toEqual([name, true]);
      seen.add(name);
    }
    const position = new Map(members.map(({ name }, i) => [name, i]));
    const files = execFileSync('tar', ['-tvf', to('export.tar')], { encoding: 'latin1' })
      .split('\n')
      .filter((line) => line.startsWith('-')).length;
    for (const { name } of members.slice(0, files)) {
      const parent = name.replace(/[^/]+$/, '');
      expect([name, (position.get(parent) ?? Infinity) > (position.get(name) ?? 0)]).toEqual([name, true]);
    }
    expect(members).toHaveLength(211);
    const count = (program: string, ...argv: string[]): number =>
      execFileSync(program, [...argv, to('export.tar')], {
        encoding: 'latin1',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      })
        .trimEnd()
        .split('\n').length;
    expect(count('tar', '-tf')).toBe(211);
    expect(count('bsdtar', '-tf')).toBe(211);
  });

  test('a tree is named by its own name, a file and a link too', async () => {
    const names = async (typed: string): Promise<string[]> =>
      execFileSync('tar', ['-tf', '-'], { input: (await exported(DEMO, typed)).bytes, encoding: 'utf8' })
        .trimEnd()
        .split('\n');
    expect(await names('/etc/apt')).toEqual([
      'apt/sources.list.d/debian.sources',
      'apt/',
      'apt/sources.list.d/',
    ]);
    expect(await names('/etc/hostname')).toEqual(['hostname']);
    expect(await names('/bin')).toEqual(['bin']);
  });
});

describe('--output', () => {
  test('overwrites nothing without --force, and never a directory or device', async () => {
    writeFileSync(to('file'), 'mine');
    symlinkSync('file', to('link'));
    mkdirSync(to('directory'));
    execFileSync('mkfifo', [to('fifo')]);
    for (const name of ['file', 'link', 'directory', 'fifo']) {
      const { status, stderr } = await exported(DEMO, '-o', to(name));
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^E_EXISTS: writing /m)]);
    }
    expect(readFileSync(to('file'), 'utf8')).toBe('mine');
    for (const name of ['directory', 'fifo'])
      expect((await exported(DEMO, '-o', to(name), '--force')).status).toBe(1);
    symlinkSync('fifo', to('to-fifo'));
    for (const name of [to('to-fifo'), '/dev/fd/1', '/proc/self/fd/1'])
      expect((await exported(DEMO, '-o', name, '--force')).stderr).toMatch(/^E_EXISTS: .*no regular file/m);
    // The link is replaced, not what it leads to.
    expect((await exported(DEMO, '-o', to('link'), '--force')).status).toBe(0);
    expect(readFileSync(to('file'), 'utf8')).toBe('mine');
    expect((await exported(DEMO, '-o', to('file'), '--force')).status).toBe(0);
    expect(readFileSync(to('file')).equals(readFileSync(to('link')))).toBe(true);
    chmodSync(to('file'), 0o600);
    expect((await exported(DEMO, '-o', to('file'), '--force')).status).toBe(0);
    expect(statSync(to('file')).mode & 0o777).toBe(0o600);
  });

  rootTest('leaves nothing behind when the disk is full or there is no such directory', async () => {
    mkdirSync(to('small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', to('small')]);
    try {
      const { status, stderr } = await exported(DEMO, '-o', to('small/x.tar'));
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^E_DISK_FULL: writing .*x\.tar/m)]);
      expect(readdirSync(to('small'))).toEqual([]);
    } finally {
      execFileSync('umount', [to('small')]);
    }
    const missing = await exported(DEMO, '-o', to('no/x.tar'));
    expect([missing.status, missing.stderr]).toEqual([4, expect.stringMatching(/^E_NOT_FOUND: writing /m)]);
  });

  test('where permissions cannot be set, a file that has others than a new one stays, and nothing is beside it', () => {
    const refusing = ['-o', '/dev/null', '-e', 'trace=fchmod', '-e', 'inject=fchmod:error=EPERM'];
    const command = [RUN, 'export', '-q', DEMO, '/etc', '-o', to('file'), '--force'];
    const replaced = (mode: number) => {
      writeFileSync(to('file'), 'mine');
      chmodSync(to('file'), mode);
      const { status, stderr } = spawnSync('strace', traced(command, refusing), { encoding: 'utf8' });
      expect(readdirSync(out)).toEqual(['file']);
      return [status, stderr, readFileSync(to('file'), 'utf8') === 'mine'];
    };
    const umask = process.umask(0o077);
    try {
      expect(replaced(0o644)).toEqual([
        1,
        expect.stringMatching(/^E_UNWRITABLE: writing .*file: operation not permitted$/m),
        true,
      ]);
      expect(replaced(0o600)).toEqual([0, '', false]);
    } finally {
      process.umask(umask);
    }
  });

  test('obeys the umask', async () => {
    const umask = process.umask(0o077);
    try {
      await exported(DEMO, '/etc', '-o', to('x.tar'));
    } finally {
      process.umask(umask);
    }
    expect(execFileSync('stat', ['-c', '%a', to('x.tar')], { encoding: 'utf8' }).trim()).toBe('600');
    chmodSync(to('x.tar'), 0o600);
  });

  test('--json says what was written, by its schema; without a file there is no room for it', async () => {
    const ended = await exported(DEMO, '/etc', '-o', to('etc.tar'), '--json');
    expect(validJson('export.json', ended)).toMatchObject({
      snapshot: 12,
      path: '/etc',
      members: 12,
      bytes: readFileSync(to('etc.tar')).length,
    });
    expect((await exported(DEMO, '--json')).status).toBe(2);
  });
});

test('a terminal is refused, a reader that goes away is not an error', async () => {
  const { status, stderr } = await runCommand(Export, [DEMO], { tty: 80 });
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^E_BINARY_TO_TERMINAL: /m)]);
  const piped = spawnSync(
    'bash',
    ['-c', `set -o pipefail; "${process.execPath}" "${RUN}" export -q "${DEMO}" | head -c 10`],
    {
      env: { ...process.env },
      encoding: 'latin1',
    },
  );
  expect([piped.status, piped.stderr]).toEqual([0, '']);
});

test('errors of the image refuse it, --despite-errors does not; nothing is written then', async () => {
  const layer = path.join(folder(), 'escape.tar');
  execFileSync('tar', ['-C', FIXTURES, '-P', '--transform', 's,^,../,', '-cf', layer, 'rootfs.tar']);
  const { status, stdout } = await exported(`rootfs:${layer}`, '-o', to('x.tar'));
  expect([status, stdout, existsSync(to('x.tar')), readdirSync(out)]).toEqual([3, '', false, []]);
  expect((await exported(`rootfs:${layer}`, '-o', to('x.tar'), '--despite-errors')).status).toBe(0);
});
