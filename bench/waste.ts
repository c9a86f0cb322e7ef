import type { BenchImage } from './images.js';
import { interleaved } from './measure.js';
import type { Strata } from './strata.js';
import { peak, ratioRow, type Row } from './table.js';

/** Rows of `strata waste` on an image whose layers are indexed: what it costs beside opening the image. */
export async function* wasteRows(
  strata: Strata,
  { name, gzip }: BenchImage,
  runs: number,
): AsyncGenerator<Row> {
  const image = `oci:${gzip}`;
  await strata.run('layers', '--quiet', image);
  // The file times settle a moment after they were made; then the bytes are known and not hashed again.
  await strata.run('ls', '--quiet', image, '/');
  const times = await interleaved(
    runs,
    () => strata.run('waste', '--quiet', image),
    () => strata.run('ls', '--quiet', image, '/'),
  );
  yield ratioRow(`warm \`waste\`, ${name}; warm \`ls /\``, times, 2, peak(times.a));
}
