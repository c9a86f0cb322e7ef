import { TOUCH } from './touch.js';
import type { TouchLog } from './touch-log.js';

interface Fold {
  readonly log: TouchLog;
  /** The layer that is folded. */
  readonly position: number;
  /** -1 when the node was never touched. */
  lastTouch(node: number): number;
}

/** Says why a whiteout of the layer finds nothing at the node. */
export function whyNotThere(fold: Fold, node: number): string {
  const { log, position } = fold;
  const last = fold.lastTouch(node);
  const where = `layer ${String(position)}`;
  if (node === 0) return `${where}: the root cannot be removed`;
  if (last < 0) return `${where}: no lower layer has it`;
  const layer = log.layerOf(last);
  if (layer < position) return `${where}: it is gone since layer ${String(layer)}`;
  return log.kindOf(last) === TOUCH.removed
    ? `${where}: the layer removes it twice`
    : `${where}: a whiteout or opaque mark above it removes it in the same layer`;
}
