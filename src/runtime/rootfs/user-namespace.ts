import { closeSync, openSync, readlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, StrataError } from '../../model/error.js';
import type { IdMap } from '../id-map.js';
import { SystemCallError } from '../sys/libc.js';
import { ended, spawnProgram } from '../sys/spawn.js';

/** Milliseconds after which the helper that holds a namespace is given up. */
const PATIENCE = 5000;

/** A user namespace that is being made, as idmapped mounts need it (mount_setattr(2)). */
export interface UserNamespace {
  /** Its descriptor, once it is there. Rejects with E_TOOL_MISSING, E_PRIVILEGE. */
  readonly descriptor: Promise<number>;
  /** Lets go of it; what is mounted with it stays. Never rejects; safe to call again. */
  readonly close: () => Promise<void>;
}

/** Calls `use` with the descriptor of a new user namespace of that map. Throws E_TOOL_MISSING, E_PRIVILEGE. */
export async function withUserNamespace<T>(map: IdMap, use: (descriptor: number) => T): Promise<T> {
  const { descriptor, close } = beginUserNamespace(map);
  try {
    return use(await descriptor);
  } finally {
    await close();
  }
}

/** Begins to make a user namespace of that map, which other work need not wait for. */
export function beginUserNamespace(map: IdMap): UserNamespace {
  const descriptor = openUserNamespace(map);
  // Who asks for the descriptor hears of it.
  descriptor.catch(() => undefined);
  let closed: Promise<void> | undefined;
  return { descriptor, close: () => (closed ??= descriptor.then(closeSync, () => undefined)) };
}

/** A process with threads, as Node is, cannot make one itself: a helper of util-linux does, which is gone afterwards. */
async function openUserNamespace(map: IdMap): Promise<number> {
  const helper = startHelper();
  try {
    const place = await namespaceOf(helper);
    const lines = map.map(({ containerID, hostID, size }) => [containerID, hostID, size].join(' '));
    for (const kind of ['uid', 'gid']) writeFileSync(`/proc/${String(helper)}/${kind}_map`, lines.join('\n'));
    return openSync(place, 'r');
  } finally {
    // Nobody else has waited for it, so that the number is still its own.
    process.kill(helper, 'SIGKILL');
    ended(helper).catch(() => undefined);
  }
}

function startHelper(): number {
  try {
    const words = ['--user', 'sleep', String(PATIENCE / 1000)];
    return spawnProgram('unshare', words, { stdio: ['null', 'null', 'null'] }).pid;
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError) || thrown.errno !== 'ENOENT') throw thrown;
    return fail('E_TOOL_MISSING', 'making a user namespace: unshare is not installed', {
      hint: 'install util-linux',
      cause: thrown,
    });
  }
}

async function namespaceOf(pid: number): Promise<string> {
  const own = readlinkSync('/proc/self/ns/user');
  const place = `/proc/${String(pid)}/ns/user`;
  for (let waited = 0; waited < PATIENCE; waited += 1) {
    try {
      if (readlinkSync(place) !== own) return place;
    } catch {
      // It has ended; the patience tells.
    }
    await sleep(1);
  }
  throw new StrataError('E_PRIVILEGE', 'making a user namespace: this machine does not let it be made', {
    hint: 'use --userns host',
  });
}
