import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { file } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { needRoot } from '../helpers/tool.js';

/* A store on a file system of 24 MB: EROFS takes no image in memory. */

const folder = useFolder();
const place = (): string => path.join(folder(), 'small');
const store = (...names: string[]): string => path.join(place(), 'store', ...names);

beforeAll(() => {
  needRoot();
  const disk = path.join(folder(), 'disk');
  mkdirSync(place());
  execFileSync('truncate', ['-s', '24M', disk]);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', disk]);
  execFileSync('mount', ['-o', 'loop', disk, place()]);
  vi.stubEnv('STRATA_STORE', store());
});
afterAll(() => {
  execFileSync('umount', [place()]);
});

const strata = (...argv: string[]): { status: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...argv], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

/** Leaves so many bytes free. */
function fill(free: number): void {
  rmSync(path.join(place(), 'filler'), { force: true });
  const { bavail, bsize } = statfsSync(place());
  writeFileSync(path.join(place(), 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - free)));
}
const empty = (): void => {
  rmSync(path.join(place(), 'filler'), { force: true });
};

function expectNothingHalf(): void {
  expect(readdirSync(store('tmp'))).toEqual([]);
  expect(readdirSync(store('locks'))).toEqual([]);
  const report = JSON.parse(strata('fsck', '--json').stdout) as { findings: object[] };
  expect(report.findings).toEqual([]);
}

test('run and commit on a full disk end with one clear error, leave nothing half-written and work again', async () => {
  const big = path.join(folder(), 'big');
  const step = { createdBy: 'x', layer: await layer([file('big', Buffer.alloc(8_000_000, 'x'))]) };
  writeFolder(big, simpleLayout(image({ steps: [step] }), 'x'));
  const make = ['run', '-q', '--name', 'one', '-u', '0', '--entrypoint', '/bin/sh', DEMO, '-c'];
  expect(strata(...make, 'head -c 6000000 /dev/urandom > /x')).toMatchObject({ status: 0, stderr: '' });

  // The plain layer of another image has no room.
  fill(4_000_000);
  const run = strata('run', '-q', '--rm', '--entrypoint', '/none', `oci:${big}`);
  expect(run.stderr).toMatch(
    /^E_DISK_FULL: storing the plain layer .*: no space left on the device\nhint: .*\n$/,
  );
  expect([run.status, run.stdout]).toEqual([125, '']);
  expectNothingHalf();
  empty();
  expect(strata('run', '-q', '--rm', '--entrypoint', '/none', `oci:${big}`).stderr).toMatch(
    /^E_COMMAND_MISSING/,
  );

  fill(2_000_000);
  const commit = strata('commit', '-q', 'one', 'app:1');
  expect(commit.stderr).toMatch(/^E_DISK_FULL: .*no space left on the device\nhint: .*\n$/);
  expect(commit.status).toBe(1);
  expectNothingHalf();
  empty();
  strata('prune', '--all');
  expect(strata('commit', '-q', 'one', 'app:1')).toMatchObject({ status: 0, stderr: '' });
  expectNothingHalf();
  expect(strata('rm', 'one').status).toBe(0);
});

test('what the hint of a copy on a full disk says frees what that copy left', async () => {
  empty();
  strata('prune', '--all', '--blobs-older-than', '0s');
  const two = path.join(folder(), 'two');
  const steps = await Promise.all(
    ['a', 'b'].map(async (name) => ({
      createdBy: name,
      layer: await layer([file(name, randomBytes(3_000_000))]),
    })),
  );
  writeFolder(two, simpleLayout(image({ steps }), 'x'));
  fill(4_500_000);
  const copy = strata('copy', '-q', `oci:${two}`, 'store:two:1');
  expect([copy.status, copy.stdout]).toEqual([1, '']);
  const hint = /\nhint: `strata ([^`]*)`/.exec(copy.stderr);
  const { bavail: before, bsize } = statfsSync(place());
  expect(strata(...(hint?.[1] ?? '').split(' ')).status).toBe(0);
  expect((statfsSync(place()).bavail - before) * bsize).toBeGreaterThan(2_900_000);
  expectNothingHalf();
});
