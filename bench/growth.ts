import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { TAR_END, tarHeader, tarPadding } from '../src/io/tar/write.js';
import { interleaved, median, type Run } from './measure.js';
import type { Strata } from './strata.js';
import { boundRow, milliseconds, type Row } from './table.js';

/** What Node, oclif and the program take without any entry, in MB. */
const EMPTY_MB = 90;

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
        `cold index of ${thousands(entries)} empty files, time of each; a smaller image's`,
        each,
        before,
        microseconds,
        'linear: at most 1.1',
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

/** Writes a docker-archive of `layers` layers with `entries` empty files in all, packages of 40, and returns its path. */
async function dockerArchive(file: string, layers: number, entries: number): Promise<string> {
  const handle = await open(file, 'w');
  const each = Math.ceil(entries / layers);
  const diffIDs: string[] = [];
  const names: string[] = [];
  try {
    for (let layer = 0; layer < layers; layer++) {
      const name = `layer-${String(layer)}.tar`;
      await handle.write(header(name, each * 512 + TAR_END.length));
      const hash = createHash('sha256');
      let batch: Uint8Array[] = [];
      const flush = async (): Promise<void> => {
        const bytes = Buffer.concat(batch);
        hash.update(bytes);
        await handle.write(bytes);
        batch = [];
      };
      for (let i = 0; i < each; i++) {
        batch.push(header(fileName(layer * each + i), 0));
        if (batch.length === 2048) await flush();
      }
      batch.push(TAR_END);
      await flush();
      diffIDs.push(`sha256:${hash.digest('hex')}`);
      names.push(name);
    }
    const documents: [name: string, value: unknown][] = [
      ['config.json', { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIDs } }],
      ['manifest.json', [{ Config: 'config.json', RepoTags: ['grown:1'], Layers: names }]],
    ];
    for (const [name, value] of documents) {
      const bytes = Buffer.from(JSON.stringify(value));
      await handle.write(Buffer.concat([header(name, bytes.length), bytes, tarPadding(bytes.length)]));
    }
    await handle.write(TAR_END);
  } finally {
    await handle.close();
  }
  return file;
}

function fileName(number: number): string {
  return `usr/lib/node_modules/package-${String(Math.floor(number / 40))}/lib/file-${String(number)}.js`;
}

function header(name: string, size: number): Uint8Array {
  return tarHeader({
    kind: 'file',
    name: Buffer.from(name),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtimeSeconds: 1_700_000_000,
    mtimeNanoseconds: 0,
  });
}
