import type { LogEntry } from './log-entry.js';

/** Makes whole lines of the parts in which they were written, each stream for itself. */
export interface LineJoiner {
  /** Returns the lines that are whole now, with the time of their first part; a line of more than 1 MiB comes in pieces. */
  readonly push: (entry: LogEntry) => readonly LogEntry[];
  /** Returns the lines without an end. */
  readonly end: () => readonly LogEntry[];
}

const LONGEST = 1024 * 1024;

/** Returns a joiner; it keeps at most 1 MiB of each stream. */
export function createLineJoiner(): LineJoiner {
  const held = new Map<
    LogEntry['stream'],
    { readonly time: bigint; readonly parts: Buffer[]; length: number }
  >();
  return {
    push(entry) {
      const { stream, time, bytes, partial } = entry;
      const begun = held.get(stream) ?? { time, parts: [], length: 0 };
      begun.parts.push(Buffer.from(bytes));
      begun.length += bytes.length;
      if (partial && begun.length < LONGEST) {
        held.set(stream, begun);
        return [];
      }
      held.delete(stream);
      return [{ time: begun.time, stream, partial, bytes: Buffer.concat(begun.parts) }];
    },
    end() {
      const lines = [...held].map(([stream, { time, parts }]) => ({
        time,
        stream,
        partial: true,
        bytes: Buffer.concat(parts),
      }));
      held.clear();
      return lines;
    },
  };
}
