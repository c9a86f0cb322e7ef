import { StrataError } from '../../model/error.js';
import type { Action, Effect } from '../state/action.js';
import type { StepEffect } from '../state/step-action.js';
import type { Outside } from './outside.js';
import type { StepIn, StepOptions } from './step-in.js';

/** Steps into the image, one thing at a time. */
export interface StepEffects {
  run(effect: StepEffect): void;
  /** Does what takes its time, unless something is being done already; Esc gives it up. */
  busy(deed: (options: StepOptions) => Promise<Action | undefined>): void;
  /** Gives up what is being done, and settles when it has ended. */
  close(): Promise<void>;
}

const STEPS: Readonly<Record<StepEffect['do'], true>> = {
  shell: true,
  'give-up': true,
  changes: true,
  'container-difference': true,
  preview: true,
  commit: true,
  discard: true,
};

/** Whether an effect is one of stepping in. */
export function isStepEffect(effect: Effect): effect is StepEffect {
  return effect.do in STEPS;
}

/** Returns what performs the effects of stepping in; what fails says why, and what to do. */
export function createStepEffects(outside: Outside): StepEffects {
  const { send, limits } = outside;
  let giveUp = new AbortController();
  let working: Promise<void> | undefined;

  const say = (text: string, role: 'added' | 'status' | 'warning' | 'error'): void =>
    send({ type: 'message', message: { text, role } });
  const busy = (
    deed: (options: StepOptions) => Promise<Action | undefined>,
    failed: (lines: readonly string[]) => void = (lines) => say(lines.join('; '), 'error'),
  ): void => {
    if (working !== undefined) {
      say('something is being done already; Esc gives it up', 'warning');
      return;
    }
    const controller = new AbortController();
    giveUp = controller;
    const { signal } = controller;
    const onProgress = (text: string): void => send({ type: 'stepping', text });
    const done = deed({ signal, onProgress })
      .then((action) => {
        if (action !== undefined) send(action);
      })
      .catch((thrown: unknown) => failed(signal.aborted ? ['given up'] : reasonsOf(thrown)))
      .finally(() => {
        if (working === done) working = undefined;
        send({ type: 'stepping', text: undefined });
      });
    working = done;
  };
  const work = (
    deed: (stepIn: StepIn, options: StepOptions) => Promise<Action | undefined>,
    failed?: (lines: readonly string[]) => void,
  ): void => {
    const { stepIn } = outside;
    if (stepIn === undefined) say('there is nothing here to run containers with', 'warning');
    else busy((options) => deed(stepIn, options), failed);
  };

  return {
    busy,
    run(effect) {
      switch (effect.do) {
        case 'give-up':
          giveUp.abort();
          return;
        case 'shell': {
          work((stepIn, options) => {
            options.onProgress('preparing a shell');
            return stepInside(outside, stepIn, effect.n, options);
          });
          return;
        }
        case 'changes': {
          work(
            async (stepIn, options) => ({
              type: 'changes',
              id: effect.id,
              open: await stepIn.changes(effect.container, options),
            }),
            (lines) => send({ type: 'unread', id: effect.id, problem: lines }),
          );
          return;
        }
        case 'container-difference': {
          const { id, open, change } = effect;
          work(
            async (_stepIn, { signal }) => {
              const { containerChangeBody } = await import('./show-container-change.js');
              const body = await containerChangeBody(open, change, { limits, signal });
              return { type: 'filled', id, body, line: 0 };
            },
            (lines) => send({ type: 'unread', id, problem: lines }),
          );
          return;
        }
        case 'preview': {
          const { id, open, choice } = effect;
          outside.stepIn?.preview(open, choice).then(
            (preview) => send({ type: 'previewed', id, preview }),
            (thrown: unknown) => send({ type: 'uncommitted', id, problem: reasonsOf(thrown) }),
          );
          return;
        }
        case 'commit': {
          const { id, open, choice } = effect;
          work(
            async (stepIn, options) => ({
              type: 'committed',
              id,
              done: await stepIn.commit(open, choice, options),
            }),
            (problem) => send({ type: 'uncommitted', id, problem }),
          );
          return;
        }
        case 'discard': {
          const { id, container, name } = effect;
          work(async (stepIn) => {
            await stepIn.remove(container);
            return { type: 'discarded', id, name };
          });
          return;
        }
      }
    },
    async close() {
      giveUp.abort();
      await working;
    },
  };
}

/** A shell in a snapshot, and then what it changed; the container of one that changed nothing is removed. */
async function stepInside(
  { lend, send }: Outside,
  stepIn: StepIn,
  n: number,
  options: StepOptions,
): Promise<Action | undefined> {
  const { signal, onProgress } = options;
  const ready = await stepIn.shell(n, options);
  let status: number | undefined;
  try {
    status = await lend((terminal) => {
      terminal.output.write(
        `${ready.said}, in the snapshot after layer ${n}; exit goes back to the explorer\r\n`,
      );
      return ready.attach(terminal, signal);
    });
  } finally {
    await ready.discard();
  }
  onProgress('reading what it changed');
  const open = await stepIn.changes(ready.id, options);
  if (open.changes.length === 0 && !open.running) {
    await stepIn.remove(ready.id);
    const how = status === undefined || status === 0 ? '' : ` (it ended with ${status})`;
    send({
      type: 'message',
      message: { text: `the shell changed nothing${how}; its container is removed`, role: 'status' },
    });
    return undefined;
  }
  if (status !== undefined && status !== 0)
    send({ type: 'message', message: { text: `the shell ended with ${status}`, role: 'status' } });
  return { type: 'changes', id: undefined, open };
}

function reasonsOf(thrown: unknown): readonly string[] {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof StrataError && thrown.hint !== undefined ? [text, thrown.hint] : [text];
}
