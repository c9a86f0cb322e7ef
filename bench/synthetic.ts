import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { TAR_END, tarHeader, tarPadding } from '../src/io/tar/write.js';

/**
 * Writes a docker-archive of `layers` layers with `entries` files in all, packages of 40, and returns its path. The files
 * are empty unless `contentOf` tells what is in each, at most one block.
 */
export async function dockerArchive(
  file: string,
  layers: number,
  entries: number,
  contentOf?: (number: number) => string,
): Promise<string> {
  const handle = await open(file, 'w');
  const each = Math.ceil(entries / layers);
  const diffIDs: string[] = [];
  const names: string[] = [];
  try {
    for (let layer = 0; layer < layers; layer++) {
      const name = `layer-${String(layer)}.tar`;
      await handle.write(header(name, each * (contentOf === undefined ? 512 : 1024) + TAR_END.length));
      const hash = createHash('sha256');
      let batch: Uint8Array[] = [];
      const flush = async (): Promise<void> => {
        const bytes = Buffer.concat(batch);
        hash.update(bytes);
        await handle.write(bytes);
        batch = [];
      };
      for (let i = 0; i < each; i++) {
        const number = layer * each + i;
        const content = Buffer.from(contentOf?.(number) ?? '');
        batch.push(header(fileName(number), content.length));
        if (contentOf !== undefined) batch.push(content, Buffer.alloc(512 - content.length));
        if (batch.length >= 2048) await flush();
      }
      batch.push(TAR_END);
      await flush();
      diffIDs.push(`sha256:${hash.digest('hex')}`);
      names.push(name);
    }
    const documents: [name: string, value: unknown][] = [
      ['config.json', { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIDs } }],
      ['manifest.json', [{ Config: 'config.json', RepoTags: ['grown:1'], Layers: names }]],
    ];
    for (const [name, value] of documents) {
      const bytes = Buffer.from(JSON.stringify(value));
      await handle.write(Buffer.concat([header(name, bytes.length), bytes, tarPadding(bytes.length)]));
    }
    await handle.write(TAR_END);
  } finally {
    await handle.close();
  }
  return file;
}

function fileName(number: number): string {
  return `usr/lib/node_modules/package-${String(Math.floor(number / 40))}/lib/file-${String(number)}.js`;
}

function header(name: string, size: number): Uint8Array {
  return tarHeader({
    kind: 'file',
    name: Buffer.from(name),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtimeSeconds: 1_700_000_000,
    mtimeNanoseconds: 0,
  });
}
