import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { removeStorage, storageDriver, tool } from '../test/helpers/tool.js';
import { layerBlobs } from './cold.js';
import type { BenchImage } from './images.js';
import { interleaved, run, type Run } from './measure.js';
import { nodeWithOclif, type Strata } from './strata.js';
import { aboveRow, peak, ratioRow, type Row } from './table.js';

/** Rows of commands on an image whose layers are indexed. */
export async function* warmRows(
  strata: Strata,
  image: BenchImage,
  scratch: string,
  runs: number,
): AsyncGenerator<Row> {
  const { name } = image;
  const gzip = `oci:${image.gzip}`;
  await strata.run('layers', '--quiet', gzip);
  // The file times settle a moment after they were made; then the bytes are known and not hashed again.
  await strata.run('ls', '--quiet', gzip, '/');
  yield aboveRow(
    `warm \`ls /\`, ${name}; Node with oclif`,
    await interleaved(runs * 2, () => strata.run('ls', '--quiet', gzip, '/'), nodeWithOclif),
    0.12,
  );
  yield* wholeTree(strata, image, scratch, runs);

  const blob = (await layerBlobs(image.gzip)).at(-1) ?? '';
  const layer = await layerNumber(image.gzip, blob);
  const last = (
    await tool('bash', ['-c', 'tar -tvzf "$1" | grep ^- | tail -n 1 | sed "s/.* //"', 'bash', blob])
  ).trimEnd();
  const cat = await interleaved(
    runs,
    () => strata.run('cat', '--quiet', `${gzip}@${String(layer)}`, last),
    () => run('bash', ['-c', 'gzip -dc "$1" | tail -c 1', 'bash', blob]),
  );
  yield ratioRow(
    `\`cat\` of the last file of the largest gzip layer, ${name}; \`gzip -dc\` of it`,
    cat,
    1.1,
    peak(cat.a),
  );

  await strata.run('layers', '--quiet', image.plain);
  await strata.run('ls', '--quiet', image.plain, '/');
  yield aboveRow(
    `warm \`cat\` of that file from its plain layer, ${name}; Node with oclif`,
    await interleaved(
      runs,
      () => strata.run('cat', '--quiet', `docker-archive:${image.plain}@${String(layer)}`, last),
      nodeWithOclif,
    ),
    0.08,
  );
  const out = await interleaved(
    runs,
    () => strata.run('export', '--quiet', image.plain),
    () => run('bash', ['-c', 'cat "$1" | cat', 'bash', image.plain]),
  );
  yield ratioRow(`\`export\`, ${name}; \`cat\` of the docker-archive through a pipe`, out, 1.25, peak(out.a));
}

/** What lists every path, against listing the tree that podman mounts. */
async function* wholeTree(
  strata: Strata,
  { name, gzip, plain }: BenchImage,
  scratch: string,
  runs: number,
): AsyncGenerator<Row> {
  const storage = path.join(scratch, 'podman');
  const folders = ['--root', path.join(storage, 'root'), '--runroot', path.join(storage, 'run')];
  await mkdir(storage);
  const options = [...folders, '--storage-driver', storageDriver(storage)];
  try {
    const id = (await tool('podman', [...options, 'pull', '--quiet', `docker-archive:${plain}`])).trim();
    const find = (): Promise<Run> =>
      run('bash', [
        '-c',
        'id=$1; shift; find "$(podman "$@" image mount "$id")" -printf "%M %U %G %s %T@ %p %l\\n"; podman "$@" image unmount "$id"',
        'bash',
        id,
        ...options,
      ]);
    for (const [what, argv] of [
      ['ls -R', ['ls', '--quiet', `oci:${gzip}`, '/', '--recursive']],
      ['find', ['find', '--quiet', `oci:${gzip}`, '--name', '*.js']],
      ['blame', ['blame', '--quiet', `oci:${gzip}`, '/etc/passwd']],
    ] as const) {
      const times = await interleaved(runs, () => strata.run(...argv), find);
      yield ratioRow(
        `warm \`${what}\`, ${name}; \`podman image mount\` and \`find -printf\``,
        times,
        // The target is one of a quarter of a million entries; fewer cost no more than the start of Node.
        name === 'large' ? 1.5 : undefined,
        peak(times.a),
      );
    }
  } finally {
    await removeStorage(storage);
  }
}

async function layerNumber(layout: string, blob: string): Promise<number> {
  const read = async (file: string): Promise<unknown> => JSON.parse(await tool('cat', [file]));
  const at = (digest: string) => path.join(layout, 'blobs/sha256', digest.slice('sha256:'.length));
  const index = (await read(path.join(layout, 'index.json'))) as { manifests: { digest: string }[] };
  const manifest = (await read(at(index.manifests[0].digest))) as { layers: { digest: string }[] };
  return 1 + manifest.layers.findIndex(({ digest }) => at(digest) === blob);
}
