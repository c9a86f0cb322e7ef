import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { check, declare } from './libc.js';

const pipe2 = declare('int pipe2(_Out_ int *descriptors, int flags)');
const fcntl = declare('int fcntl(int descriptor, int command, long value)');

const O_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;

/** Those below are given to programs that are started. */
const LOWEST = 16;

/** The descriptors of a pipe; both to be closed by the caller. */
export interface Pipe {
  readonly reading: number;
  readonly writing: number;
}

/** Returns a new pipe, which no program inherits that it is not given to. Throws SystemCallError. */
export function openPipe(): Pipe {
  const made = [0, 0];
  check('making', 'a pipe', pipe2(made, O_CLOEXEC));
  try {
    for (const [i, descriptor] of made.entries()) made[i] = raised(descriptor);
  } catch (thrown) {
    made.forEach(closeSync);
    throw thrown;
  }
  return { reading: made[0], writing: made[1] };
}

function raised(descriptor: number): number {
  if (descriptor >= LOWEST) return descriptor;
  const higher = check('making', 'a pipe', fcntl(descriptor, F_DUPFD_CLOEXEC, LOWEST));
  closeSync(descriptor);
  return higher;
}

/**
 * Returns a stream of what comes through a pipe, which closes the descriptor. It waits in the event loop: a thread that
 * waited in read(2) would keep the process from ending.
 */
export function readPipe(reading: number): Readable {
  return new Socket({ fd: reading, readable: true, writable: false });
}
