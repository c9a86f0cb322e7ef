import { closeSync, openSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../../io/monotonic.js';
import { fail } from '../../model/error.js';
import { namesIfAny, textIfAny } from '../../store/if-any.js';
import { ownerState, ownerTag, parseOwnerTag, thisOwner } from '../../store/owner.js';
import { openNamespaceBelow } from '../sys/user-namespace.js';
import { firstProcesses } from './first-processes.js';

/*
 * All containers of a user are in one user namespace, for who is in another one may neither enter them nor send them
 * signals. Nobody keeps it: it is there as long as a container or a strata is in it, and whoever finds none makes one. Who is
 * about to be in it says so before, by a file that is named after his process; of two that find none at the same time one
 * makes it and the other waits.
 */

const CLAIMS = 'namespace';

/** Milliseconds in which a strata that has said that it will be in a namespace is. */
const PATIENCE = 20_000;

/** A user namespace that this process has said it will be in: others wait for it meanwhile. */
export interface ClaimedNamespace {
  readonly descriptor: number;
  /** Takes that back and closes the descriptor. */
  readonly release: () => void;
}

/**
 * Returns the user namespace of this user's containers below `base`, made by `make` where there is none. This process has to
 * enter it at once, or release it. Throws E_LOCKED, what `make` throws, and the reason of the signal.
 */
export async function sharedNamespace(
  base: string,
  make: () => Promise<number>,
  signal?: AbortSignal,
): Promise<ClaimedNamespace> {
  const folder = path.join(base, CLAIMS);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const claim = path.join(folder, ownerTag(thisOwner()));
  const deadline = monotonic() + PATIENCE;
  const claimed = (descriptor: number): ClaimedNamespace => ({
    descriptor,
    release() {
      closeSync(descriptor);
      rmSync(claim, { force: true });
    },
  });
  try {
    for (;;) {
      signal?.throwIfAborted();
      writeFileSync(claim, '');
      const others = await claimants(folder);
      for (const pid of [...others, ...monitors(base)]) {
        const descriptor = openForeign(pid);
        if (descriptor !== undefined) return claimed(descriptor);
      }
      for (const pid of orphans(base)) {
        const descriptor = openNamespaceBelow(pid);
        if (descriptor !== undefined) return claimed(descriptor);
      }
      if (others.length === 0) return claimed(await make());
      // Somebody makes it just now; of two that wait for each other the random one is first.
      await rm(claim, { force: true });
      if (monotonic() > deadline)
        fail('E_LOCKED', `entering the user namespace: process ${String(others[0])} has held it up for long`);
      await sleep(2 + Math.random() * 20);
    }
  } catch (thrown) {
    await rm(claim, { force: true });
    throw thrown;
  }
}

/** Living processes beside this one that are in the namespace, or will be. */
async function claimants(folder: string): Promise<readonly number[]> {
  const self = thisOwner();
  const found: number[] = [];
  for (const name of await readdir(folder)) {
    const owner = parseOwnerTag(name);
    if (owner?.pid === process.pid && owner.start === self.start) continue;
    const state = owner === undefined ? 'dead' : ownerState(owner, self);
    if (owner !== undefined && state === 'alive') found.push(owner.pid);
    if (state === 'dead' || owner?.boot !== self.boot) await rm(path.join(folder, name), { force: true });
  }
  return found;
}

/** Those that watch over running containers. */
function monitors(base: string): readonly number[] {
  const found: number[] = [];
  for (const store of namesIfAny(base))
    for (const id of namesIfAny(path.join(base, store))) {
      const pid = textIfAny(path.join(base, store, id, 'monitor')).trim();
      // The number may be another process's by now.
      if (/^\d{1,10}$/.test(pid) && textIfAny(`/proc/${pid}/cmdline`).includes(id)) found.push(Number(pid));
    }
  return found;
}

/** Those of containers, whose conmon may have been killed; most are in a further namespace below that of all. */
function orphans(base: string): readonly number[] {
  return namesIfAny(base).flatMap((store) => firstProcesses(path.join(base, store, 'engine')));
}

/** Returns a descriptor of the user namespace of a process, undefined when it is ours or the process is gone. */
function openForeign(pid: number): number | undefined {
  const place = `/proc/${String(pid)}/ns/user`;
  try {
    return readlinkSync(place) === readlinkSync('/proc/self/ns/user') ? undefined : openSync(place, 'r');
  } catch {
    return undefined;
  }
}
