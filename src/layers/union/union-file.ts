import { createHash } from 'node:crypto';
import type { Anomaly } from '../../model/anomaly.js';
import type { AnomalyCode } from '../../model/anomaly-codes.js';
import { derivedKey, DERIVED_VERSIONS } from '../../store/derived.js';
import { decodeColumns, encodeColumns } from '../index/columns.js';
import { columnReader, pathColumns, readPaths } from '../index/index-file.js';
import type { LayerIndex } from '../index/layer-index.js';
import type { Union } from './union.js';

interface UnionMeta {
  readonly anomalies: readonly Anomaly[];
  readonly anomalyCounts: readonly (readonly [AnomalyCode, number])[];
}

/**
 * Returns the key of a union in the store: 64 hex digits that depend on the layers and their order only. The count of
 * entries is in it because an absent layer has its diffID but no entries.
 */
export function unionKey(layers: readonly LayerIndex[]): string {
  const hash = createHash('sha256').update(`${String(DERIVED_VERSIONS.index)}\n`);
  for (const layer of layers) hash.update(`${layer.diffID} ${String(layer.count)}\n`);
  return hash.digest('hex');
}

/** Returns the key of what is derived from the union of these layers: what folds them has a version of its own. */
export function ofUnionKey(layers: readonly LayerIndex[]): string {
  return derivedKey(unionKey(layers), String(DERIVED_VERSIONS.union));
}

/** Returns the union, without its layers, as parts of one file. */
export function encodeUnion(union: Union): Uint8Array[] {
  const meta: UnionMeta = { anomalies: union.anomalies, anomalyCounts: [...union.anomalyCounts] };
  return encodeColumns(meta, {
    ...pathColumns(union.paths),
    childStart: union.childStart,
    children: union.children,
    touchStart: union.touchStart,
    touchLayer: union.touches.layer,
    touchKind: union.touches.kind,
    touchRow: union.touches.row,
    linkTouch: union.links.touch,
    linkLayer: union.links.layer,
    linkRow: union.links.row,
  });
}

/** Returns the union of `layers` that `bytes` holds. Throws E_STORE. */
export function decodeUnion(bytes: Uint8Array<ArrayBuffer>, layers: readonly LayerIndex[]): Union {
  const { meta, columns } = decodeColumns(bytes);
  const head = meta as UnionMeta;
  const column = columnReader(columns);
  return {
    layers,
    paths: readPaths(column),
    childStart: column('childStart', Uint32Array),
    children: column('children', Uint32Array),
    touchStart: column('touchStart', Uint32Array),
    touches: {
      layer: column('touchLayer', Uint16Array),
      kind: column('touchKind', Uint8Array),
      row: column('touchRow', Int32Array),
    },
    links: {
      touch: column('linkTouch', Uint32Array),
      layer: column('linkLayer', Uint16Array),
      row: column('linkRow', Uint32Array),
    },
    anomalies: head.anomalies,
    anomalyCounts: new Map(head.anomalyCounts),
  };
}
