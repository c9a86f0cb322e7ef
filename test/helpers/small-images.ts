import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { image, layer } from '../../fixtures/image.js';
import { dir, file, type Member, symlink } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';

/** Writes an image as Alpine's base is: one busybox that every name of a program leads to, no usr merge; returns it. */
export async function alpineLike(folder: string): Promise<string> {
  const applets = ['sh', 'cat', 'chmod', 'chown', 'echo', 'ln', 'ls', 'mkdir', 'mkfifo', 'mv', 'rm', 'sleep'];
  const names =
    'bin dev etc home lib lib/apk lib/apk/db media mnt proc run sbin sys usr usr/bin var var/cache';
  return written(folder, 'alpine', [
    ...names.split(' ').map((name) => dir(name)),
    dir('root', { mode: 0o700 }),
    dir('tmp', { mode: 0o1777 }),
    file('bin/busybox', readFileSync('/bin/busybox'), { mode: 0o755 }),
    file('bin/bbsuid', readFileSync('/bin/busybox'), { mode: 0o4711 }),
    ...applets.map((name) => symlink(`bin/${name}`, '/bin/busybox')),
    symlink('var/run', '../run'),
    file('etc/alpine-release', '3.20.3\n'),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
    file('etc/shadow', 'root:*::0:::::\n', { mode: 0o640, gid: 42 }),
    file('lib/apk/db/installed', 'P:busybox\nV:1.36.1-r29\n'),
  ]);
}

/** Writes an image as distroless ones are: programs of this machine with their libraries, no shell, a user of its own. */
export async function distrolessLike(folder: string): Promise<string> {
  const programs = ['cp', 'mv', 'sleep'].map((name) => realpathSync(`/usr/bin/${name}`));
  const libraries = programs.flatMap((program) =>
    [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(([, at]) => at),
  );
  const files = new Map<string, Member>();
  for (const at of [...programs, ...libraries]) {
    const name = at.replace(/^\/(?=lib)/, '/usr/').slice(1);
    files.set(name, file(name, readFileSync(at), { mode: 0o755 }));
  }
  const folders = new Set([...files.keys()].flatMap((name) => parents(name)));
  const nonroot = { uid: 65_532, gid: 65_532 };
  return written(
    folder,
    'distroless',
    [
      ...[...folders].sort().map((name) => dir(name)),
      ...['bin', 'lib', 'lib64'].map((name) => symlink(name, `usr/${name}`)),
      ...files.values(),
      dir('etc'),
      file(
        'etc/passwd',
        'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n',
      ),
      file('etc/group', 'root:x:0:\nnonroot:x:65532:\n'),
      dir('home'),
      dir('home/nonroot', { mode: 0o700, ...nonroot }),
      dir('var'),
      dir('var/lib'),
      dir('var/lib/dpkg'),
      dir('var/lib/dpkg/status.d'),
      file('var/lib/dpkg/status.d/base', 'Package: base-files\nVersion: 12.4\n'),
    ],
    { User: '65532', WorkingDir: '/home/nonroot', Env: ['PATH=/usr/bin'] },
  );
}

function parents(name: string): string[] {
  const above = path.dirname(name);
  return above === '.' ? [] : [...parents(above), above];
}

async function written(
  folder: string,
  name: string,
  members: readonly Member[],
  execution: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const at = path.join(folder, name);
  const step = { createdBy: `COPY ${name} /`, layer: await layer(members) };
  writeFolder(at, simpleLayout(image({ steps: [step], execution }), 'base'));
  return `oci:${at}`;
}
