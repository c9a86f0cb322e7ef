import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, declare } from './libc.js';
import { openPipe, readPipe } from './pipe.js';

const initActions = declare('int posix_spawn_file_actions_init(uint8_t *actions)');
const destroyActions = declare('int posix_spawn_file_actions_destroy(uint8_t *actions)');
const addDup = declare('int posix_spawn_file_actions_adddup2(uint8_t *actions, int from, int to)');
const addOpen = declare(
  'int posix_spawn_file_actions_addopen(uint8_t *actions, int to, const char *path, int flags, uint32_t mode)',
);
/** Not in glibc before 2.29, with which Node runs, nor in musl before 1.1.24. */
const addDirectory = declare(
  'int posix_spawn_file_actions_addchdir_np(uint8_t *actions, const char *directory)',
);
const initAttributes = declare('int posix_spawnattr_init(uint8_t *attributes)');
const destroyAttributes = declare('int posix_spawnattr_destroy(uint8_t *attributes)');
const setFlags = declare('int posix_spawnattr_setflags(uint8_t *attributes, short flags)');
const setDefaults = declare('int posix_spawnattr_setsigdefault(uint8_t *attributes, const uint8_t *signals)');
const setMask = declare('int posix_spawnattr_setsigmask(uint8_t *attributes, const uint8_t *signals)');
const posixSpawn = declare(
  'int posix_spawnp(_Out_ int *pid, const char *program, const uint8_t *actions, const uint8_t *attributes, const char **words, const char **environment)',
);
const waitpid = declare('int waitpid(int pid, _Out_ int *status, int options)');

/** More than glibc and musl need for any of their structures. */
const STRUCTURE = 1024;
/** The same in glibc and musl. */
const FLAGS = { signalDefaults: 0x04, signalMask: 0x08, session: 0x80 };
const O_RDWR = 2;
const WNOHANG = 1;

export interface SpawnOptions {
  /** What the program has as its descriptors 0, 1, 2 and so on: the null device, or a pipe that it writes to or reads from. */
  readonly stdio: readonly ('null' | 'pipe' | 'input')[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly directory?: string;
  /** Whether it begins a session of its own. */
  readonly session?: boolean;
}

/** A program that was started. */
export interface Spawned {
  /** To be waited for with {@link ended}. */
  readonly pid: number;
  /** What it writes to its pipes, in their order. */
  readonly pipes: readonly Readable[];
  /** Descriptors that write to what it reads from, in their order; to be closed by the caller. */
  readonly inputs: readonly number[];
}

/**
 * Starts a program, looked for on PATH. Node's own way copies the tables of all this process's memory first, and that
 * memory bit by bit afterwards (fork(2)); this one does not. Throws SystemCallError; then no descriptor stays open.
 */
export function spawnProgram(program: string, words: readonly string[], options: SpawnOptions): Spawned {
  const ends: PipeEnds[] = [];
  let pid: number;
  try {
    for (const kind of options.stdio) ends.push(endsOf(kind));
    pid = startProgram(
      program,
      words,
      options,
      ends.map(({ theirs }) => theirs),
    );
  } catch (thrown) {
    for (const { ours } of ends) if (ours !== undefined) closeSync(ours);
    throw thrown;
  } finally {
    for (const { theirs } of ends) if (theirs !== undefined) closeSync(theirs);
  }
  const oursOf = (kind: 'pipe' | 'input'): readonly number[] =>
    ends.flatMap(({ ours }, i) => (ours === undefined || options.stdio[i] !== kind ? [] : [ours]));
  return { pid, pipes: oursOf('pipe').map(readPipe), inputs: oursOf('input') };
}

/** A descriptor of the program's, and of ours what it is the other end of; undefined for the null device. */
interface PipeEnds {
  readonly theirs: number | undefined;
  readonly ours: number | undefined;
}

function endsOf(kind: 'null' | 'pipe' | 'input'): PipeEnds {
  if (kind === 'null') return { theirs: undefined, ours: undefined };
  const { reading, writing } = openPipe();
  return kind === 'pipe' ? { theirs: writing, ours: reading } : { theirs: reading, ours: writing };
}

function startProgram(
  program: string,
  words: readonly string[],
  options: SpawnOptions,
  descriptors: readonly (number | undefined)[],
): number {
  // Who started us may ignore it, and then nobody could be waited for (waitpid(2)).
  if (process.listenerCount('SIGCHLD') === 0) process.on('SIGCHLD', () => undefined);
  const actions = Buffer.alloc(STRUCTURE);
  const attributes = Buffer.alloc(STRUCTURE);
  const demand = (result: number | bigint): void => {
    // These return the number of the error.
    if (result !== 0) check('starting', program, -1, undefined, Number(result));
  };
  demand(initActions(actions));
  demand(initAttributes(attributes));
  try {
    descriptors.forEach((from, to) => {
      demand(from === undefined ? addOpen(actions, to, '/dev/null', O_RDWR, 0) : addDup(actions, from, to));
    });
    let line: readonly [string, ...string[]] = [program, ...words];
    if (options.directory !== undefined) {
      const added = addIfKnown(actions, options.directory);
      if (added === undefined) line = lineInDirectory(options.directory, line);
      else demand(added);
    }
    // Node ignores SIGPIPE; whoever writes to a pipe is to hear of it.
    demand(setDefaults(attributes, Buffer.alloc(STRUCTURE, 0xff)));
    demand(setMask(attributes, Buffer.alloc(STRUCTURE)));
    const session = options.session === true ? FLAGS.session : 0;
    demand(setFlags(attributes, FLAGS.signalDefaults | FLAGS.signalMask | session));
    const pid = [0];
    demand(posixSpawn(pid, line[0], actions, attributes, [...line, null], listOf(options)));
    return pid[0];
  } finally {
    destroyActions(actions);
    destroyAttributes(attributes);
  }
}

/** Undefined where the C library has no such function. */
function addIfKnown(actions: Buffer, directory: string): number | bigint | undefined {
  try {
    return addDirectory(actions, directory);
  } catch {
    return undefined;
  }
}

/** Returns the command line of a shell that becomes the program in that directory, as the same process. */
export function lineInDirectory(
  directory: string,
  line: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  return ['/bin/sh', '-c', 'cd -- "$0" && exec "$@"', directory, ...line];
}

function listOf({ environment = process.env }: SpawnOptions): readonly (string | null)[] {
  const pairs = Object.entries(environment).filter(([, value]) => value !== undefined);
  return [...pairs.map(([name, value]) => `${name}=${value ?? ''}`), null];
}

/**
 * Resolves to the exit status of a program that was started, once it has ended; undefined when a signal ended it. Throws
 * SystemCallError when it cannot be known, as of one that is no child of this process.
 */
export async function ended(pid: number): Promise<number | undefined> {
  for (;;) {
    const status = [0];
    if (check('waiting for', `process ${String(pid)}`, waitpid(pid, status, WNOHANG)) !== 0)
      return (status[0] & 0x7f) === 0 ? status[0] >> 8 : undefined;
    await sleep(1);
  }
}
