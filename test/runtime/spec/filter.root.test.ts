import { beforeAll, describe, expect, test } from 'vitest';
import type { RunRequest } from '../../../src/runtime/spec/request.js';
import { parseVolume } from '../../../src/runtime/spec/user-mounts.js';
import { needTool } from '../../helpers/tool.js';
import { exists } from './bundle.js';
import { useContainers } from './containers.js';

/* What the filter does to system calls that a program really makes: perl of the host, seen read-only in the container. */

const { run } = useContainers();
beforeAll(() => needTool('perl'));

/** Numbers on x86_64 and elsewhere (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). */
const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  acct: [163, 89],
  add_key: [248, 217],
  bpf: [321, 280],
  clone: [56, 220],
  clone3: [435, 435],
  fsopen: [430, 430],
  getpid: [39, 172],
  init_module: [175, 105],
  io_uring_setup: [425, 425],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  kcmp: [312, 272],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  perf_event_open: [298, 241],
  personality: [135, 92],
  pivot_root: [155, 41],
  process_vm_readv: [310, 270],
  ptrace: [101, 117],
  quotactl: [179, 60],
  reboot: [169, 142],
  request_key: [249, 218],
  setns: [308, 268],
  settimeofday: [164, 170],
  socket: [41, 198],
  swapon: [167, 224],
  syslog: [103, 116],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  unknown: [600, 600],
};
const CLONE_NEWUSER = 0x10000000;
const SIGCHLD = 17;

type Call = readonly [name: string, ...args: number[]];

/** Makes the calls in a container, each in a process of its own, and returns errno of each, 0 where it was allowed. */
function probe(
  runtime: string,
  calls: readonly Call[],
  request: Partial<RunRequest> = {},
): Map<string, number> {
  const which = process.arch === 'x64' ? 0 : 1;
  const lists = calls.map(([name, ...args]) => `[${[NUMBERS[name][which], ...args].join(',')}]`);
  const script = `$| = 1; for my $c (${lists.join(',')}) {
    my $pid = fork(); waitpid($pid, 0), next if $pid;
    my $r = syscall($c->[0], map { $c->[$_] || 0 } 1..6); my $e = $r == -1 ? $!+0 : 0;
    print "$e\\n"; exit 0 }`;
  const mounts = ['/usr', '/lib', '/lib64']
    .filter(exists)
    .map((place) => parseVolume(`${place}:${place}:ro`, '/'));
  const answers = run(runtime, ['/usr/bin/perl', '-e', script], { mounts, ...request }).map(Number);
  expect(answers).toHaveLength(calls.length);
  return new Map(calls.map(([name, ...args], i) => [[name, ...args].join(' '), answers[i]]));
}

const EPERM = 1;
const ENOSYS = 38;
/** Arguments with which the kernel itself answers something other than EPERM to whoever has the capability, or to all. */
const ALWAYS: readonly Call[] = [
  ['keyctl'],
  ['add_key'],
  ['request_key'],
  ['io_uring_setup'],
  ['userfaultfd', -1],
  ['socket', 38, 5],
  ['socket', 40, 1],
  ['socket', 37, 1],
  ['personality', 0x40000],
  ['personality', 0x400008],
];
const BY_CAPABILITY: Readonly<Record<string, readonly Call[]>> = {
  SYS_ADMIN: [
    ['mount'],
    ['umount2'],
    ['unshare', CLONE_NEWUSER],
    ['setns', -1],
    ['fsopen'],
    ['move_mount', -1, 0, -1],
    ['open_tree', -1],
    ['mount_setattr', -1],
    ['quotactl', -1],
    ['clone', CLONE_NEWUSER | SIGCHLD | 0x200],
  ],
  SYS_PTRACE: [
    ['ptrace', 99999],
    ['process_vm_readv', 0],
    ['kcmp', 1, 1, 99],
  ],
  DAC_READ_SEARCH: [['open_by_handle_at', -1]],
  SYSLOG: [['syslog', 99]],
  BPF: [['bpf', 9999]],
  PERFMON: [['perf_event_open']],
};

describe.each(['crun', 'runc'])('%s', (runtime) => {
  beforeAll(() => needTool(runtime));

  test('what is refused fails with EPERM, what is unknown with ENOSYS, and the ordinary works', () => {
    const calls: Call[] = [
      ...ALWAYS,
      ...Object.values(BY_CAPABILITY).flat(),
      ['pivot_root'],
      ['kexec_load'],
      ['swapon'],
      ['reboot'],
      ['init_module'],
      ['acct'],
      ['settimeofday'],
    ];
    for (const [call, errno] of probe(runtime, calls)) expect([call, errno]).toEqual([call, EPERM]);
    const others = probe(runtime, [
      ['clone3'],
      ['unknown'],
      // The kernel would take it for AF_ALG: it looks at 32 bits, the filter at 64.
      ['socket', 0x1_0000_0026, 5],
      ['getpid'],
      ['socket', 1, 1],
      ['socket', 2, 1],
      ['socket', 10, 2],
      ['socket', 16, 3],
      ['personality', 0xffffffff],
      ['personality', 8],
    ]);
    expect([...others.values()]).toEqual([ENOSYS, ENOSYS, ENOSYS, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('without a filter it is the kernel that answers', () => {
    const calls = [...ALWAYS.filter(([name]) => name !== 'userfaultfd'), ['unshare', CLONE_NEWUSER] as const];
    for (const [call, errno] of probe(runtime, calls, { seccomp: 'unconfined' }))
      expect([call, errno]).not.toEqual([call, EPERM]);
  });

  test.each(Object.keys(BY_CAPABILITY))(
    'with %s the kernel is asked, and nothing else is allowed',
    (name) => {
      const request = { addCapabilities: [name] };
      for (const [call, errno] of probe(runtime, BY_CAPABILITY[name], request))
        expect([call, errno]).not.toEqual([call, EPERM]);
      for (const [call, errno] of probe(runtime, ALWAYS, request))
        expect([call, errno]).toEqual([call, EPERM]);
    },
  );
});
