import { type ContentOptions, readContents } from '../../layers/read/content.js';
import { inodeOf } from '../../layers/union/union.js';
import { fail } from '../../model/error.js';
import type { Action, Effect } from '../state/action.js';
import { againText, notFound } from '../state/search.js';
import { indexOfWanted, type Wanted, wantedBytes } from '../state/wanted.js';
import type { Looked } from './outside.js';
import { showFile } from './show-file.js';
import { towards } from './tell-part.js';

type Search = Extract<Effect, { do: 'search' }>;

/** Milliseconds between two words on how far the search is. */
const INTERVAL = 200;
/** Bytes that are held before what was found. */
const BEFORE = 128 * 1024;

/**
 * Reads a file through for a text, from a byte on or back, and round its end; returns the part of it that has the text,
 * or that nothing has. Holds one chunk at a time.
 */
export async function searchFile(
  looked: Looked,
  effect: Search,
  options: ContentOptions,
  send: (action: Action) => void,
): Promise<Action> {
  const { id, node, touch, form, text, from, back } = effect;
  const inode = inodeOf(looked.union, touch) ?? fail('E_INTERNAL', 'searching a file: it has no content');
  const index = looked.union.layers[inode.layer - 1];
  const size = index.columns.size[inode.row];
  const walk = back ? lastBefore(from) : firstBehind(from);
  let position = 0;
  let part = 0;
  const timer = setInterval(() => {
    const percent = Math.floor(part * 100);
    send({ type: 'message', message: { text: `searching ${percent} % …  Esc stops`, role: 'status' } });
  }, INTERVAL);
  try {
    const wanted = wantedBytes(text, form === 'hex');
    await readContents(
      looked.layers[inode.layer - 1],
      index,
      [inode.row],
      async (_row, content) => {
        let kept: Uint8Array = new Uint8Array(0);
        for await (const chunk of content) {
          const bytes = Buffer.concat([kept, chunk]);
          if (walk.take(bytes, position - kept.length, wanted)) break;
          position += chunk.length;
          kept = bytes.subarray(Math.max(0, bytes.length - wanted.longest + 1));
        }
      },
      towards(index, inode.row, size, { ...options, onPart: (done) => (part = done) }),
    );
  } finally {
    clearInterval(timer);
  }
  const { at, again } = walk.found();
  if (at < 0) return { type: 'searched', id, message: notFound(text) };
  const start = Math.max(0, at - BEFORE);
  const shown = await showFile(
    looked,
    { do: 'read', id, node, touch, form, from: form === 'hex' ? start - (start % 16) : start, near: at },
    options,
  );
  const message = again ? ({ text: againText(back), role: 'status' } as const) : undefined;
  return { ...shown, found: text, message };
}

/** Goes through the parts of a file and remembers what counts. */
interface Walk {
  /** True when nothing behind this part counts. `base` is where its bytes begin in the file. */
  take(bytes: Uint8Array, base: number, wanted: Wanted): boolean;
  /** -1: nothing; `again`: it is on the other side of where the search began. */
  found(): { readonly at: number; readonly again: boolean };
}

function firstBehind(from: number): Walk {
  let [first, behind] = [-1, -1];
  return {
    take(bytes, base, wanted) {
      if (first < 0 && base < from) {
        const at = indexOfWanted(bytes, wanted, 0, Math.max(0, from - base));
        if (at >= 0) first = base + at;
      }
      const at = indexOfWanted(bytes, wanted, Math.max(0, from - base));
      if (at >= 0) behind = base + at;
      return behind >= 0;
    },
    found: () => (behind >= 0 ? { at: behind, again: false } : { at: first, again: true }),
  };
}

function lastBefore(from: number): Walk {
  let [before, last] = [-1, -1];
  return {
    take(bytes, base, wanted) {
      for (let at = indexOfWanted(bytes, wanted, 0); at >= 0; at = indexOfWanted(bytes, wanted, at + 1)) {
        last = base + at;
        if (last < from) before = last;
      }
      return before >= 0 && base + bytes.length - wanted.longest >= from;
    },
    found: () => (before >= 0 ? { at: before, again: false } : { at: last, again: true }),
  };
}
