import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolvePath } from '../../layers/union/resolve.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import { childNamed, type Union } from '../../layers/union/union.js';
import { StrataError } from '../../model/error.js';
import { type IdMap, idOutside } from '../id-map.js';
import { copyMetadata } from './copy-metadata.js';

/** A place of the container on which something is mounted. */
export interface MountTarget {
  /** Absolute, clean. */
  readonly path: string;
  readonly kind: 'directory' | 'file';
}

/** As Docker's own init layer has them: without, the runtime would make them in what is committed. */
const ALWAYS: readonly MountTarget[] = [
  { path: '/dev', kind: 'directory' },
  { path: '/proc', kind: 'directory' },
  { path: '/sys', kind: 'directory' },
  { path: '/etc/hosts', kind: 'file' },
  { path: '/etc/hostname', kind: 'file' },
  { path: '/etc/resolv.conf', kind: 'file' },
];

/**
 * Fills the empty directory `init`, a layer that lies above the snapshot and below what the container writes: afterwards
 * every target is there as what it must be. What an image has in the place of one (a link to elsewhere) is hidden. Links on
 * the way are followed inside the snapshot only; one that leads nowhere is hidden by a directory. Directories of the
 * snapshot on the way keep owner, mode, times and attributes.
 */
export function makeInitLayer(
  union: Union,
  n: number,
  targets: readonly MountTarget[],
  init: string,
  idMap: IdMap,
): void {
  const owner = idOutside(idMap, 0) ?? 0;
  const root = resolvePath(union, n, '/');
  const shown = new Map([['/', root]]);
  for (const target of [...ALWAYS, ...targets]) {
    const directory = placeTarget(union, n, target, { init, root, owner });
    for (let at = directory.path; !shown.has(at); at = path.dirname(at))
      shown.set(at, resolvePath(union, n, at, { followLast: false }));
  }
  // From the deepest up: a mode may forbid to look into a directory.
  for (const [at, directory] of [...shown].sort(([a], [b]) => b.length - a.length))
    copyMetadata(directory, path.join(init, at), idMap);
}

interface Layer {
  readonly init: string;
  /** Of the snapshot. */
  readonly root: SnapshotFile;
  /** Of what is made here. */
  readonly owner: number;
}

/** Returns the deepest directory of the snapshot in which something was made for the target; the root for nothing. */
function placeTarget(union: Union, n: number, target: MountTarget, layer: Layer): SnapshotFile {
  const names = target.path.split('/').filter((name) => name !== '');
  const last = names.pop();
  if (last === undefined) return layer.root;
  /** The last directory on the way that the snapshot has. */
  let existing = layer.root;
  /** Where this is in the init layer, and whether the snapshot has it. */
  let at = '';
  let there = true;
  for (const name of names) {
    const found: SnapshotFile | undefined = there ? directoryBelow(union, n, existing, name) : undefined;
    there = found !== undefined;
    existing = found ?? existing;
    at = found?.path ?? `${at}/${name}`;
    if (!there) makeDirectory(layer, at);
  }
  if (there && childOf(union, n, existing, last)?.kind === target.kind) return layer.root;
  at = `${at === '/' ? '' : at}/${last}`;
  if (target.kind === 'directory') makeDirectory(layer, at);
  else makeFile(layer, at);
  return existing;
}

/** Returns the directory that `name` is, or leads to, inside the snapshot. */
function directoryBelow(
  union: Union,
  n: number,
  directory: SnapshotFile,
  name: string,
): SnapshotFile | undefined {
  const child = childOf(union, n, directory, name);
  if (child === undefined) return undefined;
  if (child.kind !== 'symlink') return child.kind === 'directory' ? child : undefined;
  try {
    const led = resolvePath(union, n, child.path);
    return led.kind === 'directory' ? led : undefined;
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') return undefined;
    throw thrown;
  }
}

function childOf(union: Union, n: number, directory: SnapshotFile, name: string): SnapshotFile | undefined {
  const node = childNamed(union, directory.node, name);
  return node < 0 ? undefined : fileAt(union, node, n);
}

/** Makes a directory that the snapshot does not have, and what is above it. */
function makeDirectory({ init, owner }: Layer, at: string): void {
  const place = path.join(init, at);
  if (mkdirSync(place, { recursive: true, mode: 0o755 }) === undefined) return;
  chmodSync(place, 0o755);
  chownSync(place, owner, owner);
}

function makeFile({ init, owner }: Layer, at: string): void {
  const place = path.join(init, at);
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o755 });
  writeFileSync(place, '', { flag: 'a' });
  chmodSync(place, 0o644);
  chownSync(place, owner, owner);
}
