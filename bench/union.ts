import { createAnomalyLog } from '../src/model/anomaly.js';
import { parseDigest } from '../src/model/digest.js';
import type { TarMember } from '../src/model/tar-member.js';
import { createIndexBuilder } from '../src/layers/build-index.js';
import type { LayerIndex } from '../src/layers/layer-index.js';
import { unite } from '../src/layers/unite.js';
import { boundRow, seconds as inSeconds, type Row } from './table.js';

/** Folds synthetic stacks in this process: time against its target, and how time grows with the number of entries. */
export function* unionRows(): Generator<Row> {
  for (const [layers, entries, target] of [
    [9, 250_000, 0.25],
    [70, 1_000_000, 2.5],
  ] as const) {
    const stack = Array.from({ length: layers }, (_, layer) =>
      syntheticLayer(layer, Math.floor(entries / layers)),
    );
    const seconds = time(stack);
    yield boundRow(
      `union of ${String(entries)} entries, ${String(layers)} layers`,
      seconds,
      target,
      inSeconds,
    );
  }
  const [small, large] = [50_000, 500_000].map((entries) =>
    time(Array.from({ length: 10 }, (_, layer) => syntheticLayer(layer, entries / 10))),
  );
  yield {
    what: 'union, time per entry: 500,000 entries; 50,000',
    ours: `${((large / 500_000) * 1e9).toFixed(0)} ns`,
    baseline: `${((small / 50_000) * 1e9).toFixed(0)} ns`,
    ratio: large / 10 / small,
    target: 1.1,
  };
}

function time(layers: readonly LayerIndex[]): number {
  unite(layers);
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    unite(layers);
    return (performance.now() - start) / 1000;
  });
  return times.sort((a, b) => a - b)[1];
}

/** A third of the paths are those of the layer below, the rest are new: trees of packages of 40 files. */
export function syntheticLayer(layer: number, entries: number): LayerIndex {
  const builder = createIndexBuilder(createAnomalyLog());
  const member: TarMember = {
    kind: 'file',
    name: new Uint8Array(0),
    typeflag: 0x30,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    storedSize: 0,
    mtimeSeconds: 1_700_000_000,
    mtimeNanoseconds: 0,
    linkName: new Uint8Array(0),
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: undefined,
    sparse: undefined,
    headerOffset: 0,
    dataOffset: 512,
  };
  for (let i = 0; i < entries; i++) {
    const number = i % 3 === 0 ? i : i + layer * entries;
    member.name = Buffer.from(
      `usr/lib/node_modules/package-${String(Math.floor(number / 40))}/lib/file-${String(number)}.js`,
    );
    member.headerOffset = i * 1024;
    builder.member(member);
    builder.memberEnd();
  }
  return builder.finish({
    diffID: parseDigest(`sha256:${String(layer).padStart(64, '0')}`),
    plainBytes: entries * 1024,
  });
}
