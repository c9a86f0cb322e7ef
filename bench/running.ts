import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startDocker } from '../test/helpers/docker.js';
import { manyLayers } from '../test/helpers/shell-images.js';
import { benchImage } from './images.js';
import { interleaved, median, run, type Run } from './measure.js';
import type { Strata } from './strata.js';
import { aboveRow, boundRow, ratioRow, type Row, seconds } from './table.js';

const DEMO = path.resolve(import.meta.dirname, '../fixtures/generated/demo.tar');
const NAME = 'strata-bench-run';

/** Podman as it works also where there is no systemd and limits are low. */
const PODMAN = [...['--runtime', 'runc', '--cgroup-manager', 'cgroupfs']] as const;
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', '--network', 'none'] as const;

/** A container takes a seventh of a second, and this machine's seconds differ: few runs say little of it. */
const MORE = 5;

/** Rows of a container that does nothing: warm, cold, many, and beside podman, buildah and a bare runtime. */
export async function* runRows(strata: Strata, scratch: string, runs: number): AsyncGenerator<Row> {
  execFileSync('podman', ['load', '-q', '-i', DEMO], { stdio: 'ignore' });
  const image = execFileSync('podman', ['images', '-q', '--no-trunc', 'harbour-notes'], { encoding: 'utf8' })
    .trim()
    .split('\n')[0];
  const ours = (): ReturnType<Strata['run']> =>
    strata.run('run', '-q', '--rm', '--entrypoint', '/bin/true', DEMO);
  yield ratioRow(
    'warm `run --rm true`; `podman run --rm`',
    await interleaved(runs * MORE, ours, () =>
      run('podman', [...PODMAN, 'run', '--rm', ...LIMITS, '--entrypoint', '/bin/true', image]),
    ),
    0.6,
  );
  yield aboveRow(
    'warm `run --rm true`; `node -e 0` and `crun run` on an overlay',
    await interleaved(runs * MORE, ours, bareCrun(scratch)),
    0.06,
  );
  yield* dockerRows(ours, runs);
  yield* execRows(strata, image, runs);
  yield* coldRows(strata, runs);
  yield* bisectRows(strata, scratch, runs);
  execFileSync('buildah', ['from', '--name', NAME, '--pull-never', image], { stdio: 'ignore' });
  try {
    yield ratioRow(
      'warm `run --rm true`; `buildah run`',
      await interleaved(runs, ours, () =>
        run('buildah', [
          'run',
          '--isolation',
          'oci',
          '--runtime',
          'runc',
          '--network',
          'none',
          NAME,
          '/bin/true',
        ]),
      ),
    );
  } finally {
    execFileSync('buildah', ['rm', NAME], { stdio: 'ignore' });
  }
}

/** Beside a docker daemon of our own, warm. */
async function* dockerRows(ours: () => Promise<Run>, runs: number): AsyncGenerator<Row> {
  // Short: a socket is in it.
  const daemon = await startDocker(mkdtempSync('/tmp/strata-bench-docker-'));
  try {
    const [id] = daemon.docker('load', '-q', '-i', DEMO).trim().split('\n').slice(-1);
    const image = id.replace(/^.*?: /, '');
    yield ratioRow(
      'warm `run --rm true`; `docker run --rm`',
      await interleaved(runs, ours, () =>
        run('docker', [
          ...['-H', daemon.host, 'run', '--rm', '--network', 'none', '--entrypoint', '/bin/true', image],
        ]),
      ),
    );
  } finally {
    await daemon.end();
  }
}

/** A program in a container that runs. */
async function* execRows(strata: Strata, image: string, runs: number): AsyncGenerator<Row> {
  const sleeping = ['--name', NAME, '--entrypoint', '/bin/sleep'];
  await strata.run('run', '-dq', ...sleeping, DEMO, '1000000');
  execFileSync('podman', [...PODMAN, 'run', '-d', ...LIMITS, ...sleeping, image, '1000000'], {
    stdio: 'ignore',
  });
  try {
    yield ratioRow(
      'warm `exec true`; `podman exec`',
      await interleaved(
        runs,
        () => strata.run('exec', NAME, '/bin/true'),
        () => run('podman', [...PODMAN, 'exec', NAME, '/bin/true']),
      ),
    );
  } finally {
    await strata.run('rm', '-f', NAME);
    execFileSync('podman', [...PODMAN, 'rm', '-f', '-t', '0', NAME], { stdio: 'ignore' });
  }
}

/** The start of Node, and after it what no tool can do without: an overlay, control groups and the runtime. */
function bareCrun(scratch: string): () => Promise<Run> {
  const at = (name: string): string => path.join(scratch, name);
  for (const name of ['root', 'upper', 'work', 'bundle/rootfs']) mkdirSync(at(name), { recursive: true });
  const strata = path.resolve(import.meta.dirname, '../bin/run.js');
  const tar = execFileSync(process.execPath, [strata, 'export', '-q', DEMO], { maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-xf', '-', '-C', at('root')], { input: tar });
  execFileSync('crun', ['spec'], { cwd: at('bundle') });
  const file = at('bundle/config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { process: object };
  const process_ = { ...config.process, args: ['/bin/true'], terminal: false, rlimits: [] };
  writeFileSync(file, JSON.stringify({ ...config, process: process_ }));
  const script = `mount -t tmpfs none /sys/fs/cgroup/unified 2>/dev/null
mount -t overlay -o lowerdir=root,upperdir=upper,workdir=work overlay bundle/rootfs
crun --cgroup-manager=cgroupfs run -b bundle strata-bench`;
  const words = ['unshare', '-m', '--propagation', 'slave', 'sh', '-c', script];
  return () =>
    run('sh', ['-c', 'cd "$1" && shift && "$0" -e 0 && exec "$@"', process.execPath, scratch, ...words]);
}

/** The first container of an image that was never seen; the other side has to unpack it, too. */
async function* coldRows(strata: Strata, runs: number): AsyncGenerator<Row> {
  const { plain, tag } = await benchImage('medium');
  const image = `docker-archive:${plain}`;
  const load = `id=$(podman load -q -i "$1" | sed 's/.*: //') && podman ${PODMAN.join(' ')} run --rm ${LIMITS.join(' ')} --entrypoint /bin/true "$id" && podman rmi -f "$id"`;
  const pairs = await interleaved(
    Math.min(runs, 3),
    async () => {
      await strata.forget();
      return strata.run('run', '-q', '--rm', '--entrypoint', '/bin/true', image);
    },
    () => run('bash', ['-c', load, 'bash', plain]),
  );
  yield ratioRow(
    `first \`run\` of a never-seen image, medium (${tag}); \`podman load\` and \`podman run\``,
    pairs,
    0.33,
  );
}

async function* bisectRows(strata: Strata, scratch: string, runs: number): AsyncGenerator<Row> {
  const folder = path.join(scratch, 'sixty');
  mkdirSync(folder);
  const image = manyLayers(folder, 60);
  for (const [what, flags] of [
    ['`bisect` of 60 layers', []],
    ['`bisect --all` of 60 layers', ['--all']],
  ] as const) {
    const times: number[] = [];
    for (let i = 0; i <= Math.min(runs, 3); i++)
      times.push(
        (await strata.run('bisect', '-q', ...flags, image, '--', 'test', '!', '-e', '/etc/f31')).seconds,
      );
    yield {
      ...boundRow(`${what}, seconds allowed`, median(times.slice(1)), 6, seconds),
      target: flags.length === 0 ? 1 : undefined,
    };
  }
}
