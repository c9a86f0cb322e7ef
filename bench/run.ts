/**
 * `npm run bench [-- small medium large --runs 5]`: what strata costs beside what must be paid anyway, both measured in
 * this run, interleaved. Prints a table in Markdown: what, ours, baseline, ratio, target, met or not.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { benchImage, type BenchImage, type BenchImageName } from './images.js';
import { interleaved, median, run, type Run } from './measure.js';
import { unionRows } from './union.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const STRATA = path.join(ROOT, 'bin/run.js');
const NAMES = ['small', 'medium', 'large'] as const;

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly baseline: string;
  readonly ratio: number;
  readonly target: number;
  readonly note?: string;
}

const argv = process.argv.slice(2);
const runs = argv.includes('--runs') ? Number(argv[argv.indexOf('--runs') + 1]) : 5;
const names = NAMES.filter((name) => argv.includes(name));
const rows: Row[] = [];

function add(
  what: string,
  ours: readonly Run[],
  baseline: readonly Run[],
  target: number,
  note?: string,
): void {
  const a = median(ours.map((one) => one.seconds));
  const b = median(baseline.map((one) => one.seconds));
  const ratio = median(ours.map((one, i) => one.seconds / baseline[i].seconds));
  rows.push({
    what,
    ours: `${a.toFixed(3)} s`,
    baseline: `${b.toFixed(3)} s`,
    ratio,
    target,
    ...(note === undefined ? {} : { note }),
  });
  process.stderr.write(
    `${what}: ${a.toFixed(3)} / ${b.toFixed(3)} s = ${ratio.toFixed(2)} (target ${String(target)})\n`,
  );
}

const scratch = await mkdtemp(path.join(tmpdir(), 'strata-bench-'));
try {
  await startUp();
  for (const name of names.length === 0 ? NAMES : names) await image(name);
  for (const row of unionRows()) rows.push(row);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.stdout.write(table(rows));

async function startUp(): Promise<void> {
  const node = () => run(process.execPath, ['-e', '0']);
  const version = await interleaved(runs * 2, () => run(process.execPath, [STRATA, '--version']), node);
  difference('`strata --version` above `node -e 0`', version.a, version.b, 0.09);
}

/** A row whose ratio is the difference in seconds against its target. */
function difference(what: string, ours: readonly Run[], baseline: readonly Run[], target: number): void {
  const a = median(ours.map((one) => one.seconds));
  const b = median(baseline.map((one) => one.seconds));
  const above = median(ours.map((one, i) => one.seconds - baseline[i].seconds));
  rows.push({
    what,
    ours: `${(a * 1000).toFixed(0)} ms`,
    baseline: `${(b * 1000).toFixed(0)} ms`,
    ratio: above / target,
    target: 1,
    note: `${(above * 1000).toFixed(0)} ms above, at most ${String(target * 1000)}`,
  });
  process.stderr.write(`${what}: ${(above * 1000).toFixed(0)} ms\n`);
}

async function image(name: BenchImageName): Promise<void> {
  const made = await benchImage(name);
  const gzip = await blobs(made.gzip);
  const zstd = await blobs(made.zstd);
  const pairs = (decode: string, digest: string, files: readonly string[]) => () =>
    run('sh', [
      '-c',
      `printf '%s\\n' "$@" | xargs -P2 -I{} sh -c '${decode} < {} | ${digest} >/dev/null'`,
      'sh',
      ...files,
    ]);
  const cold = (source: string) => async () => {
    await rm(path.join(scratch, 'store'), { recursive: true, force: true });
    return layers(source);
  };
  const gzipSum = { small: 0.9, medium: 0.6, large: 0.55 }[name];
  const first = await interleaved(runs, cold(`oci:${made.gzip}`), pairs('gzip -dc', 'sha256sum', gzip));
  add(`cold index, gzip, ${name}; two \`gzip -dc \\| sha256sum\``, first.a, first.b, gzipSum, peak(first.a));
  const limit = await interleaved(
    runs,
    cold(`oci:${made.gzip}`),
    pairs('igzip -dc', 'openssl dgst -sha256', gzip),
  );
  add(
    `cold index, gzip, ${name}; two \`igzip -dc \\| openssl dgst\``,
    limit.a,
    limit.b,
    name === 'small' ? 3 : 2.2,
  );
  const zstdTarget = Number(process.versions.node.split('.')[0]) >= 22 ? 1.6 : 3;
  const third = await interleaved(
    runs,
    cold(`oci:${made.zstd}`),
    pairs('zstd -dc', 'openssl dgst -sha256', zstd),
  );
  add(
    `cold index, zstd, ${name}; two \`zstd -dc \\| openssl dgst\``,
    third.a,
    third.b,
    zstdTarget,
    peak(third.a),
  );
  const plain = await interleaved(runs, cold(`docker-archive:${made.plain}`), () =>
    run('openssl', ['dgst', '-sha256', made.plain]),
  );
  add(
    `cold index, plain, ${name}; \`openssl dgst\` of the archive`,
    plain.a,
    plain.b,
    name === 'large' ? 2.4 : 2,
    peak(plain.a),
  );
  await warm(made);
}

async function warm(made: BenchImage): Promise<void> {
  await layers(`oci:${made.gzip}`);
  const list =
    (...more: string[]) =>
    () =>
      run(process.execPath, [STRATA, 'ls', '--quiet', `oci:${made.gzip}`, ...more], store());
  const node = () => run(process.execPath, ['-e', '0']);
  const oclif = () =>
    run(process.execPath, [
      '--input-type=module',
      '-e',
      `await import('@oclif/core/command'); const { Config } = await import('@oclif/core/config'); await Config.load(${JSON.stringify(ROOT)});`,
    ]);
  await list('/')();
  // The file times settle a moment after they were made; then the bytes are known and not hashed again.
  const open = await interleaved(runs * 2, list('/'), oclif);
  difference(`warm \`ls /\`, ${made.name}, above Node with oclif`, open.a, open.b, 0.12);
  const all = await interleaved(runs, list('/', '--recursive', '--names'), node);
  difference(`warm \`ls -R\`, ${made.name}, above \`node -e 0\``, all.a, all.b, 1);
}

function layers(source: string): Promise<Run> {
  return run(process.execPath, [STRATA, 'layers', '--quiet', source], store());
}

function store(): NodeJS.ProcessEnv {
  return { STRATA_STORE: path.join(scratch, 'store') };
}

function peak(ours: readonly Run[]): string {
  return `peak ${Math.max(...ours.map((one) => one.peakMB)).toFixed(0)} MB`;
}

async function blobs(layout: string): Promise<string[]> {
  const folder = path.join(layout, 'blobs/sha256');
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const file = path.join(folder, name);
      const head = (await readFile(file)).subarray(0, 4);
      return head[0] === 0x7b ? [] : [file];
    }),
  );
  return files.flat();
}

function table(list: readonly Row[]): string {
  const lines = list.map(({ what, ours, baseline, ratio, target, note }) => {
    const verdict = ratio <= target ? 'met' : '**missed**';
    return `| ${what} | ${ours} | ${baseline} | ${ratio.toFixed(2)} | ≤ ${String(target)} | ${verdict} | ${note ?? ''} |`;
  });
  return `| what; baseline | ours | baseline | ratio | target | | note |\n|---|---|---|---|---|---|---|\n${lines.join('\n')}\n`;
}
