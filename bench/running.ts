import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { interleaved, run } from './measure.js';
import type { Strata } from './strata.js';
import { ratioRow, type Row } from './table.js';

const DEMO = path.resolve(import.meta.dirname, '../fixtures/generated/demo.tar');
const NAME = 'strata-bench-run';

/** Podman as it works also where there is no systemd and limits are low. */
const PODMAN = [...['--runtime', 'runc', '--cgroup-manager', 'cgroupfs']] as const;
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', '--network', 'none'] as const;

/** Rows of a container that does nothing: warm, and beside podman and buildah. */
export async function* runRows(strata: Strata, runs: number): AsyncGenerator<Row> {
  execFileSync('podman', ['load', '-q', '-i', DEMO], { stdio: 'ignore' });
  const image = execFileSync('podman', ['images', '-q', '--no-trunc', 'harbour-notes'], { encoding: 'utf8' })
    .trim()
    .split('\n')[0];
  const ours = (): ReturnType<Strata['run']> =>
    strata.run('run', '-q', '--rm', '--entrypoint', '/bin/true', DEMO);
  yield ratioRow(
    'warm `run --rm true`; `podman run --rm`',
    await interleaved(runs, ours, () =>
      run('podman', [...PODMAN, 'run', '--rm', ...LIMITS, '--entrypoint', '/bin/true', image]),
    ),
    0.6,
  );
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
