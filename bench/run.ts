/**
 * `npm run bench [-- small medium large --runs 5]`: what strata costs beside what must be paid anyway, both measured in
 * this run, interleaved. Prints a table in Markdown: what, ours, baseline, ratio, target, met or not. Builds its images
 * the first time; needs root, podman, umoci, isal, zstd and openssl.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { coldRows } from './cold.js';
import { diffRows } from './diff.js';
import { growthRows } from './growth.js';
import { benchImage } from './images.js';
import { interleaved } from './measure.js';
import { node, strataIn } from './strata.js';
import { aboveRow, markdown, type Row } from './table.js';
import { unionRows } from './union.js';
import { warmRows } from './warm.js';
import { wasteRows } from './waste.js';

const NAMES = ['small', 'medium', 'large'] as const;

const argv = process.argv.slice(2);
const runs = argv.includes('--runs') ? Number(argv[argv.indexOf('--runs') + 1]) : 5;
const asked = NAMES.filter((name) => argv.includes(name));

// Not the folder for temporary files: that is in memory on some machines.
const scratch = await mkdtemp(path.join('/var/tmp', 'strata-bench-'));
const rows: Row[] = [];
try {
  for await (const row of all()) {
    rows.push(row);
    process.stderr.write(`${row.what}: ${row.ours}, ${row.baseline}, ${row.ratio.toFixed(2)}\n`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.stdout.write(markdown(rows));

async function* all(): AsyncGenerator<Row> {
  const strata = strataIn(scratch);
  yield aboveRow(
    '`strata --version`; `node -e 0`',
    await interleaved(runs * 2, () => strata.run('--version'), node),
    0.09,
  );
  for (const name of asked.length === 0 ? NAMES : asked) {
    const image = await benchImage(name);
    yield* coldRows(strata, image, runs);
    yield* warmRows(strata, image, scratch, runs);
    yield* wasteRows(strata, image, runs);
  }
  yield* diffRows(strata, scratch, runs);
  yield* growthRows(strata, scratch, runs);
  yield* unionRows();
}
