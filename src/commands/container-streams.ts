import type { Streams } from '../runtime/foreground.js';

/** Signals that a user sends to a program, and a program in a container may want. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;

/**
 * Returns this process's own streams for a container. With `terminal` every key is the container's (raw mode), until
 * {@link ProcessStreams.restore}.
 */
export interface ProcessStreams extends Streams {
  readonly restore: () => void;
}

export function processStreams(options: {
  readonly terminal: boolean;
  readonly stdin: boolean;
}): ProcessStreams {
  const { stdin, stdout, stderr } = process;
  const raw = options.terminal && options.stdin && stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  return {
    input: options.stdin ? stdin : undefined,
    onOutput: (stream, bytes) =>
      new Promise((resolve, reject) => {
        (stream === 'stdout' ? stdout : stderr).write(bytes, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    size: () => (stdout.isTTY ? { rows: stdout.rows, columns: stdout.columns } : undefined),
    onResize(changed) {
      stdout.on('resize', changed);
      return () => stdout.off('resize', changed);
    },
    forwardSignals(pid) {
      // On a terminal of its own the container gets them from that.
      const listeners = FORWARDED.map((name) => {
        const forward = (): void => {
          try {
            process.kill(pid, name);
          } catch {
            // It has just ended.
          }
        };
        process.on(name, forward);
        return { name, forward };
      });
      return () => {
        for (const { name, forward } of listeners) process.off(name, forward);
      };
    },
    restore() {
      if (raw) stdin.setRawMode(false);
      // A read of the terminal that is under way would keep the process.
      stdin.destroy();
    },
  };
}
