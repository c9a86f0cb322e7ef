import { spawn } from 'node:child_process';
import { closeSync, openSync, readlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { killChild } from '../../io/kill-child.js';
import { StrataError } from '../../model/error.js';
import type { IdMap } from '../id-map.js';

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
  const helper = spawn('unshare', ['--user', 'sleep', String(PATIENCE / 1000)], { stdio: 'ignore' });
  let failure: Error | undefined;
  helper.on('error', (error) => (failure = error));
  try {
    const place = await namespaceOf(helper.pid, () => failure);
    const lines = map.map(({ containerID, hostID, size }) => [containerID, hostID, size].join(' '));
    for (const kind of ['uid', 'gid'])
      writeFileSync(`/proc/${String(helper.pid)}/${kind}_map`, lines.join('\n'));
    return openSync(place, 'r');
  } finally {
    killChild(helper, 'SIGKILL');
  }
}

async function namespaceOf(pid: number | undefined, failure: () => Error | undefined): Promise<string> {
  const own = readlinkSync('/proc/self/ns/user');
  const place = `/proc/${String(pid)}/ns/user`;
  for (let waited = 0; waited < PATIENCE; waited += 1) {
    const failed = failure();
    if (failed !== undefined || pid === undefined)
      throw new StrataError('E_TOOL_MISSING', `starting unshare: ${failed?.message ?? 'no process'}`, {
        hint: 'install util-linux',
      });
    try {
      if (readlinkSync(place) !== own) return place;
    } catch {
      // Not there yet, or the helper has ended; its error or the patience tells.
    }
    await sleep(1);
  }
  throw new StrataError('E_PRIVILEGE', 'making a user namespace: this machine does not let it be made', {
    hint: 'use --userns host',
  });
}
