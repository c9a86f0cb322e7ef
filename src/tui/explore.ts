import { StrataError } from '../model/error.js';
import type { Image } from '../model/image.js';
import type { Limits } from '../model/limits.js';
import type { LoadOptions } from './effects/load.js';
import type { Looked, OtherImage } from './effects/outside.js';
import type { Bisect } from './effects/bisect.js';
import type { Containers } from './effects/containers.js';
import type { StepIn } from './effects/step-in.js';
import { createEffects } from './effects/run.js';
import { frameOf } from './rows/frame.js';
import { openScreen, type ScreenOptions } from './screen/screen.js';
import type { Action } from './state/action.js';
import type { ActionName } from './keys/table.js';
import { forestOf } from './state/derive.js';
import { reduce } from './state/reduce.js';
import { startState, type StartOptions, type State } from './state/state.js';

export interface ExploreOptions extends ScreenOptions {
  readonly image: Image;
  readonly limits: Limits;
  /** Aborted by a signal to the process. */
  readonly signal: AbortSignal;
  readonly start: Omit<StartOptions, 'width' | 'height'>;
  /** A second image, read when it is looked at. */
  readonly other?: OtherImage | undefined;
  /** What it does with containers; undefined: nothing. */
  readonly stepIn?: StepIn | undefined;
  readonly containers?: Containers | undefined;
  readonly bisect?: Bisect | undefined;
  /** What is done first, as if its key was pressed. */
  readonly begin?: ActionName | undefined;
  readonly load: Omit<LoadOptions, 'send' | 'index'> & {
    /** Gives what layers are read with; asked for after the first screen. */
    readonly index: () => Promise<LoadOptions['index']>;
  };
}

/**
 * Runs the explorer until it is left; afterwards the terminal is as it was, whatever happened. Returns the image to go on
 * with, if there is one. Rejects with the reason of the signal.
 */
export async function explore(options: ExploreOptions): Promise<string | undefined> {
  const { limits, signal } = options;
  let leave: (open: string | undefined) => void = () => undefined;
  let fail: (reason: unknown) => void = () => undefined;
  const ended = new Promise<string | undefined>((resolve, reject) => {
    leave = resolve;
    fail = reject;
  });
  let state: State | undefined;
  let planned = false;

  const paint = (): void => {
    planned = false;
    if (state !== undefined) screen.paint(frameOf(state), state.theme);
  };
  const send = (action: Action): void => {
    if (state === undefined) return;
    const next = reduce(state, action);
    state = next.state;
    for (const effect of next.effects) effects.run(effect);
    if (planned) return;
    planned = true;
    setImmediate(paint);
  };
  const screen = openScreen(options, send);
  const effects = createEffects({
    limits,
    other: options.other,
    send,
    loaded: () => state?.loaded,
    looked: () => (state === undefined ? undefined : lookedAt(state)),
    quit: (open) => leave(open),
    suspend: () => screen.suspend(),
    lend: (deed) => screen.lend(deed),
    stepIn: options.stepIn,
    containers: options.containers,
    bisect: options.bisect,
    redraw: () => screen.forget(),
    rehearse: (filter) => {
      if (state?.tree !== undefined) forestOf(state)?.rehearse(filter, state.tree);
    },
    copy: (bytes) => screen.copy(bytes),
  });

  const restore = (): void => {
    screen.close();
    // What is done meanwhile must not keep a process that ends.
    void effects.close();
  };
  // Before whoever prints what went wrong, or it is printed on a screen that goes away.
  process.prependListener('uncaughtException', restore);
  process.once('exit', restore);
  const stop = new AbortController();
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const size = screen.size();
    state = reduce(startState({ ...options.start, ...size }), { type: 'resize', ...size }).state;
    paint();
    if (options.begin !== undefined) send({ type: 'do', action: options.begin });
    const loading = load(options, AbortSignal.any([signal, stop.signal]), send);
    const open = await ended;
    stop.abort();
    await loading;
    return open;
  } finally {
    stop.abort();
    screen.close();
    await effects.close();
    signal.removeEventListener('abort', onAbort);
    process.off('uncaughtException', restore);
    process.off('exit', restore);
  }
}

/** The stack whose files are on the screen. */
function lookedAt({ image, loaded, tree, beside }: State): Looked | undefined {
  const union = tree?.facts.union ?? loaded?.forest.union;
  if (union === undefined) return undefined;
  // One place for the layer that divides the two stacks.
  const layers =
    beside === undefined ? image.layers : [...image.layers, image.layers[0], ...beside.image.layers];
  return { union, layers };
}

/** Reads the layers; what fails is told on the screen, and what was read stays. */
async function load(
  { load: { index, ...rest } }: ExploreOptions,
  signal: AbortSignal,
  send: (action: Action) => void,
): Promise<void> {
  try {
    // The first screen goes out before anything else is done.
    await new Promise((resolve) => setImmediate(resolve));
    const { loadLayers } = await import('./effects/load.js');
    // Who leaves does not wait for a store that is not open yet.
    const opened = await Promise.race([index(), aborted(signal)]);
    await loadLayers({ ...rest, index: { ...opened, signal }, send });
  } catch (thrown) {
    if (signal.aborted) return;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const hint = thrown instanceof StrataError ? thrown.hint : undefined;
    send({ type: 'unloaded', problem: hint === undefined ? [text] : [text, hint] });
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
