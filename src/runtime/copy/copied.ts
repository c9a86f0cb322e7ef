import { fail } from '../../model/error.js';
import type { CopySink, Loss } from './copy-entry.js';

/** What came of a copy. */
export interface Copied {
  /** Files, directories and others. */
  readonly entries: number;
  /** Of content. */
  readonly bytes: number;
  /** Paths below the source, by what was lost of them. */
  readonly lost: readonly { readonly path: string; readonly what: Loss }[];
}

/** Counts what goes through it. */
export interface CopyCounter {
  /** Returns the sink with each entry that it takes counted. */
  readonly count: (sink: CopySink) => CopySink;
  /** Throws E_UNREADABLE when the source itself is lost. */
  readonly onLoss: (path: string, what: Loss) => void;
  readonly copied: () => Copied;
}

/** How many losses are told of. */
const MOST_LOSSES = 1000;

/** Returns a counter of nothing yet; `archive` is whether devices were to be copied. */
export function createCounter(archive: boolean): CopyCounter {
  let entries = 0;
  let bytes = 0;
  let leftOut = 0;
  const lost: { path: string; what: Loss }[] = [];
  const losses = new Set<string>();
  return {
    count: (sink) => ({
      async take(entry, pieces) {
        const before = leftOut;
        await sink.take(entry, pieces);
        if (leftOut > before) return;
        entries++;
        bytes += entry.size;
      },
    }),
    onLoss(path, what) {
      // A link to what was left out finds nothing there.
      if (what === 'device' || what === 'vanished') leftOut++;
      if (path === '') refuseLost(what, archive);
      const key = `${what} ${path}`;
      if (losses.has(key) || lost.length >= MOST_LOSSES) return;
      losses.add(key);
      lost.push({ path, what });
    },
    copied: () => ({ entries, bytes, lost }),
  };
}

/** Throws E_UNREADABLE when the source itself is lost, so that of all that was to be copied nothing would be. */
function refuseLost(what: Loss, archive: boolean): void {
  const refuse = (words: string, hint: string): never =>
    fail('E_UNREADABLE', `copying the source: it is ${words}`, { hint });
  if (what === 'socket') refuse('a socket', 'it has no content');
  if (what === 'device')
    refuse(
      'a device',
      archive ? 'this process may not make devices' : '--archive copies devices that may be made',
    );
  if (what === 'kernel')
    refuse("the kernel's own, made as it is read", 'a program there can read it, as cat');
}
