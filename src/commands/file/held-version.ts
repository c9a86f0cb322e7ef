import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { layersHolding, versionOf } from '../../layers/union/version.js';
import { fail } from '../../model/error.js';
import type { OpenedSnapshot } from '../image/open.js';
import { typedNode } from '../flags/typed-path.js';

/**
 * Returns the version of a typed path that one layer holds, whatever other layers made of it. Throws E_NOT_FOUND with
 * the layers that do hold one.
 */
export function heldVersion(
  { union }: Pick<OpenedSnapshot, 'union'>,
  path: string,
  layer: number,
  image: string,
): SnapshotFile {
  const node = typedNode(union, union.layers.length, path, image);
  const file = versionOf(union, node, layer);
  if (file !== undefined) return file;
  const others = layersHolding(union, node);
  return fail('E_NOT_FOUND', `looking up ${path}: layer ${String(layer)} holds no version of it`, {
    hint: others.length === 1 ? `layer ${others.join()} does` : `layers ${others.join(', ')} do`,
  });
}
