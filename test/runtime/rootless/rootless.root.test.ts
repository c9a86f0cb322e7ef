import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { thisOwner } from '../../../src/store/owner.js';
import { DEMO } from '../../helpers/look.js';
import { makeUser, type OrdinaryUser } from '../../helpers/ordinary-user.js';
import { tarOf, type TarMemberSpec } from '../../helpers/tar-layer.js';
import { dockerSave, tar } from '../../images/build.js';

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

test(
  'device nodes that only root may make are told once; prune and fsck remove what belongs to others',
  { timeout: 240_000 },
  () => {
    const busybox = readFileSync('/bin/busybox');
    const members: TarMemberSpec[] = [
      { name: 'bin', type: 'dir' },
      { name: 'bin/busybox', content: busybox, mode: 0o755 },
      { name: 'bin/su', content: busybox, mode: 0o4755 },
      { name: 'closed', type: 'dir', mode: 0o700, uid: 33, gid: 34 },
      { name: 'closed/file', content: 'x', mode: 0o600, uid: 33, gid: 34 },
      ...[1, 2].map((minor) => ({
        name: `device${String(minor)}`,
        type: 'char' as const,
        device: [1, minor] as const,
      })),
    ];
    writeFileSync(
      path.join(user.home, 'odd.tar'),
      tar(dockerSave([{ layers: [tarOf(members)], tags: ['odd:1'] }])),
    );
    const store = path.join(user.home, 'store');
    const below = (name: string): string[] =>
      existsSync(path.join(store, name)) ? readdirSync(path.join(store, name)) : [];
    // Of the tests before.
    const others = below('unpacked');
    user.strata('prune', '--containers');

    const script = 'busybox stat -c "%a %u" /bin/su /closed; busybox ls /; echo a > /closed/new';
    const ran = user.strata('run', '--name', 'odd', '-u', '0', 'odd.tar', '/bin/busybox', 'sh', '-c', script);
    expect([ran.status, ran.stdout]).toEqual([0, expect.stringMatching(/^4755 0\n700 33\n(?!.*device)/s)]);
    expect(ran.stderr.match(/left out: device: 2 things, \/device1/g)).toHaveLength(1);

    // As a process that was killed leaves it: of this user, and of others that are his in a namespace only.
    const [layer] = below('unpacked').filter((name) => !others.includes(name));
    const dead = `999999999-1-${thisOwner().namespace}-${thisOwner().boot}-0123456789abcdef`;
    spawnSync('cp', ['-a', path.join(store, 'unpacked', layer), path.join(store, 'tmp', dead)]);
    const shifted = statSync(path.join(store, 'unpacked', layer, 'tree', 'closed'));
    expect(shifted.uid).toBeGreaterThan(user.uid);
    expect([user.strata('layers', '-q', 'odd.tar').status, user.strata('ps').status]).toEqual([0, 0]);
    expect(below('tmp')).toEqual([dead]);

    const long = new Date(Date.now() - 40 * 24 * 3600_000);
    utimesSync(path.join(store, 'unpacked', layer), long, long);
    const kept = user.strata('prune', '--json');
    expect([kept.stderr, kept.status === 0 ? '' : kept.stdout, below('tmp')]).toEqual(['', '', []]);
    expect(below('unpacked')).toContain(layer);
    expect(user.strata('fsck').stdout).toMatch(/^ok: /m);
    const gone = user.strata('prune', '--containers', '--json');
    expect([gone.status, below('containers')]).toEqual([0, []]);
    expect(below('unpacked')).not.toContain(layer);
    expect(JSON.parse(gone.stdout)).toMatchObject({ stopped: { files: 1 }, unpacked: { files: 1 } });
    expect(below('tmp')).toEqual([]);
  },
);

/** What prints the status of each command of strata that it runs, and what it says. */
const EACH = 'each() { strata "$@" >said 2>errors; echo "$?" $(cut -d: -f1 errors | grep ^E_) "$1"; }';

test(
  'what can be done with a container can be done by him, and what cannot says what root has to do',
  { timeout: 240_000 },
  () => {
    const loop = 'while :; do echo tick; sleep 0.2; done';
    const ran = user.shell(`${EACH}
mkdir volume; echo brought > volume/file
each run -dq --name walk -u 0 --init -v "$PWD/volume:/volume" --mount type=tmpfs,dst=/scratch --entrypoint /bin/sh demo.tar -c '${loop}'
each cp volume/file walk:/scratch/in; each cp volume/file walk:/volume/in; each cp walk:/volume/in out; cat out
each exec walk sh -c 'cat /proc/1/comm /scratch/in; echo made > /volume/made'; cat said; cat volume/made
each logs --tail 1 walk; cat said
each pause walk; each update -m 64m walk; each kill -s USR1 walk; each rename walk walked; each restart -t 0 walked
each shell -q walked -c 'exit 3'; each stop -t 0 walked; each wait walked; each start walked; each rm walked; each rm -f walked`);
    expect(ran.stdout.trim().split('\n')).toEqual([
      ...['0 run', '0 cp', '0 cp', '0 cp', 'brought', '0 exec', 'init', 'brought', 'made', '0 logs', 'tick'],
      ...['5 E_PRIVILEGE pause', '5 E_PRIVILEGE update', '0 kill', '0 rename', '0 restart', '3 shell'],
      ...['0 stop', '0 wait', '0 start', '1 E_RUNNING rm', '0 rm'],
    ]);

    const looked = user.shell(`${EACH}
mkdir -p bare/app; cp /bin/busybox bare/app/tool
each shell -q -u 0 rootfs:bare -c 'id -u; test ! -e /bin/sh && echo none'; cat said
each run -q --rm --read-only --network host -u 0 --entrypoint /bin/sh demo.tar -c 'touch /new || ls /sys/class/net | grep lo'; cat said
each replay -q -u 0 demo.tar@11; each bisect -q -u 0 demo.tar -- test ! -e /app/uploads; cut -d: -f1 said | head -1
each verify --mounted -q demo.tar@3; each doctor; grep -c 'warning  cgroups .*no limits and no pausing' said
for limit in --pids-limit=5 --cpus=0.5 --cpuset-cpus=0; do each run --rm -q $limit --entrypoint /bin/true demo.tar; done
each run --rm -q --ulimit nofile=50 --entrypoint /bin/true demo.tar`);
    expect(looked.stdout).toMatch(
      /^0 shell\n0\nnone\n0 run\nlo\n0 replay\n0 bisect\n.*\n0 verify\n0 doctor\n1\n(?:5 E_PRIVILEGE run\n){3}0 run\n$/,
    );
  },
);

test.each([
  ['crun', ''],
  ['runc', '--userns host'],
])(
  'a container of %s whose conmon was killed can still be ended and removed: %s',
  { timeout: 120_000 },
  (runtime, flags) => {
    const ran =
      user.shell(`strata run -qd --name alone --runtime ${runtime} ${flags} --entrypoint /bin/sleep demo.tar 4711
kill -9 $(pgrep -u $(id -u) -x conmon); while pgrep -u $(id -u) -x conmon; do sleep 0.1; done >/dev/null
strata exec alone echo inside; strata ps -q | wc -l; strata rm -f alone; pgrep -fx '/bin/sleep 4711' | wc -l`);
    expect(ran.stdout.trim().split('\n').slice(1), ran.stderr).toEqual(['inside', '1', 'alone', '0']);
  },
);
