import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { tool } from '../test/helpers/tool.js';
import { interleaved, median, run } from './measure.js';
import type { Strata } from './strata.js';
import { dockerArchive } from './synthetic.js';
import { boundRow, peak, ratioRow, type Row, seconds } from './table.js';

const FILES = 50_000;

/** Rows of comparing two images that are indexed, against GNU diff on their unpacked trees. */
export async function* diffRows(strata: Strata, scratch: string, runs: number): AsyncGenerator<Row> {
  const folder = path.join(scratch, 'diff');
  const at = (name: string): string => path.join(folder, name);
  await mkdir(folder);
  try {
    await dockerArchive(at('a.tar'), 5, FILES, (i) => `file ${String(i)}\n`);
    // Every tenth file has another content.
    await dockerArchive(at('b.tar'), 5, FILES, (i) => `file ${String(i)}${i % 10 === 0 ? ' again' : ''}\n`);
    for (const name of ['a', 'b']) {
      await mkdir(at(name));
      await tool('bash', ['-c', UNPACK, 'bash', at(`${name}.tar`), at(name)]);
      await strata.run('layers', '--quiet', at(`${name}.tar`));
    }
    const times = await interleaved(
      runs,
      () => strata.run('diff', '--quiet', at('a.tar'), at('b.tar')),
      () => run('bash', ['-c', 'diff -rq --no-dereference "$1" "$2" || true', 'bash', at('a'), at('b')]),
    );
    const what = `\`diff\` of two images of ${FILES.toLocaleString('en')} files`;
    yield ratioRow(`${what}; \`diff -rq\` of their trees`, times, undefined, peak(times.a));
    const took = median(times.a.map((one) => one.seconds));
    yield boundRow(`${what}, whole process`, took, 1, seconds);
    yield boundRow(
      `${what}, peak memory`,
      Math.max(...times.a.map(({ peakMB }) => peakMB)),
      200,
      (mb) => `${mb.toFixed(0)} MB`,
    );

    await tool('bash', ['-c', LONG_TEXTS, 'bash', folder]);
    const texts = [`rootfs:${at('long-a')}`, `rootfs:${at('long-b')}`];
    const long = await interleaved(
      runs,
      () => strata.run('diff', '--quiet', ...texts, '/text', '--max-content', '256MiB'),
      () => run('bash', ['-c', 'sha256sum "$1" "$2"', 'bash', at('long-a/text'), at('long-b/text')]),
    );
    yield ratioRow(
      '`diff` of two texts of 4 M lines, to its cap; `sha256sum` of both',
      long,
      undefined,
      peak(long.a),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const UNPACK = `
set -e
work=$(mktemp -d)
tar -xf "$1" -C "$work"
for layer in "$work"/layer-*.tar; do tar -xf "$layer" -C "$2"; done
rm -r "$work"`;

const LONG_TEXTS = `
set -e
mkdir "$1/long-a" "$1/long-b"
seq 4000000 > "$1/long-a/text"
seq 4000000 | sed 's/7/x/' > "$1/long-b/text"`;
