import { StrataError } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import type { Action, Effect } from '../state/action.js';
import { bodyOf } from '../state/page.js';
import { createContainerEffects } from './container-effects.js';
import type { Outside } from './outside.js';
import { createStepEffects, isStepEffect } from './step-effects.js';
import { seg } from '../rows/segment.js';
import { safeText } from '../rows/safe-text.js';

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
  const steps = createStepEffects(outside);
  // Whoever leaves does not wait for it.
  const beside = (work: () => Promise<void>): void => void work();
  const onContainers = createContainerEffects(outside, {
    read: (id, work) => start(id, (signal) => work(signal).then(() => undefined)),
    beside,
  });
  return {
    run(effect) {
      const { limits } = outside;
      const looked = outside.looked();
      switch (effect.do) {
        case 'quit':
          outside.quit(effect.open);
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
          if (looked !== undefined)
            start(effect.id, async (signal) =>
              (await import('./show-file.js')).showFile(looked, effect, { limits, signal }),
            );
          return;
        case 'search':
          if (looked !== undefined)
            start(effect.id, async (signal) =>
              (await import('./search-file.js')).searchFile(looked, effect, { limits, signal }, (action) => {
                if (!signal.aborted) outside.send(action);
              }),
            );
          return;
        case 'difference':
          if (looked !== undefined)
            start(effect.id, async (signal) =>
              (await import('./show-difference.js')).showDifference(looked, effect, { limits, signal }),
            );
          return;
        case 'beside': {
          const { other } = outside;
          if (looked === undefined || other === undefined) return;
          start(undefined, async () =>
            (await import('./read-beside.js')).readBeside(looked.union.layers, other, outside.send),
          );
          return;
        }
        case 'extract':
          if (looked !== undefined)
            start(undefined, async (signal) =>
              (await import('./extract-file.js')).extractFile(looked, effect, { limits, signal }),
            );
          return;
        default:
          if (isStepEffect(effect)) steps.run(effect);
          else onContainers(effect);
      }
    },
    async close() {
      reading.abort();
      await Promise.all([...working, steps.close()]);
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
