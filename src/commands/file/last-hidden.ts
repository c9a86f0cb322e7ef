import { heldVersions, type HiddenVersion, lastHidden } from '../../layers/changes/hidden.js';
import { nodePath } from '../../layers/index/path-table.js';
import { fileAt } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { fail } from '../../model/error.js';
import type { Context } from '../program/context.js';
import type { OpenedSnapshot } from '../image/open.js';
import { typedNode } from '../flags/typed-path.js';

/**
 * Returns the last version of a typed path that the snapshot hides; says so where there are several. Throws E_NOT_FOUND
 * with the layers that hold one when none is hidden.
 */
export function lastHiddenVersion(
  context: Context,
  { union, n }: OpenedSnapshot,
  path: string,
  image: string,
): HiddenVersion {
  const node = typedNode(union, n, path, image);
  const hidden = lastHidden(union, n, node);
  const layers = layersOf(heldVersions(union, n, node).map(({ file }) => file.layer));
  if (hidden === undefined)
    return fail('E_NOT_FOUND', `looking up ${path}: no version of it is hidden`, {
      hint: shownHint(union, n, node, layers, image),
    });
  if (layers.includes(','))
    context.log.info(
      `${nodePath(union.paths, node)} is held by ${layers}: this is that of layer ${String(hidden.file.layer)}`,
    );
  return hidden;
}

function shownHint(union: Union, n: number, node: number, layers: string, image: string): string {
  const path = nodePath(union.paths, node);
  const lists = `strata deleted ${image} lists what is hidden`;
  if (fileAt(union, node, n)?.kind === 'directory')
    return `the snapshot shows it; strata recover ${image} ${path} --all -o DIR writes what is hidden below it`;
  return layers === '' ? lists : `the snapshot shows what is in ${layers}; ${lists}`;
}

/** `layer 3`, `layers 3, 5`; '' for none. */
export function layersOf(layers: readonly number[]): string {
  const each = [...new Set(layers)];
  return each.length === 0 ? '' : `${each.length === 1 ? 'layer' : 'layers'} ${each.join(', ')}`;
}
