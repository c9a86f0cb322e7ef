import { readFileSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { privateFolder } from '../container/private-folder.js';
import { runBase } from '../container/folder.js';
import { execute } from '../sys/execute.js';
import { MARK } from './entry-mark.js';
import { makeUserNamespace } from './make-namespace.js';
import { needPackages } from './packages.js';
import { sharedNamespace } from './shared-namespace.js';

/**
 * Starts this very command line again as root of a user namespace of its own, the one in which this user's containers are: in
 * the same process, so that terminal, signals and exit status are as they were. Throws E_TOOL_MISSING or E_PRIVILEGE with
 * what root has to do, E_LOCKED, and E_STORE when the run folder is not this user's.
 */
export async function enterUserNamespace(uid: number, env: NodeJS.ProcessEnv): Promise<never> {
  return (await prepareEntry(uid, env)).enter();
}

/** A command line that can be started again as root: other processes of the user wait until it is, or is given up. */
export interface ReadyEntry {
  readonly enter: () => never;
  readonly release: () => void;
}

/**
 * Returns what does the same once whatever can be missing was looked for, so that a process can first end what it does.
 * Throws the reason of the signal, too.
 */
export async function prepareEntry(
  uid: number,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<ReadyEntry> {
  if (env[MARK] !== undefined)
    fail('E_INTERNAL', 'entering the user namespace: this process is not root in it');
  const [nsenter, unshare] = needPackages(['nsenter', 'unshare'], 'running containers without root');
  const base = runBase(uid, env);
  privateFolder(base, uid);
  const { descriptor, release } = await sharedNamespace(base, makeUserNamespace, signal);
  // As the kernel has it: with the options of Node itself.
  const words = readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(1, -1);
  const namespace = `--user=/proc/self/fd/${String(descriptor)}`;
  // Into a mount namespace of that user namespace: nobody may come back to one of the host's.
  const mounts = [unshare, '--mount', '--propagation', 'slave', '--'];
  const line = ['nsenter', namespace, '--preserve-credentials', '--', ...mounts, process.execPath, ...words];
  const enter = (): never => {
    env[MARK] = String(descriptor);
    return execute(nsenter, line, [descriptor]);
  };
  return { enter, release };
}
