import { createAnomalyLog } from '../../model/anomaly.js';
import { createIndexBuilder } from '../build-index.js';
import { emptyIndex } from '../empty-index.js';
import type { LayerIndex } from '../layer-index.js';
import type { Union } from '../union.js';
import { unite } from '../unite.js';

/**
 * Returns one union of two stacks: the layers of the first, a layer that removes everything (an opaque root), and those
 * of the second. Snapshot n of the first is its snapshot n, snapshot m of the second its snapshot
 * {@link secondSnapshot}: whatever compares two snapshots of one union so compares those of two images. The paths of the
 * first have the nodes that they have in its own union.
 */
export function joinStacks(first: readonly LayerIndex[], second: readonly LayerIndex[]): Union {
  return unite([...first, removeAll(), ...second]);
}

/** Returns the number of snapshot `m` of the second stack in the union with a first one of `count` layers. */
export function secondSnapshot(count: number, m: number): number {
  return count + 1 + m;
}

function removeAll(): LayerIndex {
  const builder = createIndexBuilder(createAnomalyLog());
  builder.member({
    kind: 'file',
    name: Buffer.from('.wh..wh..opq'),
    typeflag: 0x30,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    storedSize: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    linkName: Buffer.alloc(0),
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: undefined,
    sparse: undefined,
    headerOffset: 0,
    dataOffset: 512,
  });
  builder.memberEnd();
  return builder.finish({ diffID: emptyIndex().diffID, plainBytes: 0 });
}
