import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, openSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findEngine } from '../../../src/runtime/engine/find-engine.js';
import { mountReadOnly } from '../../../src/runtime/engine/read-only-program.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { unmount } from '../../../src/runtime/sys/mount.js';
import { useFolder } from '../../helpers/look.js';

const folder = useFolder();

beforeAll(() => {
  enterPrivateMounts();
});

/** How many programs `crun state` is, one after another, as the kernel sees it. */
function programsOf(crun: string): number {
  const log = path.join(folder(), 'log');
  const traced = ['-f', '-o', log, '-e', 'trace=execve,execveat', crun, `--root=${folder()}/root`];
  const { error } = spawnSync('strace', [...traced, 'state', 'nobody']);
  if (error !== undefined) throw new Error('strace is missing: apt-get install strace', { cause: error });
  return readFileSync(log, 'utf8').match(/\bexecve(?:at)?\(/g)?.length ?? 0;
}

const mountsOn = (place: string): number =>
  readFileSync('/proc/self/mountinfo', 'utf8').split(` ${place} `).length - 1;

// CVE-2019-5736: a container that opens the runtime as /proc/self/exe must not write to it.
test('a runtime on a read-only mount starts once and cannot be written to; it is mounted once', () => {
  const crun = path.join(folder(), 'crun');
  copyFileSync(findEngine('crun').program, crun);
  symlinkSync('crun', path.join(folder(), 'link'));
  const written = (): string => {
    try {
      closeSync(openSync(crun, 'r+'));
      return 'opened';
    } catch (thrown) {
      return (thrown as NodeJS.ErrnoException).code ?? '';
    }
  };
  expect([written(), programsOf(crun)]).toEqual(['opened', 2]);
  for (const again of [0, 1, 2]) mountReadOnly(path.join(folder(), again === 2 ? 'link' : 'crun'));
  try {
    expect([written(), programsOf(crun), mountsOn(crun)]).toEqual(['EROFS', 1, 1]);
  } finally {
    unmount(crun);
  }
});

test('a program that is not there is of no matter', () => {
  mountReadOnly(path.join(folder(), 'absent'));
});
