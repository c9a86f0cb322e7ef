import { createHash } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

interface Descriptor {
  digest: string;
  size: number;
}

/** Makes of the only image of a layout one of its first `n` layers, tagged `1`, as a layout of its own in `folder`. */
export async function prefixImage(layout: string, n: number, folder: string): Promise<void> {
  const blob = (digest: string) => path.join('blobs', digest.replace(':', '/'));
  const read = async (digest: string): Promise<unknown> =>
    JSON.parse(await readFile(path.join(layout, blob(digest)), 'utf8'));
  const index = JSON.parse(await readFile(path.join(layout, 'index.json'), 'utf8')) as {
    manifests: Descriptor[];
  };
  const manifest = (await read(index.manifests[0].digest)) as { config: Descriptor; layers: Descriptor[] };
  const config = (await read(manifest.config.digest)) as {
    rootfs: { diff_ids: string[] };
    history?: unknown;
  };
  await mkdir(path.join(folder, 'blobs/sha256'), { recursive: true });
  const write = async (value: object): Promise<Descriptor> => {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    await writeFile(path.join(folder, blob(digest)), bytes);
    return { digest, size: bytes.length };
  };
  const layers = manifest.layers.slice(0, n);
  for (const digest of new Set(layers.map((layer) => layer.digest)))
    await symlink(path.resolve(layout, blob(digest)), path.join(folder, blob(digest)));
  delete config.history;
  const rootfs = { ...config.rootfs, diff_ids: config.rootfs.diff_ids.slice(0, n) };
  const made = await write({ ...config, rootfs });
  const top = await write({ ...manifest, config: { ...manifest.config, ...made }, layers });
  const entry = {
    ...index.manifests[0],
    ...top,
    annotations: { 'org.opencontainers.image.ref.name': '1' },
  };
  await writeFile(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(path.join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
}
