import { boolean, option, string } from '@oclif/core/flags';

const many = { multiple: true, multipleNonGreedy: true } as const;

const IDENTITY = 'CONTAINER';
const PROCESS = 'PROCESS';
const FILES = 'FILES';
const LIMITS = 'LIMITS';
const ISOLATION = 'ISOLATION';
const NETWORK = 'NETWORK';

/** The flags that limit the control group of a container; `update` changes them. */
export const LIMIT_FLAGS = {
  memory: string({ char: 'm', helpGroup: LIMITS, helpValue: 'SIZE', summary: 'Memory at most: 64m, 2g.' }),
  'memory-swap': string({
    helpGroup: LIMITS,
    helpValue: 'SIZE',
    summary: 'Memory and swap together at most; -1 for no limit of swap.',
  }),
  cpus: string({ helpGroup: LIMITS, helpValue: 'N', summary: 'Processors at most: 0.5, 2.' }),
  'cpu-shares': string({
    helpGroup: LIMITS,
    helpValue: 'N',
    summary: 'Weight beside others. Default: 1024.',
  }),
  'cpu-quota': string({ helpGroup: LIMITS, helpValue: 'MICROSECONDS', summary: 'Time in each period.' }),
  'cpu-period': string({ helpGroup: LIMITS, helpValue: 'MICROSECONDS', summary: 'Length of a period.' }),
  'cpuset-cpus': string({ helpGroup: LIMITS, helpValue: 'LIST', summary: 'Processors to run on: 0-2,4.' }),
  'pids-limit': string({ helpGroup: LIMITS, helpValue: 'N', summary: 'Processes at most; -1 for no limit.' }),
};

/** The flags that say in what a command runs, whatever the command is. */
export const SANDBOX_FLAGS = {
  hostname: string({ char: 'h', helpGroup: IDENTITY, summary: 'Host name. Default: the start of the id.' }),
  runtime: string({
    helpGroup: IDENTITY,
    helpValue: 'PATH',
    summary: 'OCI runtime to use. Default: crun, else runc.',
  }),
  env: string({
    ...many,
    char: 'e',
    helpGroup: PROCESS,
    helpValue: 'NAME[=VALUE]',
    summary: 'Set a variable; without a value, to what it is here.',
  }),
  'env-file': string({
    ...many,
    helpGroup: PROCESS,
    helpValue: 'FILE',
    summary: 'Read variables from a file.',
  }),
  workdir: string({ char: 'w', helpGroup: PROCESS, helpValue: 'DIR', summary: 'Directory to start in.' }),
  user: string({
    char: 'u',
    helpGroup: PROCESS,
    helpValue: 'USER[:GROUP]',
    summary: 'User and group, by the names of the image or by number.',
  }),
  'group-add': string({ ...many, helpGroup: PROCESS, helpValue: 'GROUP', summary: 'One more group.' }),
  init: boolean({
    helpGroup: PROCESS,
    default: false,
    summary: 'Begin with an init of this machine, which passes signals on and buries orphans.',
  }),
  volume: string({
    ...many,
    char: 'v',
    helpGroup: FILES,
    helpValue: 'SOURCE:TARGET[:ro]',
    summary: 'Show a file or directory of this machine in the container.',
  }),
  mount: string({
    ...many,
    helpGroup: FILES,
    helpValue: 'type=bind|tmpfs,...',
    summary: 'The same in words: source=, target=, readonly, tmpfs-size=, ...',
  }),
  tmpfs: string({
    ...many,
    helpGroup: FILES,
    helpValue: 'TARGET[:OPTIONS]',
    summary: 'A directory in memory.',
  }),
  'read-only': boolean({
    helpGroup: FILES,
    summary: 'Let the container write nowhere but where something is mounted.',
  }),
  'shm-size': string({ helpGroup: FILES, helpValue: 'SIZE', summary: 'Size of /dev/shm. Default: 64m.' }),
  snapshot: option({ options: ['auto', 'erofs', 'unpacked'] as const })({
    helpGroup: FILES,
    env: 'STRATA_SNAPSHOT',
    summary: 'Mount the snapshot as EROFS, or unpack its layers once. Default: EROFS where it works.',
  }),
  ...LIMIT_FLAGS,
  ulimit: string({
    ...many,
    helpGroup: LIMITS,
    helpValue: 'NAME=SOFT[:HARD]',
    summary: 'Limit of a process: nofile=1024:2048.',
  }),
  'cap-add': string({
    ...many,
    helpGroup: ISOLATION,
    helpValue: 'NAME',
    summary: 'Give a capability, or ALL.',
  }),
  'cap-drop': string({
    ...many,
    helpGroup: ISOLATION,
    helpValue: 'NAME',
    summary: 'Take a capability, or ALL.',
  }),
  'security-opt': string({
    ...many,
    helpGroup: ISOLATION,
    helpValue: 'OPTION',
    summary: 'seccomp=unconfined, seccomp=FILE, no-new-privileges=false, systempaths=unconfined.',
  }),
  userns: option({ options: ['host', 'private'] as const })({
    helpGroup: ISOLATION,
    summary: 'host: root of the container is root of this machine. Default: private.',
  }),
  sysctl: string({
    ...many,
    helpGroup: ISOLATION,
    helpValue: 'NAME=VALUE',
    summary: 'Set a kernel parameter.',
  }),
  network: option({ options: ['none', 'host'] as const })({
    helpGroup: NETWORK,
    default: 'none',
    summary: "none: only its own loopback; host: this machine's network.",
  }),
  'add-host': string({
    ...many,
    helpGroup: NETWORK,
    helpValue: 'NAME:ADDRESS',
    summary: 'A line of /etc/hosts.',
  }),
  dns: string({ ...many, helpGroup: NETWORK, helpValue: 'ADDRESS', summary: 'Name server.' }),
  'dns-search': string({
    ...many,
    helpGroup: NETWORK,
    helpValue: 'DOMAIN',
    summary: 'Domain to search names in.',
  }),
};

/** The flags that say what a container is to be, as docker users know them. */
export const CONTAINER_FLAGS = {
  name: string({ helpGroup: IDENTITY, summary: 'Name of the container. Default: one is made up.' }),
  entrypoint: string({ helpGroup: PROCESS, summary: "Program to start in place of the image's entrypoint." }),
  'stop-signal': string({ helpGroup: PROCESS, helpValue: 'SIGNAL', summary: 'Signal that asks it to stop.' }),
  ...SANDBOX_FLAGS,
};
