import { readlinkSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseUlimit } from '../../../src/runtime/spec/ulimits.js';
import { needTool } from '../../helpers/tool.js';
import { thisHost } from './bundle.js';
import { useContainers } from './containers.js';

/* What a container is from inside, made by real runtimes from our configuration. */

const { shell } = useContainers();

/** What the files of a container say of 64 MiB with as much swap, half a processor, 512 shares, processor 0, 50 processes. */
const VERSION_1 = {
  'memory/memory.limit_in_bytes': '67108864',
  'memory/memory.memsw.limit_in_bytes': '134217728',
  'cpu/cpu.cfs_quota_us': '50000',
  'cpu/cpu.cfs_period_us': '100000',
  'cpu/cpu.shares': '512',
  'cpuset/cpuset.cpus': '0',
  'pids/pids.max': '50',
};
const VERSION_2 = {
  'memory.max': '67108864',
  'memory.swap.max': '67108864',
  'cpu.max': '50000 100000',
  'cpuset.cpus': '0',
  'pids.max': '50',
};

describe.each(['crun', 'runc'])('%s', (runtime) => {
  beforeAll(() => needTool(runtime));

  test('gives fourteen capabilities, no new privileges, a filter and namespaces of its own', () => {
    const lines = shell(
      runtime,
      'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done',
    );
    expect(lines.slice(0, 7).map((line) => line.replace(/\s+/, ' '))).toEqual([
      'CapInh: 0000000000000000',
      'CapPrm: 00000000a80425fb',
      'CapEff: 00000000a80425fb',
      'CapBnd: 00000000a80425fb',
      'CapAmb: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ]);
    const host = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'].map((name) =>
      readlinkSync(`/proc/self/ns/${name}`),
    );
    for (const namespace of lines.slice(7)) expect(host).not.toContain(namespace);
    expect(lines).toHaveLength(13);
  });

  test('a user has the ids, groups and home of the image, and no capability but what it could gain', () => {
    const lines = shell(runtime, 'id; echo $HOME; pwd; grep -E "^Cap(Eff|Prm|Bnd)" /proc/self/status', {
      user: 'worker',
      workingDirectory: '/home/worker',
    });
    expect(lines.map((line) => line.replace(/\s+/, ' '))).toEqual([
      'uid=1234(worker) gid=100(users) groups=100(users),4321(extra)'.replace(/\s+/, ' '),
      '/home/worker',
      '/home/worker',
      'CapPrm: 0000000000000000',
      'CapEff: 0000000000000000',
      'CapBnd: 00000000a80425fb',
    ]);
  });

  test('capabilities are added and dropped', () => {
    const drop = shell(runtime, 'grep CapEff /proc/self/status', {
      dropCapabilities: ['ALL'],
      addCapabilities: ['net_bind_service'],
    });
    expect(drop[0]).toMatch(/0000000000000400$/);
  });

  test('the environment is whole and in order', () => {
    const lines = shell(runtime, '/bin/busybox env', {
      environment: [
        ['ODD', 'a "quoted" \\ value = ünïcode'],
        ['EMPTY', ''],
      ],
    });
    expect(lines).toEqual(
      expect.arrayContaining([
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'HOSTNAME=box',
        'ODD=a "quoted" \\ value = ünïcode',
        'EMPTY=',
        'HOME=/root',
      ]),
    );
  });

  test('names and kernel parameters are set', () => {
    expect(
      shell(
        runtime,
        'hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range /proc/sys/kernel/msgmax',
        { hostname: 'other', domainname: 'example.org', sysctls: [['kernel.msgmax', '12345']] },
      ).map((line) => line.replace(/\s+/, ' ')),
    ).toEqual(['other', 'example.org', '0', '0 2147483647', '12345']);
  });

  test('limits are those of the control groups, and ulimits come down to what may be', () => {
    const host = thisHost();
    const limits = {
      memory: 64 * 1024 * 1024,
      nanoCpus: 500_000_000,
      cpuShares: 512,
      cpusetCpus: '0',
      pidsLimit: 50,
    };
    const ulimits = [`nofile=100:${String(2 ** 30)}`, 'core=0', 'memlock=-1'].map(parseUlimit);
    const groups = host.cgroup === 'v2' ? VERSION_2 : VERSION_1;
    const files = Object.keys(groups).join(' ');
    const script = `cd /sys/fs/cgroup; cat ${files}; nproc; ulimit -n; ulimit -Hn; ulimit -c; ulimit -l`;
    const own = (name: string) => host.ownLimits.get(name);
    expect(shell(runtime, script, { limits, ulimits })).toEqual([
      ...Object.values(groups),
      '1',
      '100',
      String(host.capSysResource ? 2 ** 30 : (own('nofile') ?? 2 ** 30)),
      '0',
      host.capSysResource || own('memlock') === undefined
        ? 'unlimited'
        : String((own('memlock') ?? 0n) / 1024n),
    ]);
  });

  test('what is of the host in /proc and /sys is hidden or cannot be written', () => {
    const lines = shell(
      runtime,
      `for p in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do
         [ -e $p ] && [ "$(head -c 1 $p | wc -c)" != 0 ] && echo readable $p; done
       ls /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -v : | grep . && echo listed
       for p in /proc/sysrq-trigger /proc/sys/kernel/hostname /proc/irq/default_smp_affinity /sys/kernel/uevent_helper /sys/fs/cgroup/memory/notify_on_release; do
         (echo 1 >$p) 2>/dev/null && echo written $p; done
       mkdir /sys/fs/cgroup/memory/x 2>/dev/null && echo made
       awk '$3 ~ /^(sysfs|cgroup2?)$/ {print substr($4, 1, 3)}' /proc/mounts | sort -u`,
    );
    expect(lines).toEqual(['ro,']);
  });

  test('devices are the ordinary ones: no other can be made and opened', () => {
    const lines = shell(
      runtime,
      `head -c 4 /dev/zero | wc -c; echo x >/dev/null; ls /dev | tr '\\n' ' '; echo
       mknod /tmp/disk b 8 0 2>/dev/null; (head -c1 /tmp/disk) 2>/dev/null && echo opened; rm -f /tmp/disk
       mknod /tmp/mem c 1 1 2>/dev/null; (head -c1 /tmp/mem) 2>/dev/null && echo opened; rm -f /tmp/mem; echo end`,
    );
    expect(lines[0]).toBe('4');
    // Crun makes a link to /proc/kcore, which is hidden.
    expect(
      lines[1]
        .trim()
        .split(' ')
        .filter((name) => name !== 'core'),
    ).toEqual(
      [...'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(' ')].sort(),
    );
    expect(lines.slice(2)).toEqual(['end']);
  });
});
