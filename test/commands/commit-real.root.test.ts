import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openImage } from '../../src/images/open.js';
import { indexImage } from '../../src/layers/index/index-image.js';
import type { LayerIndex } from '../../src/layers/index/layer-index.js';
import { unite } from '../../src/layers/union/unite.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { layerBlob } from '../../src/runtime/commit/layer.js';
import { planLayer } from '../../src/runtime/commit/plan-layer.js';
import { writeImage } from '../../src/runtime/commit/write-image.js';
import { readUpper } from '../../src/runtime/upper/read-upper.js';
import { putBlob } from '../../src/store/blob.js';
import { storePaths } from '../../src/store/paths.js';
import { openStore } from '../../src/store/store.js';
import { linesOf, useFolder } from '../helpers/look.js';
import { compareTrees, podmanTree, umociTree } from '../helpers/oracle.js';
import { useOwnStore } from '../helpers/own-store.js';
import { containerTree, strata, testFolder } from '../helpers/run-container.js';
import { manyLayers } from '../helpers/shell-images.js';
import { alpineLike, distrolessLike } from '../helpers/small-images.js';
import { needRoot, tool } from '../helpers/tool.js';

/* Law 3 on images as others build them, with a shell and without, and on as many layers as images come to have. */

const folder = useFolder();
const store = useOwnStore(folder);
beforeAll(needRoot);

/** Of the user namespace of a container that root runs. */
const SHIFT = 0x7000_0000;

const ALPINE = `set -e; mkdir -p /srv/new/deep; echo 1 > /srv/new/one; ln /srv/new/one /srv/new/linked
  mv /etc/alpine-release /srv/new/release; rm -r /lib/apk; mkfifo /srv/fifo; chown 33:44 /bin/bbsuid
  echo root:x:0:0::/:/bin/sh > /etc/passwd; rm /var/run; mkdir /var/run; ln -sf /srv/new/one /bin/cat`;

describe('what a container has, its image has, as umoci, podman and a second container see it', () => {
  test.each([
    ['Alpine-like', alpineLike, [['/bin/sh', '-c', ALPINE]]],
    [
      'distroless-like, without a shell',
      distrolessLike,
      [
        ['/usr/bin/cp', '-a', '/etc', '/home/nonroot/etc'],
        ['/usr/bin/mv', '/home/nonroot/etc/group', '/home/nonroot/moved'],
        ['/usr/bin/mv', '/var/lib/dpkg', '/usr/dpkg'],
      ],
    ],
  ])('%s', async (_, make, deeds) => {
    const image = await make(folder());
    const sleep = ['run', '-q', '-d', '--name', 'box', '--entrypoint', 'sleep', image, '1000'];
    expect(strata(...sleep)).toMatchObject({ status: 0, stderr: '' });
    for (const deed of deeds)
      expect([deed, strata('exec', '-u', '0', 'box', ...deed)]).toEqual([
        deed,
        { status: 0, stdout: '', stderr: '' },
      ]);
    const [id] = readdirSync(path.join(store(), 'containers'));
    const had = await containerTree(id, SHIFT);
    expect(strata('commit', '-q', 'box', 'app:2').status).toBe(0);
    const unpacked = await umociTree(store(), 'app:2');
    const points = new Set(
      readdirSync(testFolder(id).init, { recursive: true, encoding: 'utf8' })
        .map((name) => `/${name}`)
        .filter((at) => !unpacked.has(at)),
    );
    const except = (at: string): boolean => points.has(at);
    expect(compareTrees(unpacked, had, { except })).toEqual([]);
    // podman makes names of paths, which must be lower case, and has a root directory of its own.
    const archive = path.join(tmpdir(), `strata-real-${String(process.pid)}.tar`);
    rmSync(archive, { force: true });
    try {
      expect(strata('save', '-q', 'app:2', '-o', archive).status).toBe(0);
      const theirs = await podmanTree(`docker-archive:${archive}`);
      expect(compareTrees(theirs, had, { except: (at) => at === '/' || except(at) })).toEqual([]);
    } finally {
      rmSync(archive, { force: true });
    }
    expect(strata('verify', '-q', '--mounted', 'store:app:2')).toMatchObject({ status: 0, stderr: '' });
    const again = ['run', '-q', '--name', 'again', '--entrypoint', 'cp', 'app:2'];
    expect(strata(...again, '-a', '/etc/passwd', '/tmp2').status).toBe(make === alpineLike ? 127 : 1);
    expect(linesOf(strata('changes', 'again').stdout)).toEqual([]);
  });
});

/** Commits on top of an image of the store what `script` writes into an upper directory; `known` grows with its layers. */
async function commitOn(below: string, name: string, script: string, known: LayerIndex[]): Promise<void> {
  const upper = path.join(folder(), 'upper');
  mkdirSync(upper);
  execFileSync('bash', ['-euc', script], { cwd: upper });
  const own = await openStore(storePaths({ STRATA_STORE: store() }, folder()));
  const { image, close } = await openImage(below, { spoolDir: folder(), store: store() });
  try {
    const layers = image.layers.slice(known.length);
    for (const { index } of await indexImage({ ...image, layers }, { store: own, limits: DEFAULT_LIMITS }))
      known.push(index);
    const n = image.layers.length;
    const union = unite(known);
    const entries = () => readUpper(upper, { overlayXattrs: 'trusted' });
    const plan = await planLayer(union, n, entries(), { limits: DEFAULT_LIMITS });
    if (plan === undefined) throw new Error('nothing changed');
    const blob = layerBlob({ ...plan, upper: entries() }, { compression: 'gzip' });
    await putBlob(own, blob);
    const pinned = image.layers.map(({ digest, size = 0, content }) => ({
      present: true,
      plainBytes: size,
      blob:
        digest === undefined || content.kind !== 'blob'
          ? undefined
          : { digest, size, compression: content.compression },
    }));
    const details = { created: '2026-01-02T03:04:05Z', createdBy: script };
    await writeImage(own, { image, n, union, pinned, upper: [] }, blob.result(), name, details);
  } finally {
    await close();
    rmSync(upper, { recursive: true });
  }
}

test('fifty commits on top of each other, on 60 layers, are run, unpacked and committed again', async () => {
  expect(strata('copy', '-q', manyLayers(folder(), 60), 'store:app:0').status).toBe(0);
  const known: LayerIndex[] = [];
  for (let i = 1; i <= 50; i++) {
    const gone = i === 1 ? '' : `mknod g${String(i - 1)} c 0 0;`;
    await commitOn(
      `store:app:${String(i - 1)}`,
      `app:${String(i)}`,
      `${gone} echo ${String(i)} > g${String(i)}; mkdir etc; echo ${String(i)} > etc/f${String(i + 1)}`,
      known,
    );
  }
  const script = 'echo /g*; cat /etc/f2 /etc/f51 /etc/f52; echo last > /last';
  const run = ['run', '-q', '--name', 'box', '--entrypoint', '/bin/sh', 'app:50', '-c', script];
  expect(strata(...run)).toEqual({ status: 0, stdout: '/g50\n1\n50\n52\n', stderr: '' });
  expect(JSON.parse(strata('commit', '-q', '--json', 'box', 'app:51').stdout)).toMatchObject({ layers: 111 });
  expect(strata('verify', '-q', '--mounted', 'store:app:51')).toMatchObject({ status: 0, stderr: '' });
  const tree = await umociTree(store(), 'app:51');
  expect([...tree.keys()].filter((at) => /^\/(g|last)/.test(at)).sort()).toEqual(['/g50', '/last']);
  expect(await tool('umoci', ['ls', '--layout', store()])).toContain('app:51');
});
