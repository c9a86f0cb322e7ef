import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Docker, startDocker } from '../helpers/docker.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { FIXTURES } from '../helpers/run-command.js';
import { runScript, strata } from '../helpers/run-container.js';

/* What strata writes docker(1) loads and runs, with the same files; and the other way round. */

const folder = useFolder();
let daemon: Docker;
beforeAll(async () => {
  vi.stubEnv('STRATA_STORE', path.join(folder(), 'store'));
  daemon = await startDocker(`/tmp/strata-docker-${randomBytes(4).toString('hex')}`);
}, 90_000);
afterAll(async () => {
  strata('rm', '-f', 'made');
  await daemon.end();
}, 90_000);

const CHANGES = `echo 1 > /one; ln /one /two; chown 33:34 /one; chmod 4755 /one; mkfifo /pipe; ln -s one /link
rm -r /app/uploads; rm -r /var; mkdir /var; echo x > "/var/n\u00e4me"; chmod 1777 /opt; touch -d @5 /etc/passwd`;

/** Kind, mode, owner and time of every file that is the image's (docker puts a volume on /app/data), all contents and links. */
const WALK = `cd /; own() { find . -xdev ! -path './proc*' ! -path './sys*' ! -path './dev*' ! -path './etc/host*' \\
  ! -path './etc/resolv.conf' ! -path ./.dockerenv ! -path ./etc ! -path ./etc/mtab ! -path './app/data*' "$@"; }
own ! -path . -exec stat -c '%n %f %u %g %Y' {} + | sort; own -type f -exec sha256sum {} + | sort; own -type l | sort | while read -r link; do readlink "$link"; done`;

const walked = (image: string): string => {
  const { status, stdout, stderr } = strata(
    ...['run', '-q', '--rm', '-u', '0', '--entrypoint', '/bin/sh', image, '-c', WALK],
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
};

test('docker loads and runs what was committed, and strata what docker saves', { timeout: 120_000 }, () => {
  const { docker } = daemon;
  expect(runScript('made', DEMO, CHANGES)).toBe(0);
  expect(strata('commit', '-q', '-c', 'ENV MADE=1', 'made', 'app:2').status).toBe(0);
  const at = (name: string): string => path.join(folder(), name);
  expect(strata('save', '-q', '-o', at('saved.tar'), 'app:2').status).toBe(0);
  expect(strata('copy', '-q', 'store:app:2', `docker-archive:${at('copied.tar')}:app:3`).status).toBe(0);
  expect(docker('load', '-i', at('saved.tar'))).toContain('app:2');
  expect(docker('load', '-i', at('copied.tar'))).toContain('app:3');
  const ids = docker('images', '--quiet', '--no-trunc', 'app').trim().split('\n');
  expect(ids).toEqual([ids[0], ids[0]]);

  const ours = walked('store:app:2');
  expect(ours).toContain('./one 89ed 33 34 ');
  const run = ['run', '--rm', '--network', 'none', '-u', '0', '--entrypoint', '/bin/sh'];
  expect(docker(...run, 'app:2', '-c', WALK)).toBe(ours);
  expect(docker(...run.slice(0, 4), '--entrypoint', '/bin/sh', 'app:2', '-c', 'echo $MADE; id -u; pwd')).toBe(
    '1\n1000\n/app\n',
  );

  docker('save', '-o', at('docker.tar'), 'app:2');
  const back = `docker-archive:${at('docker.tar')}`;
  expect(strata('diff', '-q', '--exit-code', 'store:app:2', back)).toMatchObject({ status: 0, stderr: '' });
});

test('docker loads two images of one tag, each under its own name', { timeout: 120_000 }, () => {
  const { docker } = daemon;
  const out = path.join(folder(), 'two.tar');
  const other = path.join(FIXTURES, 'docker-hybrid.tar');
  expect(strata('copy', '-q', DEMO, 'store:two-a:v1').status).toBe(0);
  expect(strata('copy', '-q', other, 'store:two-b:v1').status).toBe(0);
  expect(strata('save', '-q', '-o', out, 'two-a:v1', 'two-b:v1').status).toBe(0);
  const loaded = docker('load', '-i', out);
  const ids = ['two-a:v1', 'two-b:v1'].map((name) => {
    expect(loaded).toContain(name);
    return docker('images', '--quiet', '--no-trunc', name).trim();
  });
  expect(new Set(ids).size).toBe(2);
});
