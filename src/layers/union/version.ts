import { fileOfTouch, type SnapshotFile } from './snapshot-file.js';
import { leavesFile, type Union } from './union.js';

/** Returns what layer `layer` left at `node`, as its archive has it; undefined when it has no entry there or removes it. */
export function versionOf(union: Union, node: number, layer: number): SnapshotFile | undefined {
  for (let touch = union.touchStart[node + 1] - 1; touch >= union.touchStart[node]; touch--)
    if (union.touches.layer[touch] === layer)
      return leavesFile(union, touch) ? fileOfTouch(union, node, touch) : undefined;
  return undefined;
}

/** Returns the layers that hold a version of `node`, base first. */
export function layersHolding(union: Union, node: number): number[] {
  const layers: number[] = [];
  for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1]; touch++)
    if (leavesFile(union, touch)) layers.push(union.touches.layer[touch]);
  return [...new Set(layers)];
}
