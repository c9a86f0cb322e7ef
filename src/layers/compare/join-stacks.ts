import { createMember } from '../../io/tar/header.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { createIndexBuilder } from '../index/build-index.js';
import { emptyIndex } from '../index/empty-index.js';
import type { LayerIndex } from '../index/layer-index.js';
import type { Union } from '../union/union.js';
import { unite } from '../union/unite.js';

/**
 * Returns one union of two stacks: the layers of the first, a layer that removes everything (an opaque root), and those
 * of the second. Snapshot n of the first is its snapshot n, snapshot m of the second its snapshot
 * `secondSnapshot` says: whatever compares two snapshots of one union so compares those of two images. The paths of the
 * first have the nodes that they have in its own union.
 */
export function joinStacks(first: readonly LayerIndex[], second: readonly LayerIndex[]): Union {
  return unite([...first, removeAll(), ...second]);
}

function removeAll(): LayerIndex {
  const builder = createIndexBuilder(createAnomalyLog());
  builder.member({ ...createMember(), name: Buffer.from('.wh..wh..opq'), typeflag: 0x30, dataOffset: 512 });
  builder.memberEnd();
  return builder.finish({ diffID: emptyIndex().diffID, plainBytes: 0 });
}
