/**
 * `npm run bench [-- PART… --runs 5]`: what strata costs beside what must be paid anyway, both measured in this run,
 * interleaved; parts are the images small, medium and large, and unpack, diff, growth, union, run and explore. Prints a table in Markdown: what, ours, baseline, ratio, target, met or not. Builds its images
 * the first time; needs root, podman, umoci, isal, zstd and openssl.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { coldRows } from './cold.js';
import { diffRows } from './diff.js';
import { diveRows } from './dive.js';
import { keyRows, memoryRows } from './explore.js';
import { firstPaintRows } from './first-paint.js';
import { growthRows } from './growth.js';
import { benchImage } from './images.js';
import { interleaved } from './measure.js';
import { runRows } from './running.js';
import { node, strataIn } from './strata.js';
import { aboveRow, markdown, type Row } from './table.js';
import { unionRows } from './union.js';
import { unpackRows } from './unpack.js';
import { warmRows } from './warm.js';
import { wasteRows } from './waste.js';

const IMAGES = ['small', 'medium', 'large'] as const;
const PARTS = [...IMAGES, 'unpack', 'diff', 'growth', 'union', 'run', 'explore'] as const;

const argv = process.argv.slice(2);
const runs = argv.includes('--runs') ? Number(argv[argv.indexOf('--runs') + 1]) : 5;
const named = PARTS.filter((part) => argv.includes(part));
const asked = new Set<string>(named.length === 0 ? PARTS : named);

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
  for (const name of IMAGES.filter((one) => asked.has(one))) {
    const image = await benchImage(name);
    yield* coldRows(strata, image, runs);
    yield* warmRows(strata, image, scratch, runs);
    yield* wasteRows(strata, image, runs);
  }
  if (asked.has('unpack'))
    // Of a quarter of a million files one look takes minutes.
    for (const name of ['small', 'medium'] as const)
      yield* unpackRows(strata, await benchImage(name), scratch, runs);
  if (asked.has('diff')) yield* diffRows(strata, scratch, runs);
  if (asked.has('growth')) yield* growthRows(strata, scratch, runs);
  if (asked.has('union')) yield* unionRows();
  if (asked.has('run')) yield* runRows(strata, scratch, runs);
  if (asked.has('explore')) {
    // Before the processor is slowed down by what takes half a minute of it.
    yield* keyRows();
    yield* firstPaintRows(strata, runs);
    yield* diveRows(strata, runs);
    yield* memoryRows(scratch);
  }
}
