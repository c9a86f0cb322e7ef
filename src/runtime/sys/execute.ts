import { check, declare } from './libc.js';

const execv = declare('int execv(const char *path, const char **words)');
const fcntl = declare('int fcntl(int descriptor, int command, long value)');

const F_SETFD = 2;

/**
 * Makes this process another program: same pid, terminal, parent and environment, so that there is nobody between who would
 * have to pass on signals or an exit status. Of the open files it keeps the standard streams and `kept`. To be called before
 * anything is written to the streams. Throws SystemCallError, and then has changed nothing that matters.
 */
export function execute(program: string, words: readonly string[], kept: readonly number[]): never {
  // Node closes also the standard streams on exec.
  for (const descriptor of [0, 1, 2, ...kept]) fcntl(descriptor, F_SETFD, 0);
  check('running', program, execv(program, [...words, null]));
  throw new Error('execv returned');
}
