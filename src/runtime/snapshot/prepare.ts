import { mkdirSync } from 'node:fs';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { Union } from '../../layers/union/union.js';
import { fail } from '../../model/error.js';
import { unpackedRoot } from '../../store/unpacked-layers.js';
import type { Store } from '../../store/store.js';
import { isRootless } from '../own-id-map.js';
import { erofsServes, knownToServe } from './erofs-serves.js';
import { overlayMarks } from './overlay-marks.js';
import type { PlainLayersOptions } from './plain-layers.js';
import { prepareErofs } from './prepare-erofs.js';
import type { PreparedSnapshot } from './prepared.js';
import { unpackedLayers } from './unpacked-layers.js';

/** How a snapshot is to be mounted; `auto`: as EROFS where that works, which unpacks nothing. */
export type SnapshotChoice = 'auto' | 'erofs' | 'unpacked';

export interface PrepareOptions extends PlainLayersOptions {
  readonly choice: SnapshotChoice;
  /** Whether the plain tars are wanted however it is mounted. */
  readonly plain?: boolean | undefined;
  /** File that does not outlive a start of the machine, in which it is kept whether EROFS works. */
  readonly memory: string;
}

/**
 * Puts into `folder`, which must not exist, what mounting snapshot `n` needs, or the names of what is elsewhere in the
 * store. A directory of this machine is its own lowest layer. Throws what {@link prepareErofs} and {@link unpackedLayers}
 * throw.
 */
export async function prepareSnapshot(
  store: Store,
  source: { readonly layers: readonly IndexedLayer[]; readonly union: Union },
  n: number,
  folder: string,
  options: PrepareOptions,
): Promise<PreparedSnapshot> {
  mkdirSync(folder, 0o700);
  const directory = lowestDirectory(source.layers, n);
  const { choice } = options;
  if (directory !== undefined) return ofDirectory(store, directory, choice);
  if (choice === 'erofs' || (choice === 'auto' && erofsServes(store, options.memory)))
    return prepareErofs(store, source, n, folder, options);
  const marks = overlayMarks();
  const { names, left } = await unpackedLayers(store, source, n, { ...options, marks, pins: folder });
  return { kind: 'unpacked', root: unpackedRoot(store), layers: names, marks, directory: undefined, left };
}

/**
 * Whether {@link prepareSnapshot} reads plain tars, as far as that is known without trying: layers are unpacked from their
 * blobs, and nobody but root of the machine mounts EROFS.
 */
export function readsPlainTars(choice: SnapshotChoice, memory: string): boolean {
  return choice === 'erofs' || (choice === 'auto' && !isRootless() && knownToServe(memory) !== false);
}

function lowestDirectory(layers: readonly IndexedLayer[], n: number): string | undefined {
  const content = n > 0 ? layers[0]?.layer.content : undefined;
  return content?.kind === 'directory' ? content.path : undefined;
}

function ofDirectory(store: Store, directory: string, choice: SnapshotChoice): PreparedSnapshot {
  if (choice === 'erofs')
    fail('E_USAGE', `mounting ${directory} as EROFS: it is a directory of this machine`, {
      hint: 'leave --snapshot out: the directory itself is mounted',
    });
  return {
    kind: 'unpacked',
    root: unpackedRoot(store),
    layers: [],
    marks: overlayMarks(),
    directory,
    left: new Map(),
  };
}
