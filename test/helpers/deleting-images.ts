/** Small images made by buildah whose layers remove, replace and bring back what lower layers hold. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuilder } from './builder.js';
import { cached, recipeKey } from './cache.js';
import { needRoot, tool } from './tool.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const RECIPE = ['deleting-images.ts', 'builder.ts'].map((name) => path.join(HERE, name));

/** Name → instruction and shell script of each layer, run in the root. */
const IMAGES: Readonly<Record<string, readonly (readonly [instruction: string, script: string])[]>> = {
  /** A build with a secret, compilers' output and a move. */
  secrets: [
    [
      'ADD base',
      'mkdir -p etc usr/lib tmp; echo base > etc/os-release; head -c 70000 /dev/urandom > usr/lib/libc.so',
    ],
    [
      'COPY key /root/.ssh/id_ed25519',
      'mkdir -p root/.ssh; head -c 399 /dev/urandom | base64 > root/.ssh/id_ed25519; chmod 600 root/.ssh/id_ed25519',
    ],
    [
      'RUN make',
      'mkdir -p src/obj; for i in 1 2 3 4 5 6 7 8; do head -c ${i}0000 /dev/urandom > src/obj/$i.o; done; cat src/obj/*.o > src/app',
    ],
    [
      'RUN make install',
      'mkdir -p usr/bin; mv src/app usr/bin/app; rm -rf src; cp root/.ssh/id_ed25519 tmp/key',
    ],
    ['RUN rm -rf /root/.ssh /tmp/*', 'rm -rf root/.ssh tmp; mkdir tmp'],
    ['RUN sed -i os-release', 'echo changed > etc/os-release'],
  ],
  /** Modules that are installed, pruned and installed again; directories that become files and back. */
  modules: [
    [
      'ADD base',
      'cp -a /usr/share/common-licenses licenses; mkdir lib; cp -a /usr/lib/python3/. lib/ 2>/dev/null || cp -a /etc/. lib/',
    ],
    ['RUN prune', 'find lib -name "*a*" -type f -delete; rm -rf licenses; echo one > licenses'],
    [
      'RUN install',
      'rm licenses; mkdir licenses; echo MIT > licenses/MIT; echo pin > lib/pin; ln lib/pin lib/pin2',
    ],
    ['RUN chmod', 'chmod 600 lib/pin; find lib -type d -empty -delete || true'],
    ['RUN upgrade', 'rm lib/pin lib/pin2; rm -rf licenses; mkdir licenses; echo Apache > licenses/Apache'],
  ],
  /** The same path again and again, sparse content, links, many versions. */
  versions: [
    [
      'RUN v1',
      'mkdir data; echo 1 > data/state; truncate -s 3000000 data/db; echo x >> data/db; ln -s state data/current; mkfifo data/pipe',
    ],
    ['RUN v2', 'echo 2 > data/state; ln -sfn db data/current'],
    ['RUN v3', 'echo 3 > data/state; chmod 700 data; rm data/pipe'],
    ['RUN v4', 'echo 1 > data/state; rm data/db'],
    ['RUN v5', 'rm -rf data; mkdir data; echo 5 > data/new'],
    ['RUN v6', 'echo 1 > data/state; rm data/new'],
  ],
};

export interface DeletingImage {
  readonly name: string;
  /** OCI layout directory with gzip layers. */
  readonly layout: string;
  readonly tag: string;
}

/** Returns the images, built when the cache does not have them. Needs root and buildah. */
export async function deletingImages(): Promise<readonly DeletingImage[]> {
  needRoot();
  const folder = await cached('deleting', recipeKey(RECIPE), buildAll);
  return Object.keys(IMAGES).map((name) => ({ name, layout: path.join(folder, name), tag: '1' }));
}

async function buildAll(folder: string): Promise<void> {
  const work = path.join(folder, 'work');
  await mkdir(work);
  try {
    for (const [name, layers] of Object.entries(IMAGES)) {
      const builder = startBuilder(path.join(work, name));
      try {
        for (const [instruction, script] of layers)
          await builder.layer(instruction, async (root) => {
            await tool('sh', ['-euc', script], { cwd: root });
          });
        await builder.writeLayout(path.join(folder, name), '1');
      } finally {
        await builder.close();
      }
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
