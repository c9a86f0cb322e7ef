import { chownSync, closeSync, fchownSync, fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemCallError } from '../sys/libc.js';
import { openTerminalOf } from '../sys/terminal.js';

/** Of this machine's ids. */
export interface StreamOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Gives the pipes of the process to its user. By the descriptors of conmon, which are no one else's: the process waits,
 * and could put another file in the place of its own ones later.
 */
export function givePipes(monitor: number, { uid, gid }: StreamOwner): void {
  for (const place of descriptorsOf(monitor, /^pipe:/).map(({ path }) => path))
    try {
      chownSync(place, uid, gid);
    } catch {
      // It was closed meanwhile.
    }
}

/**
 * Gives the terminal of the process to its user, as soon as conmon has the other side of it and until `begun` at the latest:
 * runc does so itself, crun does not. Where this process may not, it stays with root of the container. Never rejects.
 */
export async function giveTerminal(
  monitor: number,
  owner: StreamOwner,
  begun: Promise<unknown>,
): Promise<void> {
  const over = begun.then(
    () => true,
    () => true,
  );
  for (let last = false; ;) {
    const master = descriptorsOf(monitor, /ptmx$/).at(0);
    if (master !== undefined) chownTerminal(monitor, master.descriptor, owner.uid);
    if (master !== undefined || last) return;
    last = await Promise.race([over, sleep(1, false)]);
  }
}

function chownTerminal(monitor: number, master: number, uid: number): void {
  let terminal: number;
  try {
    terminal = openTerminalOf(monitor, master);
  } catch (thrown) {
    if (thrown instanceof SystemCallError) return;
    throw thrown;
  }
  try {
    // Its group is that of all terminals.
    fchownSync(terminal, uid, fstatSync(terminal).gid);
  } catch {
    // The user namespace is somebody else's.
  } finally {
    closeSync(terminal);
  }
}

function descriptorsOf(
  pid: number,
  target: RegExp,
): readonly { readonly descriptor: number; readonly path: string }[] {
  const open = `/proc/${String(pid)}/fd`;
  try {
    return readdirSync(open)
      .map((name) => ({ descriptor: Number(name), path: `${open}/${name}` }))
      .filter(({ path }) => target.test(linkOf(path)));
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
