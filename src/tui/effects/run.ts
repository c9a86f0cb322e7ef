import { StrataError } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import type { Action, Effect } from '../state/action.js';
import { bodyOf } from '../state/page.js';
import { createContainerEffects } from './container-effects.js';
import type { Looked, OtherImage, Outside } from './outside.js';
import { rehearseFilter } from './rehearse-filter.js';
import { createStepEffects, isStepEffect } from './step-effects.js';
import { percentTeller, type ReadingOptions } from './tell-part.js';
import { seg } from '../rows/segment.js';
import { safeText } from '../rows/safe-text.js';

/** Does what the reducer asks for. */
export interface Effects {
  run(effect: Effect): void;
  /** Stops what is being read, and settles when it has. */
  close(): Promise<void>;
}

/** Something to read, and what comes of it. */
type Work = (signal: AbortSignal) => Promise<Action | undefined>;

/** Returns what performs effects: one reading at a time, the last one asked for. Failures become messages. */
export function createEffects(outside: Outside): Effects {
  let reading = new AbortController();
  const working = new Set<Promise<void>>();
  /** Resolves when the work has ended, however it did. */
  const launch = (id: number | undefined, signal: AbortSignal, work: Work): Promise<void> => {
    const one = work(signal)
      .then((action) => {
        if (action !== undefined && !signal.aborted) outside.send(action);
      })
      .catch((thrown: unknown) => {
        if (!signal.aborted) for (const action of failure(id, thrown)) outside.send(action);
      })
      .finally(() => void working.delete(one));
    working.add(one);
    return one;
  };
  const start = (id: number | undefined, work: Work): void => {
    reading.abort();
    reading = new AbortController();
    void launch(id, reading.signal, work);
  };
  const unlessAborted =
    (signal: AbortSignal): Outside['send'] =>
    (action) => {
      if (!signal.aborted) outside.send(action);
    };
  const waited = (id: number, signal: AbortSignal): ReadingOptions => ({
    limits: outside.limits,
    signal,
    onPart: percentTeller(id, unlessAborted(signal)),
  });
  const steps = createStepEffects(outside);
  // Beside every other reading: pages may be opened meanwhile.
  let second: AbortController | undefined;
  const readSecond = (looked: Looked, other: OtherImage): void => {
    if (second !== undefined) return;
    const controller = new AbortController();
    second = controller;
    void launch(undefined, controller.signal, async (signal) =>
      (await import('./read-beside.js')).readBeside(looked.union.layers, other, signal, outside.send),
    ).then(() => {
      if (second === controller) second = undefined;
    });
  };
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
        case 'rehearse':
          rehearseFilter(outside);
          return;
        case 'stop':
          reading.abort();
          return;
        case 'copy':
          outside.copy(encodeName(effect.text));
          outside.send({
            type: 'message',
            message: { text: `copied the ${effect.what} ${effect.text}`, role: 'status' },
          });
          return;
        case 'read':
          if (looked !== undefined)
            start(effect.id, async (signal) =>
              (await import('./show-file.js')).showFile(looked, effect, waited(effect.id, signal)),
            );
          return;
        case 'search':
          if (looked !== undefined)
            start(effect.id, async (signal) =>
              (await import('./search-file.js')).searchFile(
                looked,
                effect,
                { limits, signal },
                unlessAborted(signal),
              ),
            );
          return;
        case 'difference':
          if (looked !== undefined)
            start(effect.id, async (signal) =>
              (await import('./show-difference.js')).showDifference(
                looked,
                effect,
                waited(effect.id, signal),
              ),
            );
          return;
        case 'beside': {
          const { other } = outside;
          if (looked !== undefined && other !== undefined) readSecond(looked, other);
          return;
        }
        case 'stop-beside':
          second?.abort();
          // It ends in its own time; another may begin at once.
          second = undefined;
          return;
        case 'extract':
          if (looked !== undefined)
            steps.busy(async ({ signal, onProgress }) =>
              (await import('./extract-file.js')).extractFile(looked, effect, { limits, signal }, onProgress),
            );
          return;
        default:
          if (isStepEffect(effect)) steps.run(effect);
          else onContainers(effect);
      }
    },
    async close() {
      reading.abort();
      second?.abort();
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
