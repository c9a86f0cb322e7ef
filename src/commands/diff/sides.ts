import { existsSync } from 'node:fs';
import type { Side } from '../../layers/compare/walk-both.js';
import { parseReference } from '../../model/reference.js';
import { resolveSnapshot } from '../../model/snapshot.js';
import type { Context } from '../program/context.js';
import { openSnapshot, type OpenedSnapshot } from '../image/open.js';

/** The two snapshots that are compared. */
export interface Sides {
  readonly before: OpenedSnapshot;
  readonly after: OpenedSnapshot;
  /** Whether both are snapshots of one image, opened once. */
  readonly same: boolean;
  readonly close: () => Promise<void>;
}

/** Opens two snapshots; an image that both name is opened, read and folded once. Throws what opening throws. */
export async function openSides(context: Context, a: string, b: string): Promise<Sides> {
  const [refA, refB] = [parseReference(a, existsSync), parseReference(b, existsSync)];
  const whole = (reference: typeof refA): string =>
    JSON.stringify([reference.transport, reference.target, reference.selector ?? null]);
  const before = await openSnapshot(context, a);
  try {
    if (whole(refA) === whole(refB)) {
      const n = resolveSnapshot(before.image.layers, refB.snapshot);
      return { before, after: { ...before, n }, same: true, close: before.close };
    }
    const after = await openSnapshot(context, b);
    const close = async (): Promise<void> => {
      await Promise.all([before.close(), after.close()]);
    };
    return { before, after, same: false, close };
  } catch (error) {
    await before.close();
    throw error;
  }
}

/** What the pure comparison needs of an open snapshot. */
export function sideOf({ union, n }: OpenedSnapshot): Side {
  return { union, n };
}
