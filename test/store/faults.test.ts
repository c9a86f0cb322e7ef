import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { compileDeeds, run, traced } from './child.js';
import { DEEDS } from './deeds.js';
import { damage, filesBelow, openAt, scratch, storedDigests } from './scratch.js';

// Each test starts many processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const directory = scratch();
let program = '';
beforeAll(() => {
  program = compileDeeds(path.join(directory, 'js'));
});

/** Calls with the error that the file system may give there, and what the user is then told. */
const FAULTS = [
  ['pwrite64', 'ENOSPC', 'E_DISK_FULL'],
  ['pwrite64', 'EDQUOT', 'E_DISK_FULL'],
  ['pwrite64', 'EIO', 'E_STORE'],
  ['fsync', 'EIO', 'E_STORE'],
  ['fsync', 'ENOSPC', 'E_DISK_FULL'],
  ['rename', 'ENOSPC', 'E_DISK_FULL'],
  ['rename', 'EROFS', 'E_UNWRITABLE'],
  ['rename', 'EACCES', 'E_UNWRITABLE'],
  ['mkdir', 'ENOSPC', 'E_DISK_FULL'],
] as const;

describe('a failing call', () => {
  test.each(FAULTS)(
    '%s that gives %s ends in %s with nothing half-written, and a retry succeeds',
    async (call, errno, code) => {
      for (const nth of [1, 2, 4]) {
        const store = path.join(directory, `${call}-${errno}-${nth}`);
        const options = [
          '-o',
          '/dev/null',
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${call}:error=${errno}:when=${nth}`,
        ];
        const ended = await run('strace', traced([program, store, 'image', 'x'], options));
        expect(ended.stdout, `${call} ${nth}: ${ended.stderr}`).toBe(`${code}\n`);
        expect(filesBelow(path.join(store, 'tmp'))).toEqual([]);
        expect(filesBelow(path.join(store, 'locks'))).toEqual([]);
        storedDigests(store);
        expect(await damage(store)).toEqual([]);
        await DEEDS.image(await openAt(store), 'x');
        expect(await damage(store)).toEqual([]);
      }
    },
  );

  test.each(['pwrite64', 'rename', 'mkdir'])(
    'of derived data is survived: %s that gives ENOSPC costs the cache, not the command',
    async (call) => {
      const store = path.join(directory, `derive-${call}`);
      const options = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=ENOSPC:when=1+`];
      const ended = await run('strace', traced([program, store, 'derive', 'x'], options));
      expect(ended.stdout).toBe('done\n');
      expect(filesBelow(store)).toEqual([]);
    },
  );

  test('a write that takes only a part of the bytes is continued (write(2): it may take fewer)', async () => {
    const store = path.join(directory, 'short');
    // With RLIMIT_FSIZE the write that crosses the limit is a short one, the next gives EFBIG.
    const script = `ulimit -f 4; trap '' XFSZ; exec "$0" "$@"`;
    const log = path.join(directory, 'short.log');
    const args = traced([program, store, 'put', 'x'], ['-o', log, '-e', 'trace=pwrite64']);
    const ended = await run('bash', ['-c', script, 'strace', ...args]);
    expect(ended.stdout).toBe('E_STORE\n');
    expect(readFileSync(log, 'utf8')).toMatch(/, 3000, 3000\) += 1096\n.*, 1904, 4096\) += -1 EFBIG/);
    expect(filesBelow(path.join(store, 'tmp'))).toEqual([]);
    expect(storedDigests(store)).toEqual([]);
  });
});

test('a disk that fills up at any of 40 sizes: done or E_DISK_FULL, nothing half-written, every blob has its digest', async () => {
  for (let blocks = 1; blocks <= 40; blocks += 3) {
    const ended = await (process.getuid?.() === 0 ? onSmallDisk(blocks) : withFewWrites(blocks));
    expect(['done\n', 'E_DISK_FULL\n'], ended.stderr).toContain(ended.stdout);
    const store = path.join(directory, `disk-${blocks}`, 'store');
    expect(filesBelow(path.join(store, 'tmp'))).toEqual([]);
    storedDigests(store);
    expect(await damage(store)).toEqual([]);
    if (blocks === 1) expect(ended.stdout).toBe('E_DISK_FULL\n');
    if (blocks === 40) expect(ended.stdout).toBe('done\n');
  }
});

/** A tmpfs of so many pages in a mount namespace of its own, copied out when the deed is over. */
function onSmallDisk(blocks: number): ReturnType<typeof run> {
  const base = path.join(directory, `disk-${blocks}`);
  const disk = path.join(base, 'disk');
  mkdirSync(disk, { recursive: true });
  const script = `
    mount -t tmpfs -o size=${blocks * 4}k none ${disk} || exit 9
    ${process.execPath} ${program} ${disk}/store image x; code=$?
    cp -a ${disk}/store ${base}/store 2>/dev/null
    exit $code`;
  return run('unshare', ['--mount', 'sh', '-c', script]);
}

/** The same for those who may not mount: every write after the first ones finds the disk full. */
function withFewWrites(blocks: number): ReturnType<typeof run> {
  const store = path.join(directory, `disk-${blocks}`, 'store');
  mkdirSync(path.dirname(store), { recursive: true });
  const options = [
    '-o',
    '/dev/null',
    '-e',
    'trace=pwrite64',
    '-e',
    `inject=pwrite64:error=ENOSPC:when=${blocks}+`,
  ];
  return run('strace', traced([program, store, 'image', 'x'], options));
}

test('the line a user sees names the deed, the cause and a way out', async () => {
  const { failStore } = await import('../../src/store/failure.js');
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(() => failStore('storing blob x', full)).toThrow(
    expect.objectContaining({
      code: 'E_DISK_FULL',
      message: 'storing blob x: no space left on the device',
      hint: expect.stringContaining('prune') as string,
    }) as Error,
  );
});
