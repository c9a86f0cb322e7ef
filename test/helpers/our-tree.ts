import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openImage } from '../../src/images/open.js';
import { type IndexedLayer, indexImage } from '../../src/layers/index/index-image.js';
import { unite } from '../../src/layers/union/unite.js';
import type { Union } from '../../src/layers/union/union.js';
import { walk } from '../../src/layers/union/walk.js';
import { digestHex } from '../../src/model/digest.js';
import type { Image } from '../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { openStore } from '../../src/store/store.js';
import { storePaths } from '../../src/store/paths.js';
import type { OracleEntry, OracleTree } from './oracle.js';

/** An image read from scratch, with a store of its own that is gone at the end. */
export interface ReadImage {
  readonly image: Image;
  readonly layers: readonly IndexedLayer[];
  readonly union: Union;
}

/** Opens an image as the commands do and hands it to `use`. */
export async function withImage<T>(name: string, use: (read: ReadImage) => Promise<T> | T): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'strata-test-'));
  try {
    const store = await openStore(storePaths({ STRATA_STORE: path.join(folder, 'store') }, folder));
    const opened = await openImage(name, { spoolDir: folder });
    try {
      const layers = await indexImage(opened.image, { store, limits: DEFAULT_LIMITS });
      return await use({ image: opened.image, layers, union: unite(layers.map(({ index }) => index)) });
    } finally {
      await opened.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns snapshot `n` in the terms of the oracles. */
export function snapshotTree(union: Union, n: number): OracleTree {
  const groups = new Map<string, string[]>();
  const tree = new Map<string, OracleEntry>();
  for (const { file } of walk(union, n)) {
    const key =
      file.inode === undefined || file.kind === 'directory'
        ? file.path
        : `${String(file.inode.layer)} ${String(file.inode.row)}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(file.path);
    const isDevice = file.kind === 'character' || file.kind === 'block';
    tree.set(file.path, {
      kind: file.kind,
      mode: file.mode,
      uid: file.uid,
      gid: file.gid,
      size: file.size,
      mtimeNs: file.mtime,
      link: file.link,
      device: isDevice ? `${String(file.deviceMajor)}:${String(file.deviceMinor)}` : '',
      xattrs: Object.fromEntries(
        [...file.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]),
      ),
      sha256: file.content === undefined ? '' : digestHex(file.content),
      group,
    });
  }
  for (const group of groups.values()) group.sort();
  return tree;
}
