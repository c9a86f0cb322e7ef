/** One Dockerfile built three times by buildah: twice from the same source, the third time with another version of it. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuilder } from './builder.js';
import { cached, recipeKey } from './cache.js';
import { needRoot, tool } from './tool.js';

export interface RebuiltImage {
  readonly name: string;
  /** OCI layout directory; the tag is 1. Four layers. */
  readonly layout: string;
}

const HERE = path.dirname(fileURLToPath(import.meta.url));
const RECIPE = ['rebuilt-images.ts', 'builder.ts'].map((name) => path.join(HERE, name));
const BUILDS = ['first', 'second', 'next'] as const;

/** Returns the three images, built when the cache does not have them. Needs root. */
export async function rebuiltImages(): Promise<readonly RebuiltImage[]> {
  needRoot();
  const folder = await cached('rebuilt', recipeKey(RECIPE), buildAll);
  return BUILDS.map((name) => ({ name, layout: path.join(folder, name) }));
}

async function buildAll(folder: string): Promise<void> {
  const work = path.join(folder, 'work');
  await mkdir(work);
  try {
    for (const [number, name] of BUILDS.entries()) await build(work, path.join(folder, name), name, number);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What a build leaves that no source says: times, logs, caches, bytecode, build ids. */
async function build(work: string, layout: string, name: string, number: number): Promise<void> {
  const version = name === 'next' ? '4.19.2' : '4.18.2';
  const npm = path.join(work, `npm-${version}`);
  await mkdir(npm, { recursive: true });
  await tool('npm', [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--prefix',
    npm,
    `express@${version}`,
  ]);
  const builder = startBuilder(path.join(work, name));
  const sh = (script: string) => (root: string) =>
    tool('sh', ['-euc', script], { cwd: root }).then(() => undefined);
  const program = `
    mkdir -p usr/bin
    cp /bin/busybox usr/bin/busybox 2>/dev/null || cp "$(command -v busybox)" usr/bin/busybox
    head -c 100000 /bin/bash > usr/bin/cut-program
    cp /bin/bash usr/bin/program
    objcopy --remove-section=.note.gnu.build-id usr/bin/program
    printf '\\004\\0\\0\\0\\024\\0\\0\\0\\003\\0\\0\\0GNU\\0build-id-of-20-byte%s' ${String(number)} > note
    objcopy --add-section=.note.gnu.build-id=note --set-section-flags .note.gnu.build-id=alloc,readonly usr/bin/program
    rm note`;
  try {
    await builder.layer(
      '/bin/sh -c #(nop) ADD file:base in /',
      sh(`${program}
      mkdir -p etc var/log var/cache/ldconfig var/lib/apt/lists tmp
      chmod 1777 tmp
      printf 'root:x:0:0:root:/root:/bin/sh\\n' > etc/passwd`),
    );
    await builder.layer(
      'RUN apt-get install -y something',
      sh(`
      date +%s%N > var/log/dpkg.log
      date +%s%N > etc/ld.so.cache
      date +%s%N > var/cache/ldconfig/aux-cache
      date +%s%N | sha256sum | cut -c1-32 > etc/machine-id
      date +%s%N > var/lib/apt/lists/deb_dists_InRelease`),
    );
    await builder.layer(
      'COPY node_modules /app/node_modules',
      sh(`mkdir app && cp -r '${npm}/node_modules' app/`),
    );
    await builder.layer(
      'COPY . /app',
      sh(`
      echo 'print("hello")' > app/main.py
      mkdir app/__pycache__ && date +%s%N > app/__pycache__/main.cpython-311.pyc
      ${name === 'next' ? 'echo \'print("bye")\' > app/main.py; mkdir app/lib; echo moved > app/lib/helper.py; chmod 4755 usr/bin/program; ln app/main.py app/again.py' : 'echo moved > app/helper.py'}`),
    );
    await builder.writeLayout(layout, '1');
  } finally {
    await builder.close();
  }
}
