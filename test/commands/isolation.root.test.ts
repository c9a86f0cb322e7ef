import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import Ps from '../../src/commands/ps.js';
import Rm from '../../src/commands/rm.js';
import { plantCanary } from '../helpers/canary.js';
import { DEMO, linesOf, useFolder } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { strata, testRunFolder } from '../helpers/run-container.js';
import { needRoot, needTool } from '../helpers/tool.js';
import { controlGroups } from '../runtime/faults/machine.js';
import { exists } from '../runtime/spec/bundle.js';

/*
 * What a program in a container can see and do, asked by perl of this machine, which is seen read-only in the container.
 * What the runtime is told is asked one by one in test/runtime/spec; here it is the container that a user gets.
 */

const folder = useFolder();
beforeAll(() => {
  needRoot();
  needTool('perl');
});
afterEach(async () => {
  const { stdout } = await runCommand(Ps, ['-aq']);
  if (stdout !== '') await runCommand(Rm, ['-f', ...linesOf(stdout)]);
});

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];

/** Numbers on x86_64 and elsewhere (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). */
const REFUSED: Readonly<Record<string, readonly [number, number]>> = {
  bpf: [321, 280],
  keyctl: [250, 219],
  mount: [165, 40],
  ptrace: [101, 117],
  unshare: [272, 97],
};

/** Of the kernel, that of the whole machine: writing there would reach it. */
const WRITABLE_BY_THE_MACHINE = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/vm/drop_caches',
  '/proc/sysrq-trigger',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes',
  '/sys/fs/cgroup/memory.max',
  '/sys/fs/cgroup/devices/devices.allow',
  '/sys/kernel/uevent_helper',
  '/sys/power/state',
];

/** Answers one line to a question, its name before it; the last thing it does is to use more memory than it may. */
const probe = (canary: string): string => `
  $| = 1;
  $SIG{TERM} = sub { exit 9 };
  sub answer { print join(' ', @_), "\\n" }
  sub slurp { open(my $f, '<', $_[0]) or return ''; local $/; my $t = <$f>; defined $t ? $t : '' }
  sub names { opendir(my $d, $_[0]) or return (); sort grep { !/^\\.\\.?$/ } readdir $d }
  answer('namespaces', map { readlink "/proc/self/ns/$_" } qw(${NAMESPACES.join(' ')}));
  my $status = slurp('/proc/self/status');
  answer($1, $2) while $status =~ /^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):\\s+(.*)$/mg;
  for my $c (${Object.entries(REFUSED)
    .map(([name, numbers]) => `['${name}', ${String(numbers[process.arch === 'x64' ? 0 : 1])}]`)
    .join(', ')}) {
    my $r = syscall($c->[1], $c->[0] eq 'unshare' ? 0x10000000 : 99999, 0, 0, 0, 0);
    answer($c->[0], $r == -1 ? $!+0 : 'allowed');
  }
  answer('processes', grep { /^\\d+$/ } names('/proc'));
  answer('descriptors', grep { defined readlink "/proc/self/fd/$_" } names('/proc/self/fd'));
  answer('environment', sort keys %ENV);
  answer('interfaces', slurp('/proc/net/dev') =~ /^\\s*(\\S+):/mg);
  answer('sockets', scalar(() = slurp('/proc/net/unix') =~ /\\n/g) - 1);
  answer('groups', map { /:([^:]*)$/ } split /\\n/, slurp('/proc/self/cgroup'));
  answer('read', grep { my $f; open($f, '<', $_) && read($f, my $b, 1) }
    qw(/proc/kcore /proc/keys /proc/timer_list /proc/interrupts /dev/kmsg /dev/mem));
  answer('listed', map { names($_) } qw(/sys/firmware /proc/acpi /proc/scsi));
  my ($major, $minor) = slurp('/proc/partitions') =~ /^\\s+(\\d+)\\s+(\\d+)\\s/m;
  system("exec 2>/dev/null; mknod /tmp/memory c 1 1; mknod /tmp/log c 1 11; mknod /tmp/disk b $major $minor");
  answer('devices', grep { my $f; (-c $_ || -b $_) && (open($f, '<', $_) || open($f, '>>', $_)) } qw(/tmp/memory /tmp/log /tmp/disk));
  answer('written', grep { -e $_ && open(my $f, '>>', $_) } qw(${WRITABLE_BY_THE_MACHINE.join(' ')}));
  my $mounts = slurp('/proc/self/mountinfo');
  answer('mounted', $1, $2) while $mounts =~ /^\\d+ \\d+ \\S+ (\\S+) (\\S+) /mg;
  answer('options', slurp('/proc/self/mounts') =~ m{^overlay / (.*)$}m);
  unless (fork) {
    mkdir '/deeper'; chroot '/deeper'; chdir '..' for 1..32; chroot '.';
    answer('canary', grep { -e $_ } '${canary}', '/proc/1/root${canary}', '/proc/self/cwd${canary}');
    exit 0;
  }
  wait;
  my $children = 0;
  while ($children < 100) { my $p = fork; last unless defined $p; unless ($p) { sleep 100; exit 0 } $children++; $last{$p} = 1 }
  answer('children', $children);
  kill 9, keys %last; 1 while wait != -1;
  sub counters {
    my $all = slurp('/sys/fs/cgroup/cpu/cpu.stat') . slurp('/sys/fs/cgroup/cpu.stat');
    my ($used) = $all =~ /usage_usec (\\d+)/;
    $used = slurp('/sys/fs/cgroup/cpuacct/cpuacct.usage') / 1000 unless defined $used;
    ($used, $all =~ /nr_periods (\\d+)/, $all =~ /nr_throttled (\\d+)/)
  }
  my @before = counters();
  my @after;
  do { my $n = 0; $n++ while $n < 100_000; @after = counters() }
    while $after[2] - $before[2] < 4 && $after[0] - $before[0] < 3_000_000;
  answer('processor', map { int($after[$_] - $before[$_]) } 0..2);
  my $much = 300_000_000;
  my $memory = 'x' x $much;
  answer('memory', length $memory);
`;

describe.each(['crun', 'runc'])('%s', (runtime) => {
  beforeAll(() => needTool(runtime));

  test.each([
    ['a user namespace of its own', []],
    ['the user namespace of this machine', ['--userns', 'host']],
  ])(
    'in %s a container is alone, may do little, sees nothing of the machine and has no more than its limits',
    (_, userns) => {
      const canary = path.join(folder(), `machine-${runtime}${userns.join('')}`);
      const planted = plantCanary(canary);
      vi.stubEnv('OF_THE_MACHINE', 'not to be seen');
      const tools = ['/usr', '/lib', '/lib64'].filter(exists);
      const { status, stdout, stderr } = strata(
        ...['run', '-q', '--rm', '--runtime', runtime, '-u', '0'],
        ...userns,
        ...['--pids-limit', '16', '--cpus', '0.2', '-m', '64m'],
        ...tools.flatMap((place) => ['-v', `${place}:${place}:ro`]),
        ...['--entrypoint', '/usr/bin/perl', DEMO, '-e', probe(path.join(canary, 'hello'))],
      );
      planted.check();
      const answers = new Map<string, string[][]>();
      for (const [question, ...answer] of linesOf(stdout).map((line) => line.trim().split(' ')))
        answers.set(question, [...(answers.get(question) ?? []), answer]);
      const one = (question: string): string =>
        answers.get(question)?.map((words) => words.join(' '))[0] ?? '?';

      const inside = one('namespaces').split(' ');
      expect(inside.map((link) => link.replace(/:\[\d+\]$/, ''))).toEqual(NAMESPACES);
      for (const [i, name] of NAMESPACES.entries())
        expect([name, inside[i] === readlinkSync(`/proc/self/ns/${name}`)]).toEqual([
          name,
          name === 'user' && userns.length > 0,
        ]);

      const expected: Readonly<Record<string, string>> = {
        // CVE-2022-24769: what is inheritable would be there for programs with capabilities of their own.
        CapInh: '0000000000000000',
        CapPrm: '00000000a80425fb',
        CapEff: '00000000a80425fb',
        CapBnd: '00000000a80425fb',
        CapAmb: '0000000000000000',
        NoNewPrivs: '1',
        Seccomp: '2',
        ...Object.fromEntries(Object.keys(REFUSED).map((name) => [name, '1'])),
        processes: '1',
        descriptors: '0 1 2',
        environment: 'HOME HOSTNAME NOTES_HOME PATH PORT',
        interfaces: 'lo',
        sockets: '0',
        read: '',
        listed: '',
        written: '',
        devices: '',
        canary: '',
        // Beside the first one.
        children: '15',
      };
      expect(Object.fromEntries(Object.keys(expected).map((name) => [name, one(name)]))).toEqual(expected);
      expect(new Set(one('groups').split(' '))).toEqual(new Set(['/']));

      // Of this machine's files, those that the user asked for, and three in /etc that are the container's own.
      const own = testRunFolder().root;
      const mounted = (answers.get('mounted') ?? []).filter(([, at]) => !/^\/(usr|lib|lib64)(\/|$)/.test(at));

      expect(mounted.length).toBeGreaterThan(10);
      for (const [from, at] of mounted) {
        if (from.startsWith(`${own}/`)) expect(at).toMatch(/^\/etc\/(hosts|hostname|resolv\.conf)$/);
        else if (!/^\/(proc|dev|sys)\//.test(at)) expect([from, at]).toEqual(['/', at]);
      }
      expect(one('options')).toContain('upperdir=');
      expect(stdout).not.toContain(folder());

      // Microseconds in periods of 100 ms, a fifth of each: of however busy a machine.
      const [used, periods, throttled] = one('processor').split(' ').map(Number);
      expect(throttled).toBeGreaterThanOrEqual(4);
      expect(used).toBeLessThan((periods + 1) * 20_000 * 1.5);

      expect([status, stderr, answers.has('memory')]).toEqual([137, '', false]);
    },
  );
});

describe('as the user of the image', () => {
  const SCRIPT =
    'id; grep CapEff /proc/self/status; ls /root; echo mine > /tmp/mine; ls -n /tmp/mine; while :; do :; done';

  /** Microseconds of a processor that a container has used. */
  const used = (id: string): number => {
    for (const group of controlGroups(id)) {
      const [first, second] = ['cpuacct.usage', 'cpu.stat'].map((name) => path.join(group, name));
      if (exists(first)) return Number(readFileSync(first, 'utf8')) / 1000;
      const version2 = exists(second) ? /usage_usec (\d+)/.exec(readFileSync(second, 'utf8')) : null;
      if (version2 !== null) return Number(version2[1]);
    }
    return Number.NaN;
  };

  test('two on one processor get what their shares say, and neither is root', async () => {
    const ids = [512, 2048].map((shares) => {
      const flags = ['--cpuset-cpus', '0', '--cpu-shares', String(shares), '--entrypoint', '/bin/sh'];
      const { stdout, stderr } = strata('run', '-q', '-d', ...flags, DEMO, '-c', SCRIPT);
      expect(stderr).toBe('');
      return stdout.trim();
    });
    for (const id of ids)
      await vi.waitFor(
        () => {
          const { stdout, stderr } = strata('logs', id);
          expect(stdout).toMatch(/^uid=1000.*\nCapEff:\s+0{16}\n-rw-r--r-- .* 1000 +1000 .*\/tmp\/mine\n$/);
          expect(stderr).toMatch(/Permission denied/);
        },
        { timeout: 20_000, interval: 50 },
      );
    const before = ids.map(used);
    const since = (): number[] => ids.map((id, i) => used(id) - before[i]);
    await vi.waitFor(
      () => {
        expect(since()[0] + since()[1]).toBeGreaterThan(500_000);
      },
      { timeout: 60_000, interval: 20 },
    );
    const [few, many] = since();
    // Four times as much, but for the grain of the scheduler.
    expect(many / few).toBeGreaterThan(2);
    expect(many / few).toBeLessThan(8);
  });
});
