import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync, readlinkSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { killChild } from '../../io/kill-child.js';
import { fail } from '../../model/error.js';
import { findProgram } from '../engine/find-engine.js';
import type { IdMap } from '../id-map.js';
import { needPackages } from './packages.js';
import { readOwnRanges } from './own-ranges.js';
import { mapOfUser } from './subordinate-ids.js';
import { mayBeCrippled, whyRefused } from './why-refused.js';

/** Milliseconds after which a helper that does nothing is given up. */
const PATIENCE = 10_000;

const DOING = 'making a user namespace, which containers without root need';

/**
 * Returns the descriptor of a new user namespace in which this user is root and his subordinate ids follow from 1 on. Throws
 * E_TOOL_MISSING or E_PRIVILEGE with what root has to do about it.
 */
export async function makeUserNamespace(): Promise<number> {
  const [writeUids, writeGids] = needPackages(['newuidmap', 'newgidmap'], DOING);
  const { user, uids, gids, remedy } = readOwnRanges();
  if (uids.length === 0 || gids.length === 0)
    fail('E_PRIVILEGE', `${DOING}: ${user.name ?? 'this user'} has no ids in /etc/subuid and /etc/subgid`, {
      hint: `as root: ${remedy}`,
    });
  const [unshare] = needPackages(['unshare'], DOING);
  const helper = spawn(unshare, ['--user', 'sleep', String(PATIENCE / 1000)], { stdio: 'ignore' });
  const ended = once(helper, 'exit');
  // Also the error of one that could not be started ends here.
  ended.catch(() => undefined);
  try {
    const namespace = await namespaceOf(helper);
    const { uid } = user;
    writeMap(writeUids, helper, mapOfUser(uid, uids), remedy);
    writeMap(writeGids, helper, mapOfUser(process.getgid?.() ?? uid, gids), remedy);
    const descriptor = openSync(namespace, 'r');
    if (mayBeCrippled()) tryOut(namespace);
    return descriptor;
  } finally {
    killChild(helper, 'SIGKILL');
    // This process will be another program, to which the remains of a child would stay.
    await ended.catch(() => undefined);
  }
}

async function namespaceOf(helper: ChildProcess): Promise<string> {
  const own = readlinkSync('/proc/self/ns/user');
  const place = `/proc/${String(helper.pid)}/ns/user`;
  for (let waited = 0; waited < PATIENCE && helper.exitCode === null; waited += 1) {
    try {
      if (readlinkSync(place) !== own) return place;
    } catch {
      // It has ended.
    }
    await sleep(1);
  }
  return refuse('this machine does not let an ordinary user make one');
}

function refuse(otherwise: string): never {
  const refusal = whyRefused();
  return fail('E_PRIVILEGE', `${DOING}: ${refusal?.why ?? otherwise}`, {
    hint: refusal === undefined ? 'run it as root' : `as root: ${refusal.remedy}`,
  });
}

/** Only these programs, which root installed, may map ids of others (newuidmap(1)). */
function writeMap(program: string, { pid }: ChildProcess, map: IdMap, remedy: string): void {
  const extents = map.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size].map(String));
  const { status, stderr } = spawnSync(program, [String(pid), ...extents], {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (status === 0) return;
  const said = stderr.trim().split('\n')[0];
  fail('E_PRIVILEGE', `${DOING}: ${said === '' ? `${program} failed` : said}`, {
    hint: `the ids of /etc/subuid and /etc/subgid must not be another user's, and the program must be setuid root; as root: ${remedy}`,
  });
}

function tryOut(namespace: string): void {
  const program = findProgram('nsenter') ?? 'nsenter';
  const { status } = spawnSync(program, [`--user=${namespace}`, '--preserve-credentials', 'true'], {
    stdio: 'ignore',
    timeout: PATIENCE,
  });
  if (status !== 0) refuse('nothing can be done in it');
}
