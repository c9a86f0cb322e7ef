import { readsPlainTars, type SnapshotChoice } from '../../runtime/snapshot/prepare.js';
import type { PlainToKeep } from '../image/open.js';
import type { Context } from '../program/context.js';
import { containerPlace } from './place.js';

/**
 * Returns which plain tars are to be kept of an image whose snapshot will be mounted: all that a container keeps, and those
 * that EROFS reads; undefined where layers are unpacked from their blobs. Nothing can be mounted without the store: that
 * there is none is said here, before a large image is read for nothing.
 */
export async function plainToKeep(
  context: Context,
  {
    snapshot = 'auto',
    kept,
    all = false,
  }: {
    readonly snapshot?: SnapshotChoice | undefined;
    readonly kept: boolean;
    readonly all?: boolean;
  },
): Promise<PlainToKeep | undefined> {
  const { run } = await containerPlace(context);
  return kept || readsPlainTars(snapshot, run.erofs) ? { durable: kept, all } : undefined;
}
