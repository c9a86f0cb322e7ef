import { spawn } from 'node:child_process';
import { closeSync, openSync, readlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StrataError } from '../../model/error.js';
import type { IdMap } from '../id-map.js';

/** Milliseconds after which the helper that holds a namespace is given up. */
const PATIENCE = 5000;

/**
 * Calls `use` with the descriptor of a new user namespace of that map, as idmapped mounts need it (mount_setattr(2)).
 * A process with threads, as Node is, cannot make one itself: a helper of util-linux does, which is gone afterwards.
 */
export async function withUserNamespace<T>(map: IdMap, use: (descriptor: number) => T): Promise<T> {
  const helper = spawn('unshare', ['--user', 'sleep', String(PATIENCE / 1000)], { stdio: 'ignore' });
  let failure: Error | undefined;
  helper.on('error', (error) => (failure = error));
  try {
    const place = await namespaceOf(helper.pid, () => failure);
    const lines = map.map(({ containerID, hostID, size }) => [containerID, hostID, size].join(' '));
    for (const kind of ['uid', 'gid'])
      writeFileSync(`/proc/${String(helper.pid)}/${kind}_map`, lines.join('\n'));
    const descriptor = openSync(place, 'r');
    try {
      return use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    helper.kill('SIGKILL');
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
