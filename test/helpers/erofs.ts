import { createWriteStream, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import { openPlain } from '../../src/io/blob.js';
import type { LayerIndex } from '../../src/layers/index/layer-index.js';
import { resolvePath } from '../../src/layers/union/resolve.js';
import { unite } from '../../src/layers/union/unite.js';
import type { Union } from '../../src/layers/union/union.js';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { createFileThreads } from '../../src/layers/write/file-threads.js';
import type { Image, LayerContent } from '../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { encodeName, isUtf8Name } from '../../src/model/name.js';
import { encodeErofs, type ErofsImage } from '../../src/runtime/erofs/encode.js';
import { type LeftOut, mergeLeftOut } from '../../src/runtime/erofs/left-out.js';
import { mountErofs } from '../../src/runtime/erofs/mount.js';
import { fillSparseDevice } from '../../src/runtime/erofs/sparse-device.js';
import { writeErofs } from '../../src/runtime/erofs/write.js';
import { mountAlone } from '../../src/runtime/snapshot/mount-alone.js';
import { planSnapshot } from '../../src/runtime/unpacked/plan.js';
import { unpackWorker } from '../../src/runtime/unpacked/unpack-files.js';
import { writeLayer, type WriteLayerOptions } from '../../src/runtime/unpacked/write-layer.js';
import { unmount } from '../../src/runtime/sys/mount.js';
import { compareTrees, type OracleEntry, type OracleTree, readTree } from './oracle.js';
import { snapshotTree } from './our-tree.js';
import { removeTree } from './remove.js';
import { indexOfTar, tarOf, type TarMemberSpec } from './tar-layer.js';

/** A union and the plain tars of its layers. */
export interface Stack {
  readonly union: Union;
  readonly tars: readonly string[];
}

/** Writes a tar per layer into `folder`. */
export async function stackOf(folder: string, layers: readonly (readonly TarMemberSpec[])[]): Promise<Stack> {
  return stackOfTars(folder, layers.map(tarOf));
}

export async function stackOfTars(folder: string, plain: readonly Uint8Array[]): Promise<Stack> {
  const indexes: LayerIndex[] = [];
  const tars: string[] = [];
  for (const [i, tar] of plain.entries()) {
    tars.push(path.join(folder, `layer-${String(i + 1)}.tar`));
    writeFileSync(tars[i], tar);
    indexes.push(await indexOfTar(tar));
  }
  return { union: unite(indexes), tars };
}

/** Writes the plain tars of an image's layers into `folder`; undefined when one is not in a tar here. */
export async function plainTars(image: Image, folder: string): Promise<string[] | undefined> {
  const tars: string[] = [];
  for (const { content, position } of image.layers) {
    if (content.kind !== 'blob') return undefined;
    const { range, compression } = content;
    const target = path.join(folder, `plain-${String(position)}.tar`);
    const anomalies = createAnomalyLog();
    await pipeline(
      openPlain({ range, compression, limits: DEFAULT_LIMITS, anomalies }),
      createWriteStream(target),
    );
    tars.push(target);
  }
  return tars;
}

/** Mounts snapshot `n` for the time of `use`, with files of its own in `folder`. */
export async function withMounted<T>(
  folder: string,
  { union, tars }: Stack,
  n: number,
  use: (root: string, image: ErofsImage) => Promise<T> | T,
): Promise<T> {
  const [file, sparse, root] = ['image.erofs', 'sparse', 'root'].map((name) => path.join(folder, name));
  const image = encodeErofs(union, n);
  writeErofs(image, file);
  expect(lstatSync(file).size).toBe(image.bytes);
  const devices = image.devices.map((device) => {
    if (device.kind === 'layer') return tars[device.layer - 1];
    fillSparseDevice(device, union, (layer) => tars[layer - 1], sparse);
    return sparse;
  });
  mkdirSync(root);
  mountErofs(file, devices, root);
  try {
    return await use(root, image);
  } finally {
    unmount(root);
    for (const made of [file, sparse, root]) rmSync(made, { recursive: true, force: true });
  }
}

/** By what a snapshot is mounted. */
export type Way = 'erofs' | 'unpacked' | 'unpacked by threads';
export const WAYS: readonly Way[] = ['erofs', 'unpacked'];

/** Plain tars of layers as what unpacks them takes them: by this thread, or by so many others. */
export function unpackingFrom(
  tars: readonly string[],
  threads = 0,
  signal?: AbortSignal,
): Pick<WriteLayerOptions, 'sourceOf' | 'threads'> {
  return {
    sourceOf: (position) => ({
      layer: { position, content: plainBlob(tars[position - 1]) },
      close: () => undefined,
    }),
    threads: createFileThreads(unpackWorker, threads, { limits: DEFAULT_LIMITS, signal }),
  };
}

function plainBlob(file: string): LayerContent {
  return {
    kind: 'blob',
    range: { path: file, offset: 0, length: lstatSync(file).size },
    compression: 'none',
  };
}

/** As {@link withMounted}, each layer in a directory of its own. */
export async function withUnpacked<T>(
  folder: string,
  { union, tars }: Stack,
  n: number,
  use: (root: string, mounted: { readonly left: LeftOut }) => Promise<T> | T,
  threads = 0,
): Promise<T> {
  const own = mkdtempSync(path.join(folder, 'unpacked-'));
  const told: LeftOut[] = [];
  const layers: string[] = [];
  const unpacking = unpackingFrom(tars, threads);
  for (const plan of planSnapshot(union, n)) {
    const name = `layer-${String(plan.layer)}`;
    layers.push(name);
    mkdirSync(path.join(own, name, 'tree'), { recursive: true });
    const root = path.join(own, name, 'tree');
    told.push(await writeLayer(union, plan, root, { ...unpacking, marks: 'trusted' }));
  }
  await unpacking.threads.close();
  const snapshot = { kind: 'unpacked', root: own, layers, marks: 'trusted', directory: undefined } as const;
  const root = mountAlone(snapshot, resolvePath(union, n, '/'), own);
  try {
    return await use(root, { left: mergeLeftOut(told) });
  } finally {
    unmount(root);
    removeTree(own);
  }
}

/** ext4 counts seconds in 34 bits from 1901 on. */
const EARLIEST = -(2n ** 31n) * 1_000_000_000n;
const LATEST = 15_032_385_535n * 1_000_000_000n;

function within(mtime: bigint): bigint {
  return mtime < EARLIEST ? EARLIEST : mtime > LATEST ? LATEST : mtime;
}

/** Bytes of a file that is read; an archive of a few bytes may have one of sixty gigabytes. */
const DIGESTED = 2 ** 28;

/**
 * Returns how the mounted snapshot differs from the union: every facet of every path, the content, and the number of links,
 * which directories of layers cannot know of the layers above. `expected` may change what the union has, where no file
 * system can hold it.
 */
export async function differencesWhenMounted(
  folder: string,
  stack: Stack,
  n: number,
  expected: (tree: Map<string, OracleEntry>, mounted: { readonly left: LeftOut }) => OracleTree = (tree) =>
    tree,
  way: Way = 'erofs',
): Promise<string[]> {
  const compare = async (root: string, mounted: { readonly left: LeftOut }): Promise<string[]> => {
    const left = new Map(mounted.left);
    const tree = new Map(snapshotTree(stack.union, n));
    if (way !== 'erofs' && left.delete('time'))
      for (const [at, entry] of tree) tree.set(at, { ...entry, mtimeNs: within(entry.mtimeNs) });
    for (const [at, entry] of tree) if (entry.size > DIGESTED) tree.set(at, { ...entry, sha256: '' });
    const theirs = await readTree(root, DIGESTED);
    const differences = compareTrees(expected(tree, { left }), theirs);
    if (way !== 'erofs') return differences;
    for (const [name, { kind, group }] of theirs) {
      if (kind === 'directory') continue;
      const at = isUtf8Name(name) ? root + name : Buffer.concat([Buffer.from(root), encodeName(name)]);
      const { nlink } = lstatSync(at);
      if (nlink !== group.length) differences.push(`${name}: ${String(nlink)} links`);
    }
    return differences;
  };
  return way === 'erofs'
    ? withMounted(folder, stack, n, compare)
    : withUnpacked(folder, stack, n, compare, way === 'unpacked' ? 0 : 2);
}
