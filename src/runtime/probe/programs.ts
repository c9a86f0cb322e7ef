import { execFile } from 'node:child_process';
import { findEngine, findMonitor, findProgram } from '../engine/find-engine.js';
import { findBusybox, findInit } from '../toolbox/host-tools.js';
import { type Check, checked } from './check.js';
import { knownFlaws } from './known-flaws.js';

/** Milliseconds in which a program tells its version. */
const PATIENCE = 5000;

/** Looks for the programs that run containers and asks them for their versions. */
export async function checkPrograms(rootless: boolean): Promise<readonly Check[]> {
  const [engine, monitor] = await Promise.all([checkEngine(), checkMonitor()]);
  return [
    ...engine,
    monitor,
    checkUtilLinux(),
    ...(rootless ? [checkMapping()] : []),
    optional('toolbox', findBusybox, 'busybox-static', 'shells in images that have none'),
    optional('init', findInit, 'tini', 'run --init'),
  ];
}

async function checkEngine(): Promise<readonly Check[]> {
  const found = attempt(findEngine);
  if (found === undefined)
    return [
      { name: 'engine', health: 'missing', value: 'neither crun nor runc is installed', package: 'crun' },
    ];
  const { kind, program } = found;
  const said = await versionOf(program);
  const version = /version v?(\S+)/.exec(said)?.[1] ?? 'of an unknown version';
  const flaws = knownFlaws(kind, version);
  const value = `${kind} ${version}, ${program}`;
  return [
    checked(
      'engine',
      value,
      flaws.length === 0 ? undefined : `${value}, has known flaws: ${flaws.join('; ')}`,
      'install a newer one, unless your distribution has mended this one',
    ),
    checked(
      'seccomp',
      'system calls are filtered',
      /seccomp/i.test(said) ? undefined : `${kind} was built without it`,
      'install the crun or runc of your distribution',
    ),
  ];
}

async function checkMonitor(): Promise<Check> {
  const program = attempt(findMonitor);
  if (program === undefined)
    return { name: 'conmon', health: 'missing', value: 'not installed', package: 'conmon' };
  const version = /version (\S+)/.exec(await versionOf(program))?.[1] ?? 'of an unknown version';
  return checked('conmon', `${version}, ${program}`);
}

function checkUtilLinux(): Check {
  const absent = ['unshare', 'nsenter'].filter((name) => findProgram(name) === undefined);
  if (absent.length === 0) return checked('util-linux', 'unshare and nsenter');
  const value = `${absent.join(' and ')} not installed`;
  return { name: 'util-linux', health: 'missing', value, package: 'util-linux' };
}

function checkMapping(): Check {
  const program = findProgram('newuidmap');
  if (program !== undefined && findProgram('newgidmap') !== undefined) return checked('newuidmap', program);
  return { name: 'newuidmap', health: 'missing', value: 'not installed', package: 'uidmap' };
}

/** What only some commands need is no reason to end with an error. */
function optional(name: string, find: () => string, from: string, use: string): Check {
  const program = attempt(() => find());
  if (program !== undefined) return checked(name, program);
  return { name, health: 'warning', value: `not installed, which is needed for ${use}`, package: from };
}

function attempt<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

function versionOf(program: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { timeout: PATIENCE }, (_error, stdout) => {
      resolve(stdout);
    });
  });
}
