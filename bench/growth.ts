import { rm } from 'node:fs/promises';
import path from 'node:path';
import { interleaved, median, type Run } from './measure.js';
import type { Strata } from './strata.js';
import { dockerArchive } from './synthetic.js';
import { boundRow, milliseconds, type Row } from './table.js';

/** What Node, oclif and the program take without any entry, in MB. */
const EMPTY_MB = 90;
/** How much more an entry of a larger image may take where time grows with their number alone. */
const LINEAR = 1.1;

/** Rows of how time and memory of a cold index grow with the number of entries and of layers. */
export async function* growthRows(strata: Strata, scratch: string, runs: number): AsyncGenerator<Row> {
  const index = async (file: string, times: number): Promise<readonly Run[]> => {
    const fresh = async (): Promise<Run> => {
      await strata.forget();
      return strata.run('layers', '--quiet', file);
    };
    const result = await interleaved(times, fresh, () => Promise.resolve({ seconds: 0, peakMB: 0 }));
    await rm(file);
    return result.a;
  };

  const empty = await index(await dockerArchive(path.join(scratch, 'none.tar'), 1, 1), runs);
  const start = median(empty.map((one) => one.seconds));
  const sizes = [10_000, 100_000, 1_000_000, 3_000_000];
  let before: number | undefined;
  for (const entries of sizes) {
    const file = await dockerArchive(path.join(scratch, 'entries.tar'), 1, entries);
    const all = await index(file, entries > 1_000_000 ? 1 : Math.min(runs, 3));
    const each = (median(all.map((one) => one.seconds)) - start) / entries;
    const peakMB = Math.max(...all.map((one) => one.peakMB));
    if (before !== undefined)
      yield boundRow(
        `cold index of ${thousands(entries)} empty files, time of each; ${String(LINEAR)} times a smaller image's`,
        each,
        before * LINEAR,
        microseconds,
      );
    before = each;
    if (entries === 3_000_000)
      yield boundRow(
        `peak memory, ${thousands(entries)} entries`,
        peakMB,
        700,
        (mb) => `${mb.toFixed(0)} MB`,
      );
    else if (entries === 1_000_000)
      yield boundRow(
        `memory of each of ${thousands(entries)} entries above ${String(EMPTY_MB)} MB`,
        ((peakMB - EMPTY_MB) * 1e6) / entries,
        150,
        (bytes) => `${bytes.toFixed(0)} B`,
        `peak ${peakMB.toFixed(0)} MB`,
      );
  }

  let perLayer: number | undefined;
  for (const layers of [50, 500]) {
    const file = await dockerArchive(path.join(scratch, 'layers.tar'), layers, 200 * layers);
    const all = await index(file, runs);
    const each = (median(all.map((one) => one.seconds)) - start) / layers;
    if (perLayer !== undefined)
      yield boundRow(`cold index of 500 layers, time of each; of 50 layers`, each, perLayer, milliseconds);
    perLayer = each;
  }
}

const thousands = (count: number): string => count.toLocaleString('en');
const microseconds = (value: number): string => `${(value * 1e6).toFixed(1)} µs`;
