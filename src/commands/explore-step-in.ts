import { fail } from '../model/error.js';
import type { StepIn, StepOptions } from '../tui/effects/step-in.js';
import type { Context } from './context.js';
import type { OpenedImage, OpenedSnapshot } from './open.js';
import { stepProgress } from './step-progress.js';

/** The layers of the explorer's image, once they are read. */
export type ReadLayers = Promise<Pick<OpenedSnapshot, 'layers' | 'union'>>;

/** What the explorer steps in with, and the names of the containers that it made and nobody removed. */
export interface SteppedIn {
  readonly stepIn: StepIn;
  readonly kept: () => Promise<readonly string[]>;
}

/** Returns how the explorer steps into an open image, whose layers it reads itself. Does nothing yet. */
export function createStepIn(
  context: Context,
  opened: OpenedImage,
  asked: string,
  read: ReadLayers,
): SteppedIn {
  const made = new Map<string, string>();
  return {
    kept: () => stillThere(context, made),
    stepIn: {
      async shell(n, options) {
        needRoot();
        const { readyShell } = await import('./explore-shell.js');
        options.onProgress('reading layers');
        const layers = await unlessAborted(read, options.signal);
        const anomalies = { list: [], counts: new Map() };
        const snapshot = { ...opened, ...layers, anomalies, n };
        const ready = await readyShell(stepContext(context, options), snapshot, asked);
        made.set(ready.id, ready.name);
        return ready;
      },
      async changes(id, options) {
        needRoot();
        const { openChanges } = await import('./explore-commit.js');
        return openChanges(stepContext(context, options), id);
      },
      async preview(changes, choice) {
        const { previewCommit } = await import('./explore-commit.js');
        return previewCommit(context, changes, choice);
      },
      async commit(changes, choice, options) {
        const { commitChosen } = await import('./explore-commit.js');
        return commitChosen(stepContext(context, options), changes, choice);
      },
      async remove(id) {
        const [{ removeContainer }, { findContainer }, { containerPlace }] = await Promise.all([
          import('../runtime/container/remove.js'),
          import('../runtime/container/containers.js'),
          import('./container-place.js'),
        ]);
        const place = await containerPlace(context);
        await removeContainer(place, await findContainer(place.store, id), true);
        made.delete(id);
      },
    },
  };
}

/** The names of containers that the store still has: they can be removed elsewhere, too. */
async function stillThere(
  context: Pick<Context, 'store'>,
  made: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  if (made.size === 0) return [];
  const { listContainers } = await import('../runtime/container/containers.js');
  const there = await listContainers(await context.store());
  return there.filter(({ id }) => made.has(id)).map(({ name }) => name);
}

/** Nothing is written beside the screen, and what is asked for can be given up. */
function stepContext(context: Context, { signal, onProgress }: StepOptions): Context {
  const log = { info: onProgress, warn: onProgress, lines: () => undefined };
  return { ...context, signal, progress: stepProgress(onProgress), log };
}

/** An ordinary user is root of a namespace of his own for this, which a process can enter only before it does anything. */
function needRoot(): void {
  if (process.getuid?.() !== 0)
    fail('E_PRIVILEGE', 'running a container from the explorer: this process is not root', {
      hint: 'leave it and write: strata shell --keep IMAGE@N',
    });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
    work.then(resolve, reject);
  });
}
