import { mkdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { openImage } from '../src/images/open.js';
import { indexImage } from '../src/layers/index/index-image.js';
import { openUnion } from '../src/layers/union/open-union.js';
import { DEFAULT_LIMITS } from '../src/model/limits.js';
import { overlayMarks } from '../src/runtime/snapshot/overlay-marks.js';
import { plainLayers } from '../src/runtime/snapshot/plain-layers.js';
import { unpackedLayers } from '../src/runtime/snapshot/unpacked-layers.js';
import { storePaths } from '../src/store/paths.js';
import { openStore } from '../src/store/store.js';
import { unpackedRoot } from '../src/store/unpacked-layers.js';
import type { BenchImage } from './images.js';
import { interleaved, run, type Run } from './measure.js';
import type { Strata } from './strata.js';
import { peak, ratioRow, type Row } from './table.js';

/**
 * Rows of writing a whole image to disk: the union, against umoci, and each layer into a directory of its own, from plain
 * tars that are there, against tar, and from the compressed layers, against umoci. Everything is written to a place of
 * its own and nothing removed before the end: ext4 looks at all numbers of files that went away in the last minutes before
 * it gives one to a new file, which costs many times what is to be measured. `umoci unpack` also writes down what it has
 * unpacked, with a digest of each file, for `umoci repack`; `raw unpack` does not.
 */
export async function* unpackRows(
  strata: Strata,
  image: BenchImage,
  scratch: string,
  runs: number,
): AsyncGenerator<Row> {
  const { name, gzip, tag } = image;
  const times = Math.min(runs, 3);
  const folder = path.join(scratch, `unpack-${name}`);
  await mkdir(folder);
  let count = 0;
  const place = (): string => path.join(folder, String(count++));
  const umoci = (...command: readonly string[]) => {
    return (): Promise<Run> => run('umoci', [...command, '--image', `${gzip}:${tag}`, place()]);
  };

  await strata.run('layers', '--quiet', `oci:${gzip}`);
  const extract = (): Promise<Run> =>
    strata.run('extract', '--quiet', `oci:${gzip}`, '/', '--preserve', '-o', place());
  const extracted = await interleaved(times, extract, umoci('unpack'));
  yield ratioRow(
    `\`extract --preserve\` of /, ${name}; \`umoci unpack\``,
    extracted,
    0.35,
    peak(extracted.a),
  );
  yield ratioRow(
    `\`extract --preserve\` of /, ${name}; \`umoci raw unpack\``,
    await interleaved(times, extract, umoci('raw', 'unpack')),
  );

  const { unpack, tars, forgetPlain } = await unpackerOf(strata, image, place);
  yield ratioRow(
    `its layers as directories, plain tars at hand, ${name}; \`tar x\` of them`,
    await interleaved(times, unpack, () =>
      run('bash', [
        '-c',
        'to=$1; shift; for tar; do at=$to/${tar##*/}; mkdir -p "$at"; tar -xf "$tar" -C "$at" || exit; done',
        'bash',
        place(),
        ...tars,
      ]),
    ),
    0.8,
  );
  await forgetPlain();
  yield ratioRow(
    `its layers as directories, from gzip, ${name}; \`umoci unpack\``,
    await interleaved(times, unpack, umoci('unpack')),
    0.35,
  );
}

interface Unpacker {
  /** Unpacks all layers anew, in this process. */
  readonly unpack: () => Promise<Run>;
  /** Plain tars of the layers, base first, until `forgetPlain` moves them away. */
  readonly tars: readonly string[];
  readonly forgetPlain: () => Promise<void>;
}

async function unpackerOf(strata: Strata, { gzip }: BenchImage, place: () => string): Promise<Unpacker> {
  const store = await openStore(storePaths({ STRATA_STORE: strata.store }, homedir()));
  const { image } = await openImage(`oci:${gzip}`, { spoolDir: store.paths.root });
  const layers = await indexImage(image, { store, limits: DEFAULT_LIMITS });
  const union = await openUnion(
    layers.map(({ index }) => index),
    store,
  );
  const unpack = async (): Promise<Run> => {
    await rename(unpackedRoot(store), place()).catch(() => undefined);
    const pins = place();
    await mkdir(pins);
    const start = performance.now();
    await unpackedLayers(store, { layers, union }, layers.length, {
      limits: DEFAULT_LIMITS,
      durable: false,
      marks: overlayMarks(),
      pins,
    });
    return { seconds: (performance.now() - start) / 1000, peakMB: 0 };
  };
  await unpack();
  // Those of layers without a byte of content, too, which nobody has needed so far.
  const tars = [...new Set(await plainLayers(store, layers, { limits: DEFAULT_LIMITS, durable: false }))];
  const forgetPlain = (): Promise<void> => rename(path.dirname(tars[0]), place());
  return { unpack, tars, forgetPlain };
}
