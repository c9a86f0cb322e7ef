import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { extract } from '../../layers/extract.js';
import { fileAt } from '../../layers/snapshot-file.js';
import { StrataError } from '../../model/error.js';
import type { Side } from '../../layers/compare/walk-both.js';
import type { Image } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import { encodeName } from '../../model/name.js';
import { basename } from '../../model/path.js';
import { humanBytes, plural } from '../../report/bytes.js';
import type { Action, Effect } from '../state/action.js';
import type { Loaded } from '../state/state.js';
import { bodyOf } from '../state/page.js';
import { seg } from '../rows/segment.js';
import { safeText } from '../rows/safe-text.js';
import { showDifference } from './show-difference.js';
import { imagesBody } from './show-images.js';
import { showFile } from './show-file.js';

/** What effects need of the world. */
export interface Outside {
  readonly image: Image;
  readonly limits: Limits;
  /** Reads the image beside it, once. */
  readonly other: (() => Promise<Side>) | undefined;
  readonly loaded: () => Loaded | undefined;
  readonly send: (action: Action) => void;
  readonly quit: () => void;
  readonly suspend: () => void;
  readonly redraw: () => void;
  /** Hands bytes to the terminal's clipboard (OSC 52). */
  readonly copy: (bytes: Uint8Array) => void;
}

/** Does what the reducer asks for. */
export interface Effects {
  run(effect: Effect): void;
  /** Stops what is being read, and settles when it has. */
  close(): Promise<void>;
}

/** Returns what performs effects: one reading at a time, the last one asked for. Failures become messages. */
export function createEffects(outside: Outside): Effects {
  let reading = new AbortController();
  const working = new Set<Promise<void>>();
  const start = (
    id: number | undefined,
    work: (signal: AbortSignal) => Promise<Action | undefined>,
  ): void => {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    const one = work(signal)
      .then((action) => {
        if (action !== undefined && !signal.aborted) outside.send(action);
      })
      .catch((thrown: unknown) => {
        if (!signal.aborted) for (const action of failure(id, thrown)) outside.send(action);
      })
      .finally(() => void working.delete(one));
    working.add(one);
  };
  return {
    run(effect) {
      const { image, limits } = outside;
      const union = outside.loaded()?.forest.union;
      switch (effect.do) {
        case 'quit':
          outside.quit();
          return;
        case 'suspend':
          outside.suspend();
          return;
        case 'redraw':
          outside.redraw();
          return;
        case 'stop':
          reading.abort();
          return;
        case 'copy':
          outside.copy(encodeName(effect.text));
          outside.send({ type: 'message', message: { text: `copied the ${effect.what}`, role: 'status' } });
          return;
        case 'read':
          if (union !== undefined)
            start(effect.id, (signal) => showFile(image, union, effect, { limits, signal }));
          return;
        case 'difference':
          if (union !== undefined)
            start(effect.id, (signal) => showDifference(image, union, effect, { limits, signal }));
          return;
        case 'images': {
          const { other } = outside;
          if (union === undefined || other === undefined) return;
          start(effect.id, async () => ({
            type: 'filled',
            id: effect.id,
            body: imagesBody({ union, n: effect.n }, await other()),
            line: 0,
          }));
          return;
        }
        case 'extract':
          if (union !== undefined) start(undefined, (signal) => extractTo(outside, effect, signal));
          return;
      }
    },
    async close() {
      reading.abort();
      await Promise.all(working);
    },
  };
}

/** A page that waits shows why it does not come; the status line says it too. */
function failure(id: number | undefined, thrown: unknown): Action[] {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const hint = thrown instanceof StrataError ? thrown.hint : undefined;
  const message: Action = { type: 'message', message: { text, role: 'error' } };
  if (id === undefined) return [message];
  const rows = [
    [seg(safeText(text), 'error')],
    ...(hint === undefined ? [] : [[seg(safeText(hint), 'dim')]]),
  ];
  return [{ type: 'filled', id, body: bodyOf(rows) }, message];
}

async function extractTo(
  { image, limits, loaded }: Outside,
  { node, n, to }: Extract<Effect, { do: 'extract' }>,
  signal: AbortSignal,
): Promise<Action | undefined> {
  const union = loaded()?.forest.union;
  const file = union === undefined ? undefined : fileAt(union, node, n);
  if (union === undefined || file === undefined) return undefined;
  const typed = path.resolve(to.startsWith('~/') ? path.join(homedir(), to.slice(2)) : to);
  const isFolder = statSync(typed, { throwIfNoEntry: false })?.isDirectory() === true;
  const [parent, name] = isFolder
    ? [typed, basename(file.path)]
    : [path.dirname(typed), path.basename(typed)];
  const written = await extract(union, image.layers, n, [{ file, name }], parent, {
    limits,
    signal,
    preserve: false,
  });
  const what = `${plural(written.files, 'file')}, ${humanBytes(written.bytes)}`;
  return {
    type: 'message',
    message: { text: `extracted ${what} to ${path.join(parent, name)}`, role: 'added' },
  };
}
