import type { Environment } from './terminal.js';

interface StreamLike {
  readonly isTTY?: boolean;
}

/**
 * Whether a person sits at a terminal that can be drawn on: both streams are terminals, TERM is not `dumb`, and CI is not
 * set (as dive takes it: `CI=true` means no screen).
 */
export function isInteractive(env: Environment, stdin: StreamLike, stdout: StreamLike): boolean {
  const inCI = env.CI !== undefined && !['', '0', 'false'].includes(env.CI.toLowerCase());
  return stdin.isTTY === true && stdout.isTTY === true && env.TERM !== 'dumb' && !inCI;
}
