import { closeSync } from 'node:fs';
import { check, declare } from './libc.js';

const pidfdOpen = declare('long syscall(long number, int64_t pid, uint64_t flags)');
const pidfdGetfd = declare('long syscall(long number, int64_t process, int64_t descriptor, uint64_t flags)');
const ioctl = declare('int ioctl(int descriptor, unsigned long request, uint64_t argument)');

const tcgetattr = declare('int tcgetattr(int descriptor, uint8_t *attributes)');
const tcsetattr = declare('int tcsetattr(int descriptor, int when, const uint8_t *attributes)');

/** The same on every architecture (include/uapi/asm-generic/unistd.h). */
const NUMBER = { pidfdOpen: 434, pidfdGetfd: 438 };
/** ioctl_tty(2) */
const TIOCGPTPEER = 0x5441;
const O_RDWR = 2;
const O_NOCTTY = 0o400;
const O_CLOEXEC = 0o2000000;

/** More than struct termios has anywhere; its second word is c_oflag (termios(3)). */
const TERMIOS_BYTES = 256;
const OUTPUT_FLAGS = 4;
const OPOST = 1;
const TCSADRAIN = 1;

/** Returns the modes of a terminal (struct termios); undefined where it is gone. */
export function getModes(terminal: number): Uint8Array | undefined {
  const modes = new Uint8Array(TERMIOS_BYTES);
  return tcgetattr(terminal, modes) === 0 ? modes : undefined;
}

/** Sets them again, once all is shown that was written; does nothing where it is gone. */
export function setModes(terminal: number, modes: Uint8Array): void {
  tcsetattr(terminal, TCSADRAIN, modes);
}

/** Has a terminal show bytes as they come: no line feed becomes two characters. Does nothing where it is gone. */
export function passOutput(terminal: number): void {
  const modes = getModes(terminal);
  if (modes === undefined) return;
  new Uint32Array(modes.buffer, OUTPUT_FLAGS, 1)[0] &= ~OPOST;
  setModes(terminal, modes);
}

/**
 * Returns a descriptor of the terminal whose other side the descriptor `master` of process `pid` is, by no path, so that
 * nobody can put something else in its place; to be closed by the caller. Throws SystemCallError.
 */
export function openTerminalOf(pid: number, master: number): number {
  const about = `of process ${String(pid)}`;
  const process = check('opening', about, pidfdOpen(NUMBER.pidfdOpen, pid, 0));
  try {
    const own = check('taking a descriptor', about, pidfdGetfd(NUMBER.pidfdGetfd, process, master, 0));
    try {
      return check('opening the terminal', about, ioctl(own, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    } finally {
      closeSync(own);
    }
  } finally {
    closeSync(process);
  }
}
