import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import { resolvePath } from '../../layers/union/resolve.js';
import type { Union } from '../../layers/union/union.js';
import { ensureLayout } from '../../store/layout.js';
import { TEMPORARY } from '../../store/layout-names.js';
import { ownerTag } from '../../store/owner.js';
import type { Store } from '../../store/store.js';
import { removeTree } from '../../store/remove-tree.js';
import type { ComparedFacet } from './compare-file.js';
import type { LeftOut, LeftOutReason } from '../erofs/left-out.js';
import { mountAlone } from '../snapshot/mount-alone.js';
import { type PrepareOptions, prepareSnapshot } from '../snapshot/prepare.js';
import { unmount } from '../sys/mount.js';
import { enterPrivateMounts } from '../sys/namespace.js';
import { compareMounted, type CompareOptions, type MountedDifference } from './compare-mounted.js';

/** What the comparison of a mounted snapshot was. */
export interface MountedVerification {
  readonly kind: 'erofs' | 'unpacked';
  /** Entries compared. */
  readonly entries: number;
  /** What the snapshot cannot show as the image has it. */
  readonly left: LeftOut;
}

/**
 * Mounts snapshot `n` for as long as it is compared with the union, in a mount namespace that this process is in from then
 * on; nothing is left behind. Throws what {@link prepareSnapshot} and {@link compareMounted} throw.
 */
export async function verifyMounted(
  store: Store,
  source: { readonly layers: readonly IndexedLayer[]; readonly union: Union; readonly n: number },
  options: PrepareOptions & CompareOptions,
): Promise<MountedVerification> {
  await ensureLayout(store);
  const { union, n } = source;
  const folder = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner));
  mkdirSync(folder, 0o700);
  let mounted: string | undefined;
  try {
    const snapshot = await prepareSnapshot(store, source, n, path.join(folder, 'layers'), options);
    enterPrivateMounts();
    mounted = mountAlone(snapshot, resolvePath(union, n, '/'), folder);
    const onDifference = (difference: MountedDifference): void => {
      if (!isTold(snapshot.left, difference)) options.onDifference(difference);
    };
    const entries = await compareMounted(union, n, mounted, { ...options, onDifference });
    return { kind: snapshot.kind, entries, left: snapshot.left };
  } finally {
    if (mounted !== undefined) unmount(mounted);
    await removeTree(folder);
  }
}

/** Why the caller or the file system could not do better, where that is told of the snapshot. */
const REASONS: Partial<Record<ComparedFacet, LeftOutReason>> = {
  missing: 'device',
  owner: 'owner',
  xattrs: 'xattr',
  mtime: 'time',
};

function isTold(left: LeftOut, { path: place, facet }: MountedDifference): boolean {
  const reason = REASONS[facet];
  const told = reason === undefined ? undefined : left.get(reason);
  // Only the first are named.
  return (
    told !== undefined && (told.count > told.first.length || told.first.some((one) => one.path === place))
  );
}
