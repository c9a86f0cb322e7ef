import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO } from '../../helpers/look.js';
import { makeUser, type OrdinaryUser } from '../../helpers/ordinary-user.js';

let user: OrdinaryUser;
beforeAll(() => {
  user = makeUser(true);
  copyFileSync(DEMO, path.join(user.home, 'demo.tar'));
});
afterAll(() => {
  user.shell('strata rm -f $(strata ps -aq) 2>/dev/null');
  user.remove();
});

const SCRIPT = `id -u; cat /proc/self/uid_map
rm -r /app/uploads; chown 33:34 /etc/passwd; echo 1 > /new; chown 65535:65535 /new; chmod 4755 /new
rm -r /var; mkdir /var; echo 2 > /var/file
mknod /device c 1 3; mount -t tmpfs none /mnt && echo mounted; exit 3`;

/** The files of a container as those who walk it see them, without times that running gives. */
const WALK =
  "cd /; find . -xdev ! -path './proc*' ! -path './sys*' ! -path './dev*' ! -path './etc/host*' ! -path './etc/resolv.conf' " +
  "-exec stat -c '%n %f %u %g' {} + | sort";

test(
  'an ordinary user runs a snapshot as its root, sees what changed, and commits it',
  { timeout: 240_000 },
  () => {
    const argv = ['run', '-q', '--name', 'first', '-u', '0', '--entrypoint', '/bin/sh', 'demo.tar'];
    const ran = user.strata(...argv, '-c', SCRIPT);
    expect(ran.status, ran.stderr).toBe(3);
    const [id, own, ranges] = ran.stdout.trim().split('\n');
    expect([id, own.trim().split(/\s+/)]).toEqual(['0', ['0', String(user.uid), '1']]);
    expect(ranges.trim().split(/\s+/)[0]).toBe('1');
    expect(ran.stdout).not.toContain('mounted');

    const changes = user.strata('changes', 'first');
    expect(changes.stdout.split('\n')).toEqual(
      expect.arrayContaining(['D /app/uploads', 'C /etc/passwd', 'A /new', 'A /var/file']),
    );
    expect(changes.stdout).not.toContain('/device');

    expect(user.strata('commit', '-q', 'first', 'demo:2').status).toBe(0);
    const again = ['run', '-q', '--name', 'second', '-u', '0', '--entrypoint', '/bin/sh', 'demo:2'];
    const walked = user.strata(...again, '-c', `${WALK}; cat /new /var/file`);
    expect(walked.stderr).toBe('');
    expect(walked.stdout).toContain('./new 89ed 65535 65535\n');
    expect(walked.stdout).toContain('./etc/passwd 81a4 33 34\n');
    expect(walked.stdout).toMatch(/1\n2\n$/);
    expect(user.strata('changes', 'second').stdout).toBe('');

    // Nobody else comes to what has the set-user-ID bit of this user.
    const { root, mode } = {
      root: path.join(user.home, 'store'),
      mode: statSync(path.join(user.home, 'store')).mode,
    };
    expect(mode & 0o077).toBe(0);
    const other = spawnSync('setpriv', [
      '--reuid',
      '65534',
      '--clear-groups',
      'ls',
      path.join(root, 'containers'),
    ]);
    expect(other.status).not.toBe(0);
    expect(user.strata('rm', 'first', 'second').status).toBe(0);
    expect(readdirSync(path.join(root, 'containers'))).toEqual([]);
  },
);

test(
  'two that are started at once are in one namespace, in which both can be entered and ended',
  { timeout: 240_000 },
  async () => {
    const one = (name: string, id: number): string =>
      `strata run -dq --name ${name} -u ${String(id)} --entrypoint /bin/sh demo.tar -c 'exec sleep 1000' >/dev/null &`;
    const both = user.shell(`${one('left', 33)}\n${one('right', 34)}\nwait
strata exec left id -u; strata exec right id -u; strata ps -q | wc -l
strata pause left; echo $?; strata stop -t 0 left right; strata start left && strata rm -f left right; strata ps -aq`);
    expect(both.stdout.trim().split('\n')).toEqual([
      '33',
      '34',
      '2',
      '5',
      'left',
      'right',
      'left',
      'left',
      'right',
    ]);
    expect(both.stderr).toMatch(/E_PRIVILEGE: pausing container/);
    const left = (): string => spawnSync('pgrep', ['-u', String(user.uid)], { encoding: 'utf8' }).stdout;
    await expect.poll(left, { timeout: 20_000 }).toBe('');
  },
);

test('what cannot be without root is refused with what root has to do', { timeout: 120_000 }, () => {
  const limited = user.strata('run', '--rm', '-q', '-m', '64m', '--entrypoint', '/bin/true', 'demo.tar');
  expect([limited.status, limited.stderr]).toEqual([5, expect.stringMatching(/hint: .*as root: .*chown -R/)]);
  const poor = makeUser(false);
  try {
    const refused = poor.strata('run', 'demo.tar');
    expect(refused.status).toBe(5);
    expect(refused.stderr).toMatch(
      /hint: as root: usermod --add-subuids \d+-\d+ --add-subgids \d+-\d+ strata-test-/,
    );
    expect(poor.strata('ps').status).toBe(0);
  } finally {
    poor.remove();
  }
});

test('the remains of the descriptor and its mark are not in the container', { timeout: 120_000 }, () => {
  const script = 'ls /proc/self/fd | wc -l; env | grep -c STRATA; ls -l /proc/1/fd | grep -c user:';
  const ran = user.strata(
    'run',
    '--rm',
    '-q',
    '-u',
    '0',
    '--entrypoint',
    '/bin/sh',
    'demo.tar',
    '-c',
    script,
  );
  expect(ran.stdout.trim().split('\n')).toEqual(['4', '0', '0']);
});
