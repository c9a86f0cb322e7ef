import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { device, dir, file, type Member, symlink } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import { findEngine } from '../../src/runtime/engine/find-engine.js';
import { plantCanary } from '../helpers/canary.js';
import { linesOf, useFolder } from '../helpers/look.js';
import { strata } from '../helpers/run-container.js';
import { needRoot } from '../helpers/tool.js';

/*
 * Images that have links, devices and words where an OCI runtime works as root of the machine. Whatever the runtime makes
 * of them, nothing of the machine is touched; the file `hello` in the folder that they name is what would be.
 */

const folder = useFolder();
beforeAll(needRoot);

const victim = (): string => path.join(folder(), 'victim/in');

/** Writes an image of busybox and these members, base first. */
async function hostile(
  name: string,
  members: readonly Member[],
  execution: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const at = path.join(folder(), name);
  const base = [
    dir('bin'),
    file('bin/busybox', readFileSync('/bin/busybox'), { mode: 0o755 }),
    ...['sh', 'cat', 'ls', 'mount', 'id', 'sleep'].map((applet) => symlink(`bin/${applet}`, 'busybox')),
  ];
  const step = { createdBy: 'hostile', layer: await layer([...base, ...members], 'none') };
  writeFolder(at, simpleLayout(image({ steps: [step], execution }), 'x'));
  return `oci:${at}`;
}

describe.each(['crun', 'runc'] as const)('%s', (runtime) => {
  const run = (...argv: string[]): ReturnType<typeof strata> =>
    strata('run', '-q', '--rm', '--runtime', runtime, '-u', '0', '--entrypoint', '/bin/sh', ...argv);
  const watched = async (deed: () => Promise<void>): Promise<void> => {
    mkdirSync(path.dirname(victim()), { recursive: true });
    const canary = plantCanary(victim());
    try {
      await deed();
    } finally {
      canary.check();
    }
  };

  // CVE-2026-41579, CVE-2026-88264, CVE-2026-88265, CVE-2019-19921, CVE-2023-27561: /proc, /sys and /dev that are links.
  test('folders that are mounted upon are links to the machine', () =>
    watched(async () => {
      const links = ['proc', 'sys', 'dev', 'etc', 'run'].map((name, i) =>
        symlink(name, i % 2 === 0 ? victim() : `../../../../../../..${victim()}`),
      );
      const at = await hostile(`links-${runtime}`, links);
      const script = 'cat /proc/self/comm; echo x > /dev/null; ls /dev/pts; ls /proc/self/fd';
      const { status, stdout, stderr } = run(at, '-c', script);
      // CVE-2024-21626: of open files there are the three streams, and the folder that ls reads.
      expect([stderr, status, stdout]).toEqual(['', 0, 'cat\nptmx\n0\n1\n2\n3\n']);
    }));

  // CVE-2025-31133, CVE-2025-52565, CVE-2025-52881: what is mounted upon inside of /dev, /proc and /sys.
  test('what is made and mounted upon inside of them are links to the machine', () =>
    watched(async () => {
      const target = `${victim()}/hello`;
      const names = ['null', 'zero', 'console', 'ptmx', 'fd', 'stdin', 'core', 'pts', 'shm', 'mqueue'];
      const at = await hostile(`inside-${runtime}`, [
        dir('dev'),
        ...names.map((name) => symlink(`dev/${name}`, target)),
        dir('etc'),
        ...['hosts', 'hostname', 'resolv.conf', 'mtab'].map((name) => symlink(`etc/${name}`, target)),
        dir('proc'),
        ...['kcore', 'sys', 'sysrq-trigger', 'self', 'acpi'].map((name) => symlink(`proc/${name}`, target)),
        dir('sys'),
        ...['firmware', 'fs'].map((name) => symlink(`sys/${name}`, target)),
      ]);
      const script =
        'echo y > /dev/null; echo y > /dev/console; echo y > /etc/hosts; cat /proc/kcore | head -c 1; id -u';
      const { stdout, stderr } = run('-t', at, '-c', script);
      expect([stderr, stdout.trim().split('\n').at(-1)]).toEqual(['', '0']);
    }));

  // CVE-2021-30465, CVE-2024-1753 and buildah's like: targets of mounts that go through links.
  test('targets of mounts lead through links of the image and of what is mounted', () =>
    watched(async () => {
      const at = await hostile(`targets-${runtime}`, [
        symlink('out', victim()),
        symlink('up', `../../../../../..${victim()}`),
        symlink('round', 'round'),
      ]);
      const shared = path.join(folder(), `shared-${runtime}`);
      mkdirSync(shared);
      writeFileSync(path.join(shared, 'file'), 'shared\n');
      symlinkSync(victim(), path.join(shared, 'link'));
      const flags = ['-v', `${shared}:/out/deep`, '-v', `${shared}:/up/er`, '--tmpfs', '/out/memory'];
      const ran = run(...flags, at, '-c', 'cat /out/deep/file /up/er/file; echo z > /out/memory/z');
      expect(ran.stdout === 'shared\nshared\n' || ran.status === 125 || ran.status === 2, ran.stderr).toBe(
        true,
      );
      // Through a link in what is mounted, and onto what the runtime itself mounts.
      for (const target of ['/v/link/deep', '/dev/console'])
        run('-v', `${shared}:/v`, '-v', `${shared}:${target}`, at, '-c', 'true');
    }));

  // CVE-2024-21626: a working directory that is an open directory of the runtime.
  test('a working directory leads out, by number or by link', () =>
    watched(async () => {
      for (const directory of ['/proc/self/fd/7', '/back']) {
        const members = [symlink('back', '/proc/self/fd/8')];
        const at = await hostile(`cwd-${runtime}${directory.replaceAll('/', '-')}`, members, {
          WorkingDir: directory,
        });
        const { status, stdout, stderr } = run(at, '-c', 'cat hello etc/hostname');
        expect([directory, status === 0, stdout]).toEqual([directory, false, '']);
        // Refused by us, whatever the runtime would do.
        expect(stderr).toMatch(/^E_UNSAFE_PATH: /);
      }
    }));

  // CVE-2019-5736: the runtime's own program by way of /proc/self/exe; and programs that are none.
  test('the program is the runtime itself, a link out or a device', () =>
    watched(async () => {
      const program = (): string =>
        createHash('sha256')
          .update(readFileSync(findEngine(runtime).program))
          .digest('hex');
      const before = program();
      const at = await hostile(`program-${runtime}`, [
        symlink('self', '/proc/self/exe'),
        symlink('out', '/usr/bin/id'),
        device('device', 'character', [1, 5], { mode: 0o777 }),
        file('script', '#!/proc/self/exe\n', { mode: 0o755 }),
      ]);
      for (const entry of ['/self', '/script', '/out', '/device']) {
        const { status, stdout } = strata(
          ...['run', '-q', '--rm', '--runtime', runtime, '-u', '0', '--entrypoint', '', at, entry],
        );
        expect([entry, status === 0, stdout]).toEqual([entry, false, '']);
      }
      expect(program()).toBe(before);
    }));
});

// CVE-2024-9676, CVE-2026-47262: the runtime is not there yet when users are looked up.
test('files of users that block, never end or are huge are not read', async () => {
  const line = `staff:x:50:${'u'.repeat(1000)}`;
  const cases: [string, readonly Member[]][] = [
    ['device', [dir('etc'), device('etc/passwd', 'character', [1, 5])]],
    ['fifo', [dir('etc'), device('etc/passwd', 'fifo')]],
    ['giant', [dir('etc'), file('etc/group', `${line},`.repeat(20_000))]],
  ];
  for (const [name, members] of cases) {
    const { status, stderr } = strata(
      'run',
      '-q',
      '--rm',
      '-u',
      'somebody',
      await hostile(`users-${name}`, members),
    );
    expect([name, status === 0, stderr.startsWith('E_INTERNAL')]).toEqual([name, false, false]);
  }
});

test('users and programs that are none are refused in words, and nothing is begun', async () => {
  const passwd = file(
    'etc/passwd',
    'root:x:0:0::/:/bin/sh\n$(id):x:0:0::/:/bin/sh\nbig:x:4294967296:0::/:/bin/sh\n',
  );
  const said = { Entrypoint: ['/bin/sh', '-c', 'echo ran'] };
  for (const [i, [execution, code]] of [
    [{ ...said, User: '-1' }, 'E_USAGE'],
    [{ ...said, User: '4294967296' }, 'E_USAGE'],
    [{ ...said, User: '../../etc/passwd' }, 'E_NOT_FOUND'],
    [{ ...said, User: 'root:x' }, 'E_NOT_FOUND'],
    [{ ...said, User: 'root\nroot' }, 'E_NOT_FOUND'],
    [{}, 'E_USAGE'],
    [{ Entrypoint: [''] }, 'E_'],
    [{ Entrypoint: ['/no/such'] }, 'E_'],
  ].entries() as IterableIterator<[number, [Record<string, unknown>, string]]>) {
    const at = await hostile(`refused-${String(i)}`, [dir('etc'), passwd], execution);
    const { status, stdout, stderr } = strata('run', '-q', '--rm', at);
    expect([i, status === 0, stdout, stderr.startsWith(code)], stderr).toEqual([i, false, '', true]);
    expect(stderr).not.toMatch(/E_INTERNAL/);
  }
  expect(strata('ps', '-aq').stdout).toBe('');
});

// CVE-2019-14271, CVE-2026-41567: programs and libraries of the image that a helper of the host's would load.
test('what comes to the files of a container runs nothing of the image', async () => {
  const trap = '#!/bin/sh\necho ran > /ran\n';
  const names = ['tar', 'gzip', 'unpigz', 'xz', 'zstd', 'ldconfig', 'cp', 'chown'];
  const at = await hostile('traps', [
    ...names.map((name) => file(`bin/${name}`, trap, { mode: 0o755 })),
    dir('etc'),
    file('etc/ld.so.preload', '/lib/libtrap.so\n'),
    file('etc/nsswitch.conf', 'passwd: trap\n'),
  ]);
  expect(
    strata('run', '-q', '-d', '--name', 'trap', '-u', '0', '--entrypoint', '/bin/sh', at, '-c', 'sleep 1000')
      .status,
  ).toBe(0);
  const out = path.join(folder(), 'out');
  mkdirSync(out);
  writeFileSync(path.join(out, 'in.tar.gz'), gzipSync(Buffer.alloc(1024)));
  expect(strata('cp', '-q', 'trap:/etc', out).status).toBe(0);
  expect(strata('cp', '-q', path.join(out, 'in.tar.gz'), 'trap:/in').status).toBe(0);
  expect(strata('commit', '-q', 'trap', 'trap:1').status).toBe(0);
  expect(linesOf(strata('changes', 'trap').stdout)).toEqual(['A /in']);
  expect(strata('rm', '-f', 'trap').status).toBe(0);
});
