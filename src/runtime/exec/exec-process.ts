import { fail } from '../../model/error.js';
import { capabilitySets } from '../spec/capabilities.js';
import type { EnvironmentChange } from '../spec/environment.js';
import type { ConsoleSize, ProcessConfig, RlimitConfig } from '../spec/runtime-config.js';
import { findUser, type UserFiles } from '../spec/users.js';
import { workingDirectory } from '../spec/working-directory.js';

/** A further program of a running container. */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly consoleSize: ConsoleSize | undefined;
  /** Of `--env-file`, then of `-e`: the later one wins. */
  readonly environment: readonly EnvironmentChange[];
  /** `user[:group]`; undefined for that of the container. */
  readonly user: string | undefined;
  /** Undefined for that of the container. */
  readonly workingDirectory: string | undefined;
}

interface WrittenLimit {
  readonly type: string;
  readonly soft: string;
  readonly hard: string;
}

/** Returns the `process` of a bundle's config.json as we wrote it, whose limits may be 2^64-1. Throws E_STORE. */
export function readProcess(config: string): ProcessConfig {
  try {
    // In a text the quotes would be escaped.
    const exact = config.replace(/("(?:soft|hard)":)(\d+)/g, '$1"$2"');
    const { process } = JSON.parse(exact) as {
      process: Omit<ProcessConfig, 'rlimits'> & { readonly rlimits: readonly WrittenLimit[] };
    };
    const rlimits = process.rlimits.map(({ type, soft, hard }): RlimitConfig => ({
      type,
      soft: BigInt(soft),
      hard: BigInt(hard),
    }));
    return { ...process, rlimits };
  } catch (cause) {
    return fail('E_STORE', "reading the container's configuration: it is damaged", { cause });
  }
}

/**
 * Returns the process that is asked for: with what the container's own one may do (capabilities, limits, system calls),
 * its environment, directory and user but where the request says another. HOME is that of the new user unless somebody
 * set it. `addGroups` are names or numbers that a new user has beside his own. Throws E_USAGE, E_NOT_FOUND for a user that is not in `files`, E_UNSAFE_PATH for a directory below /proc.
 */
export function execProcess(
  container: ProcessConfig,
  request: ExecRequest,
  files: UserFiles,
  follow?: (path: string) => string,
  addGroups: readonly string[] = [],
): ProcessConfig {
  if (request.command.some((word) => word.includes('\0')))
    fail('E_USAGE', 'reading the command: it has a NUL');
  const user = request.user === undefined ? undefined : findUser(request.user, files, addGroups);
  const { rlimits, noNewPrivileges, oomScoreAdj } = container;
  return {
    rlimits,
    noNewPrivileges,
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    terminal: request.tty,
    ...(request.tty && request.consoleSize !== undefined ? { consoleSize: request.consoleSize } : {}),
    user: user === undefined ? container.user : { uid: user.uid, gid: user.gid, additionalGids: user.groups },
    args: request.command,
    env: environmentOf(container, request, files, user?.home),
    cwd: workingDirectory(request.workingDirectory, container.cwd, follow),
    capabilities: capabilitySets(container.capabilities.bounding, (user ?? container.user).uid),
  };
}

function environmentOf(
  container: ProcessConfig,
  { tty, environment }: ExecRequest,
  files: UserFiles,
  home: string | undefined,
): readonly string[] {
  const values = new Map(container.env.map((entry) => pairOf(entry)));
  if (tty && !values.has('TERM')) values.set('TERM', 'xterm');
  if (home !== undefined && isOwnHome(container, files)) values.set('HOME', home);
  for (const [name, value] of environment)
    if (value === undefined) values.delete(name);
    else values.set(name, value);
  if ((values.get('HOME') ?? '') === '') values.set('HOME', home ?? '/');
  return [...values].map(([name, value]) => `${name}=${value}`);
}

/** Whether HOME was made for the container's user: nobody who sets it himself makes it the last one and just this. */
function isOwnHome({ env, user }: ProcessConfig, files: UserFiles): boolean {
  const [name, value] = pairOf(env.at(-1) ?? '');
  return name === 'HOME' && value === findUser(String(user.uid), files).home;
}

function pairOf(entry: string): [name: string, value: string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}
