import type { ChildProcess } from 'node:child_process';

/**
 * Sends a signal to a child if it was started. One that could not be still has a handle for a moment, with the process
 * number 0, which kill(2) takes for our whole process group.
 */
export function killChild(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined && child.pid > 0) child.kill(signal);
}
