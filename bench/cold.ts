import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BenchImage } from './images.js';
import { interleaved, run, type Run } from './measure.js';
import type { Strata } from './strata.js';
import { peak, ratioRow, type Row } from './table.js';

/** Rows of `strata layers` on an image that no store knows: every digest, every entry, every content. */
export async function* coldRows(strata: Strata, image: BenchImage, runs: number): AsyncGenerator<Row> {
  const { name } = image;
  const gzip = await layerBlobs(image.gzip);
  const cold = (source: string) => async (): Promise<Run> => {
    await strata.forget();
    return strata.run('layers', '--quiet', source);
  };

  const ours = cold(`oci:${image.gzip}`);
  const usual = await interleaved(runs, ours, two(gzip, 'gzip -dc < {} | sha256sum'));
  yield ratioRow(
    `cold index, gzip, ${name}; two \`gzip -dc \\| sha256sum\``,
    usual,
    { small: 0.9, medium: 0.6, large: 0.55 }[name],
    peak(usual.a),
  );
  const same = 'sha256sum {}; gzip -dc < {} | tee >(sha256sum) | sha256sum';
  yield ratioRow(
    `cold index, gzip, ${name}; two of the same three digests by coreutils`,
    await interleaved(runs, ours, two(gzip, same)),
  );
  yield ratioRow(
    `cold index, gzip, ${name}; two \`igzip -dc \\| openssl dgst\``,
    await interleaved(runs, ours, two(gzip, 'igzip -dc < {} | openssl dgst -sha256')),
    name === 'small' ? undefined : 2.2,
  );

  const zstdFiles = await layerBlobs(image.zstd);
  const zstd = await interleaved(
    runs,
    cold(`oci:${image.zstd}`),
    two(zstdFiles, 'zstd -dc < {} | openssl dgst -sha256'),
  );
  const native = Number(process.versions.node.split('.')[0]) >= 22;
  yield ratioRow(
    `cold index, zstd, ${name}; two \`zstd -dc \\| openssl dgst\``,
    zstd,
    native ? 1.6 : 3,
    peak(zstd.a),
  );

  const plain = await interleaved(runs, cold(`docker-archive:${image.plain}`), () =>
    run('openssl', ['dgst', '-sha256', image.plain]),
  );
  yield ratioRow(
    `cold index, plain, ${name}; one \`openssl dgst\` of the archive`,
    plain,
    name === 'large' ? 2.4 : 2,
    peak(plain.a),
  );
}

/** Runs `line` in bash for every file, two at a time; its `{}` is the file. */
function two(files: readonly string[], line: string): () => Promise<Run> {
  const command = `printf '%s\\n' "$@" | xargs -P2 -I{} bash -c '${line}' >/dev/null`;
  return () => run('bash', ['-c', command, 'bash', ...files]);
}

/** Returns the blobs of an OCI layout that are no JSON, largest last. */
export async function layerBlobs(layout: string): Promise<string[]> {
  const folder = path.join(layout, 'blobs/sha256');
  const blobs = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const file = path.join(folder, name);
      const bytes = await readFile(file);
      return { file, size: bytes.length, json: bytes[0] === 0x7b };
    }),
  );
  return blobs
    .filter(({ json }) => !json)
    .sort((a, b) => a.size - b.size)
    .map(({ file }) => file);
}
