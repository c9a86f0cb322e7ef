import { closeSync, openSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../io/monotonic.js';
import { fail } from '../model/error.js';
import { removeQuietly } from './atomic.js';
import { stopIfAborted } from './failure.js';
import { namesIn } from './names-in.js';
import { type Owner, ownerState, ownerTag, parseOwnerTag } from './owner.js';

/*
 * Node has no flock(2), so a lock is a file, and the hard part is the file of a process that was killed. Here every
 * claim is a file of its own, named `<lock>.<owner tag>`, and no name is ever used twice: removing the claim of a dead
 * process therefore can never hit the claim of a living one, however late the removal comes.
 *
 * All of it in this thread: a lock is taken some ten system calls long, and each trip to another thread takes longer.
 *
 * To take the lock: see that no living claim is there, create the own claim, look again. Whoever sees another claim the
 * second time withdraws and waits a random while. Of two processes that both created theirs, the later one looks after
 * the earlier one's file exists (readdir(3) returns every name that is there all the time), so never do both hold it.
 */

export interface LockContext {
  readonly owner: Owner;
  readonly signal: AbortSignal | undefined;
}

export interface LockOptions {
  /** Milliseconds to wait for another holder. */
  readonly timeout?: number;
}

export interface HeldLock {
  /** Throws E_LOCKED when someone took the lock for abandoned; to be asked right before what cannot be undone. */
  check(): void;
  /** Never throws. */
  release(): void;
}

const TIMEOUT = 60_000;
/** How often a holder says that it lives, for those who cannot see its process: other machines, other pid namespaces. */
const HEARTBEAT = 5_000;
/** After how much silence such a holder counts as dead. */
const ABANDONED_AFTER = 60_000;

export interface Claim {
  readonly file: string;
  readonly owner: Owner;
  readonly abandoned: boolean;
}

/**
 * Returns once this caller alone holds the lock `name`, also among parallel processes; locks of killed processes are
 * recovered. Throws E_LOCKED naming the holder after the timeout, E_INTERRUPTED, and what the file system throws.
 */
export async function holdLock(
  directory: string,
  name: string,
  context: LockContext,
  options: LockOptions = {},
): Promise<HeldLock> {
  const deadline = monotonic() + (options.timeout ?? TIMEOUT);
  for (;;) {
    stopIfAborted(context.signal, `waiting for the lock '${name}' of the store`);
    let holder = livingClaim(directory, name, context.owner);
    if (holder === undefined) {
      const file = path.join(directory, `${name}.${ownerTag(context.owner)}`);
      closeSync(openSync(file, 'wx', 0o600));
      try {
        holder = livingClaim(directory, name, context.owner, file);
      } catch (thrown) {
        rmSync(file, { force: true });
        throw thrown;
      }
      if (holder === undefined) return held(file, name);
      rmSync(file, { force: true });
    }
    if (monotonic() >= deadline) failLocked(name, holder);
    await sleep(2 + Math.random() * 25);
  }
}

/** Returns the claims on a lock, or on all locks, with whether their process is gone. */
export function readClaims(directory: string, self: Owner, name?: string): readonly Claim[] {
  const claims: Claim[] = [];
  for (const entry of namesIn(directory)) {
    const dot = entry.lastIndexOf('.');
    if (name !== undefined && entry.slice(0, dot) !== name) continue;
    const owner = parseOwnerTag(entry.slice(dot + 1));
    if (owner === undefined) continue;
    const file = path.join(directory, entry);
    claims.push({ file, owner, abandoned: isAbandoned(file, owner, self) });
  }
  return claims;
}

function livingClaim(directory: string, name: string, self: Owner, own?: string): Claim | undefined {
  let living: Claim | undefined;
  for (const claim of readClaims(directory, self, name)) {
    if (claim.file === own) continue;
    if (claim.abandoned) rmSync(claim.file, { force: true });
    else living ??= claim;
  }
  return living;
}

function isAbandoned(file: string, owner: Owner, self: Owner): boolean {
  const state = ownerState(owner, self);
  if (state !== 'unknown') return state === 'dead';
  try {
    return Math.abs(Date.now() - statSync(file).mtimeMs) > ABANDONED_AFTER;
  } catch {
    return false;
  }
}

function held(file: string, name: string): HeldLock {
  const beat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(file, now, now);
    } catch {
      // It was taken away; check() says so.
    }
  }, HEARTBEAT);
  beat.unref();
  return {
    check() {
      try {
        statSync(file);
      } catch (thrown) {
        fail('E_LOCKED', `holding the lock '${name}' of the store: it was taken away as abandoned`, {
          hint: 'nothing was changed; try again',
          cause: thrown,
        });
      }
    },
    release() {
      clearInterval(beat);
      removeQuietly(file);
    },
  };
}

function failLocked(name: string, holder: Claim): never {
  return fail(
    'E_LOCKED',
    `waiting for the lock '${name}' of the store: process ${holder.owner.pid} holds it`,
    {
      hint: `when no strata runs any more, remove ${holder.file}`,
    },
  );
}
