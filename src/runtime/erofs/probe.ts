import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTarReader } from '../../io/tar/read.js';
import { TAR_END, tarHeader, tarPadding } from '../../io/tar/write.js';
import { createIndexBuilder } from '../../layers/index/build-index.js';
import { emptyIndex } from '../../layers/index/empty-index.js';
import type { LayerIndex } from '../../layers/index/layer-index.js';
import { unite } from '../../layers/union/unite.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { DEFAULT_LIMITS } from '../../model/limits.js';
import { unmount } from '../sys/mount.js';
import { encodeErofs, type ErofsImage } from './encode.js';
import { mountErofs } from './mount.js';
import { writeErofs } from './write.js';

/**
 * True when images of {@link encodeErofs} can be mounted from `folder` and files be read through them: tried with one of a
 * few blocks, which is gone afterwards. Call it in a private mount namespace. Throws what writing to the folder throws.
 */
export function erofsWorks(folder: string): boolean {
  const own = mkdtempSync(path.join(folder, 'erofs-'));
  const [image, tar, target] = ['image', 'tar', 'target'].map((name) => path.join(own, name));
  try {
    const one = oneFile();
    writeErofs(one.image, image);
    writeFileSync(tar, one.tar);
    mkdirSync(target);
    return isReadable(image, tar, target, one.content);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** Returns an image of one file, named `file`, the tar that is its device, and what the file holds. */
export function oneFile(): {
  readonly image: ErofsImage;
  readonly tar: Uint8Array;
  readonly content: Uint8Array;
} {
  const content = Buffer.from('works');
  const tar = tarOf('file', content);
  return { image: encodeErofs(unite([indexOf(tar)]), 1), tar, content };
}

function isReadable(image: string, tar: string, target: string, content: Uint8Array): boolean {
  try {
    mountErofs(image, [tar], target);
  } catch {
    return false;
  }
  try {
    return readFileSync(path.join(target, 'file')).equals(content);
  } catch {
    return false;
  } finally {
    unmount(target);
  }
}

function tarOf(name: string, content: Uint8Array): Buffer {
  const header = tarHeader({
    kind: 'file',
    name: Buffer.from(name),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
  });
  return Buffer.concat([header, content, tarPadding(content.length), TAR_END]);
}

function indexOf(tar: Uint8Array): LayerIndex {
  const anomalies = createAnomalyLog();
  const builder = createIndexBuilder(anomalies);
  const reader = createTarReader(builder, { limits: DEFAULT_LIMITS, anomalies });
  reader.push(tar);
  reader.end();
  return builder.finish({ diffID: emptyIndex().diffID, plainBytes: tar.length });
}
