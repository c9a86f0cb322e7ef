import type { Bisect } from '../../tui/effects/bisect.js';
import type { Containers } from '../../tui/effects/containers.js';
import type { Context } from '../program/context.js';

/** Returns what the explorer does with containers, whose code is loaded when it is first asked to: not before its screen. */
export function containersLater(context: Context): Containers {
  const loaded = async (): Promise<Containers> =>
    (await import('./containers.js')).exploreContainers(context);
  let containers: Promise<Containers> | undefined;
  const ready = (): Promise<Containers> => (containers ??= loaded());
  return {
    list: async () => (await ready()).list(),
    async *log(...asked) {
      yield* (await ready()).log(...asked);
    },
    act: async (...asked) => (await ready()).act(...asked),
    visit: async (...asked) => (await ready()).visit(...asked),
  };
}

/** The same for what it searches with. */
export function bisectLater(context: Context, asked: string, flags: readonly string[]): Bisect {
  return async (...search) => (await import('./bisect.js')).exploreBisect(context, asked, flags)(...search);
}
