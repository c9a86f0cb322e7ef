import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { DEMO, useFolder } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';

/* Layouts of control groups (cgroups(7)) as mount namespaces show them, over whatever this machine has. */

useFolder();

/** How the layout of this machine becomes another. */
const LAYOUTS = [
  ['as it is', 'true'],
  ['version 1 alone, where there is one', 'umount /sys/fs/cgroup/unified || true'],
  ['version 2 alone', 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup'],
] as const;

test.each(LAYOUTS)('%s: a container runs, and its limits bite or are refused', (_, change) => {
  const run = (flags: readonly string[], script: string) => {
    // crun makes a container in version 2 only for whoever may lock memory without a limit.
    const strata = [process.execPath, RUN, 'run', '-q', '--rm', '--runtime', 'runc', '-u', '0'];
    const words = [...strata, ...flags, '--entrypoint', '/bin/sh', DEMO, '-c', script];
    const private_ = [
      '-m',
      '--propagation',
      'private',
      'sh',
      '-c',
      `(${change}) 2>/dev/null; exec "$@"`,
      'sh',
    ];
    const { status, stdout, stderr } = spawnSync('unshare', [...private_, ...words], { encoding: 'utf8' });
    return { status, stdout, stderr: stderr.replace(/^Killed\n/, '') };
  };
  expect(run([], 'cat /proc/self/cgroup > /dev/null && echo ran')).toEqual({
    status: 0,
    stdout: 'ran\n',
    stderr: '',
  });
  const limited = run(['-m', '32m'], 'dd if=/dev/zero of=/dev/null bs=100M count=1; echo $?');
  if (limited.status === 0) expect(limited).toMatchObject({ stdout: '137\n', stderr: '' });
  else expect(limited.stderr).toMatch(/^E_PRIVILEGE: .* there is no controller 'memory'\n/);
});
