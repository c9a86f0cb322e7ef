/**
 * Twenty images that buildah makes on top of a real Debian root, each of which wastes bytes in a way that people do; built
 * once per machine, one OCI layout with a tag for each.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mkdir, rm } from 'node:fs/promises';
import { cached, recipeKey } from './cache.js';
import { realImages } from './real-images.js';
import { needRoot, removeStorage, storageDriver, tool } from './tool.js';

export interface WasteImages {
  /** OCI layout directory. */
  readonly layout: string;
  readonly tags: readonly string[];
}

/** Scripts run in the mounted root, one layer each; the first starts from the Debian image. */
const RECIPES: Readonly<Record<string, readonly string[]>> = {
  chmod: ['chmod -R g+w usr/share/perl5 usr/lib/x86_64-linux-gnu 2>/dev/null || chmod -R g+w usr/lib'],
  chown: ['cp -a usr/share/zoneinfo srv/zones', 'chown -R -h 1000:1000 srv/zones'],
  'chmod-chown': ['cp -a usr/share/zoneinfo srv/z', 'chmod -R g+w srv/z', 'chown -R -h 1000:1000 srv/z'],
  touch: ['find usr/share/doc -type f -exec touch -d 2001-01-01 {} +'],
  setcap: ['cp bin/dash srv/tool', 'setcap cap_net_raw+ep srv/tool'],
  'user-xattr': ['cp bin/dash opt/d', 'setfattr -n user.note -v 1 opt/d'],
  'deleted-file': ['head -c 300000 /dev/urandom > tmp/archive', 'rm tmp/archive'],
  'deleted-directory': ['rm -rf usr/share/zoneinfo'],
  'opaque-again': ['rm -rf srv/app && mkdir srv/app && cp -a usr/share/doc srv/app/doc'],
  'same-again': ['cp -a srv/app srv/new && rm -rf srv/app && mv srv/new srv/app'],
  overwritten: [
    'head -c 200000 /dev/urandom > opt/state',
    'head -c 210000 /dev/urandom > opt/state',
    'echo end > opt/state',
  ],
  appended: ['head -c 100000 /dev/zero > opt/log', 'echo line >> opt/log', 'echo line >> opt/log'],
  'directory-to-file': ['rm -rf usr/share/zoneinfo && echo gone > usr/share/zoneinfo'],
  'file-to-directory': ['echo x > opt/thing', 'rm opt/thing && mkdir opt/thing && echo y > opt/thing/x'],
  'hard-links': ['ln bin/dash opt/one && ln bin/dash opt/two', 'rm opt/one', 'rm bin/dash', 'rm opt/two'],
  'hard-links-kept': [
    'head -c 90000 /dev/urandom > opt/a && ln opt/a opt/b && ln opt/a opt/c',
    'rm opt/a',
    'chmod 600 opt/b',
    'echo new > opt/c',
  ],
  sparse: [
    'truncate -s 64M opt/disk && printf start | dd of=opt/disk conv=notrunc status=none',
    'chmod 600 opt/disk',
    'rm opt/disk',
  ],
  duplicates: ['cp -a srv/app srv/two && cp -a srv/app srv/three'],
  'package-caches': [
    'mkdir -p var/lib/apt/lists root/.npm/_cacache root/.cache/pip && for d in var/lib/apt/lists root/.npm/_cacache root/.cache/pip; do head -c 150000 /dev/urandom > $d/index; done',
    'rm -rf root/.cache/pip',
  ],
  recreated: [
    'head -c 80000 /dev/urandom > opt/r && cp opt/r opt/keep',
    'rm opt/r',
    'cp opt/keep opt/r',
    'rm -rf opt && mkdir opt && head -c 10 /dev/urandom > opt/r',
  ],
  'renamed-tree': ['mv usr/share/zoneinfo usr/share/zones', 'mv usr/share/zones usr/share/zoneinfo'],
};

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** Returns the images, built when the cache does not have them. Needs root and buildah. */
export async function wasteImages(): Promise<WasteImages> {
  needRoot();
  const recipe = ['waste-images.ts', 'real-images.ts', 'odd-files.ts'].map((name) => path.join(HERE, name));
  const folder = await cached('waste', recipeKey(recipe), buildAll);
  return { layout: path.join(folder, 'images'), tags: Object.keys(RECIPES) };
}

async function buildAll(folder: string): Promise<void> {
  const debian = (await realImages()).find(({ name }) => name === 'debian');
  if (debian === undefined) throw new Error('there is no Debian image');
  const storage = path.join(folder, 'storage');
  await mkdir(storage);
  const places = ['--root', path.join(storage, 'root'), '--runroot', path.join(storage, 'run')];
  const options = [...places, '--storage-driver', storageDriver(storage)];
  const buildah = async (...args: string[]) => (await tool('buildah', [...options, ...args])).trim();
  try {
    const base = await buildah('pull', '--quiet', `docker-archive:${debian.dockerArchive}`);
    for (const [tag, scripts] of Object.entries(RECIPES)) {
      let image = base;
      for (const script of scripts) {
        const container = await buildah('from', '--pull-never', image);
        const root = await buildah('mount', container);
        await tool('sh', ['-euc', script], { cwd: root });
        await buildah('umount', container);
        await buildah('config', '--created-by', `RUN ${script}`, container);
        image = await buildah('commit', '--quiet', '--rm', container);
      }
      await buildah('push', '--quiet', image, `oci:${path.join(folder, 'images')}:${tag}`);
    }
  } finally {
    await removeStorage(storage);
    await rm(storage, { recursive: true, force: true });
  }
}
