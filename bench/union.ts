import { createMember } from '../src/io/tar/header.js';
import { createAnomalyLog } from '../src/model/anomaly.js';
import { parseDigest } from '../src/model/digest.js';
import type { TarMember } from '../src/model/tar-member.js';
import { createIndexBuilder } from '../src/layers/index/build-index.js';
import type { LayerIndex } from '../src/layers/index/layer-index.js';
import { unite } from '../src/layers/union/unite.js';
import { median } from './measure.js';
import { boundRow, milliseconds, seconds as inSeconds, type Row } from './table.js';

/** Folds synthetic stacks in this process: time against its target, and how time grows with the number of entries. */
export function* unionRows(): Generator<Row> {
  for (const [layers, entries, target] of [
    [9, 250_000, 0.25],
    [70, 1_000_000, 2.5],
  ] as const) {
    const seconds = time(stackOf(layers, entries));
    yield boundRow(
      `union of ${String(entries)} entries, ${String(layers)} layers`,
      seconds,
      target,
      inSeconds,
    );
  }
  yield* growthOf('entries', DOUBLED_ENTRIES, (entries) => stackOf(10, entries));
  yield* growthOf('layers', DOUBLED_LAYERS, (layers) => stackOf(layers, layers * 1000));
}

const DOUBLED_ENTRIES = [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000];
/** Of a thousand entries each. From two on: a layer alone is compared with nothing, so two are more than its double. */
const DOUBLED_LAYERS = [2, 4, 8, 16, 32, 64, 128, 256, 512];
/** Twice the input may take so many times as long. */
const LINEAR = 2.2;

/** Yields the row of the doubling that costs most, each stack folded in turn with its double. */
function* growthOf(
  what: string,
  sizes: readonly number[],
  make: (size: number) => readonly LayerIndex[],
): Generator<Row> {
  let worst: Row | undefined;
  for (const size of sizes.slice(0, -1)) {
    const [a, b] = [make(size), make(2 * size)];
    unite(a);
    unite(b);
    const pairs = Array.from({ length: 7 }, () => [fold(b, 1), fold(a, 2)] as const);
    const ratio = median(pairs.map(([double, single]) => double / single));
    if (worst !== undefined && ratio <= worst.ratio) continue;
    worst = {
      what: `union, ${String(sizes[0])} to ${String(sizes.at(-1))} ${what}: the doubling that costs most`,
      ours: milliseconds(median(pairs.map(([double]) => double))),
      baseline: milliseconds(median(pairs.map(([, single]) => single))),
      ratio,
      target: LINEAR,
      note: `${String(size)} to ${String(2 * size)} ${what}`,
    };
  }
  if (worst !== undefined) yield worst;
}

/** Returns the processor's seconds of one fold, the mean of several where one is too short to be told. */
function fold(layers: readonly LayerIndex[], least: number): number {
  const start = process.cpuUsage();
  let times = 0;
  let seconds = 0;
  while (times < least || seconds < 0.02) {
    unite(layers);
    times++;
    const { user, system } = process.cpuUsage(start);
    seconds = (user + system) / 1e6;
  }
  return seconds / times;
}

function stackOf(layers: number, entries: number): readonly LayerIndex[] {
  return Array.from({ length: layers }, (_, layer) => syntheticLayer(layer, Math.floor(entries / layers)));
}

function time(layers: readonly LayerIndex[]): number {
  unite(layers);
  return median(
    [1, 2, 3].map(() => {
      const start = performance.now();
      unite(layers);
      return (performance.now() - start) / 1000;
    }),
  );
}

/** A third of the paths are those of the layer below, the rest are new: trees of packages of 40 files. */
export function syntheticLayer(layer: number, entries: number): LayerIndex {
  const builder = createIndexBuilder(createAnomalyLog());
  const member: TarMember = {
    ...createMember(),
    typeflag: 0x30,
    mode: 0o644,
    mtimeSeconds: 1_700_000_000,
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
