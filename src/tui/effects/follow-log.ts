import type { Action } from '../state/action.js';
import type { Containers, LogLine } from './containers.js';

/** Lines that are held at once. */
const MOST_LINES = 5000;
/** How many are let go at once, so that it is seldom done. */
const SLACK = 500;
/** Bytes that are held of a line. */
const MOST_BYTES = 4096;
/** Milliseconds between two frames of a log that grows. */
const FRAME = 60;

/**
 * Sends the last lines of a container's log, and those that come until it has ended or the signal aborts: at most 5500 are
 * held, 4 KiB of each. Rejects with what reading the log throws.
 */
export async function followLog(
  { log }: Pick<Containers, 'log'>,
  { id, container }: { readonly id: number; readonly container: string },
  signal: AbortSignal,
  send: (action: Action) => void,
): Promise<void> {
  let lines: LogLine[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  const show = (ended: boolean): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!signal.aborted) send({ type: 'log', id, log: { lines: [...lines], dropped, ended } });
  };
  try {
    show(false);
    for await (const line of log(container, signal)) {
      lines.push(shortened(line));
      if (lines.length > MOST_LINES + SLACK) {
        dropped += SLACK;
        lines = lines.slice(SLACK);
      }
      timer ??= setTimeout(show, FRAME, false);
    }
    show(true);
  } finally {
    clearTimeout(timer);
  }
}

function shortened(line: LogLine): LogLine {
  const { bytes } = line;
  return bytes.length <= MOST_BYTES
    ? line
    : { ...line, bytes: bytes.slice(0, MOST_BYTES), more: line.more + bytes.length - MOST_BYTES };
}
