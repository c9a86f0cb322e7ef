import { StrataError } from '../../model/error.js';
import type { Action } from '../state/action.js';
import type { ContainerEffect } from '../state/container-action.js';
import type { ContainerDeed } from './containers.js';
import type { Outside } from './outside.js';

/** Starts work: the reading that goes on (of a page, the one before ends), or beside it. */
export interface Work {
  readonly read: (id: number, work: (signal: AbortSignal) => Promise<void>) => void;
  readonly beside: (work: () => Promise<void>) => void;
}

const DONE: Readonly<Record<ContainerDeed, string>> = {
  stop: 'has ended',
  kill: 'was killed',
  pause: 'stands still; P lets it go on',
  unpause: 'goes on',
  start: 'runs',
  remove: 'was removed',
};

/** Returns what performs the effects on containers; what fails says why in the status line. */
export function createContainerEffects(
  { containers, bisect, lend, loaded, send }: Outside,
  { read, beside }: Work,
): (effect: ContainerEffect) => void {
  let wake = (): void => undefined;
  const woken = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  const say = (text: string, role: 'added' | 'status' | 'warning' | 'error'): void =>
    send({ type: 'message', message: { text, role } });
  const told = (work: () => Promise<void>): void =>
    beside(() =>
      work()
        .catch((thrown: unknown) => say(reasonOf(thrown), 'error'))
        .finally(() => wake()),
    );

  return (effect) => {
    if (effect.do === 'bisect') {
      const union = loaded()?.forest.union;
      if (bisect === undefined) {
        say('there is nothing here to run containers with', 'warning');
        return;
      }
      if (union === undefined || union.layers.length < effect.request.high) {
        send(stopped(effect.id, 'layers are still being read'));
        return;
      }
      read(effect.id, async (signal) => {
        const { runBisect } = await import('./run-bisect.js');
        await runBisect(bisect, effect, union, signal, send);
      });
      return;
    }
    if (containers === undefined) {
      say('there is nothing here to run containers with', 'warning');
      return;
    }
    switch (effect.do) {
      case 'watch-containers': {
        read(effect.id, async (signal) => {
          const { watchContainers } = await import('./watch-containers.js');
          await watchContainers(containers, effect.id, signal, send, woken);
        });
        return;
      }
      case 'follow-log': {
        read(effect.id, async (signal) => {
          const { followLog } = await import('./follow-log.js');
          await followLog(containers, effect, signal, send);
        });
        return;
      }
      case 'act': {
        told(async () => {
          const { container, name, deed, force } = effect;
          await containers.act(container, deed, force);
          say(`${name} ${DONE[deed]}`, 'added');
        });
        return;
      }
      case 'visit': {
        told(async () => {
          const { container, name, visit } = effect;
          const status = await lend(() => containers.visit(container, visit));
          // Who leaves by Ctrl-C has that status, whatever the container goes on to do.
          const left = status === 0 || (visit === 'attach' && status === 130);
          say(`back from ${name}${left ? '' : `: exit status ${status}`}`, 'status');
        });
        return;
      }
    }
  };
}

function stopped(id: number, text: string): Action {
  return { type: 'bisect-stopped', id, why: [text] };
}

function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof StrataError && thrown.hint !== undefined ? `${text}; ${thrown.hint}` : text;
}
