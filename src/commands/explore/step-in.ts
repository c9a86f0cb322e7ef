import type { StepIn, StepOptions } from '../../tui/effects/step-in.js';
import type { Context } from '../program/context.js';
import { asRoot, type EntryReady } from './as-root.js';
import type { OpenedImage, OpenedSnapshot } from '../image/open.js';
import { stepProgress } from '../program/step-progress.js';

/** The layers of the explorer's image, once they are read. */
export type ReadLayers = Promise<Pick<OpenedSnapshot, 'layers' | 'union'>>;

/** What steps into an image and what came of it are noted with. */
export interface Notes {
  /** Told when the explorer must be started again for it. */
  readonly leave: (ready: EntryReady) => void;
  /** Gets the names of the containers that are made and not removed, by their ids. */
  readonly made: Map<string, string>;
}

/** Returns how the explorer steps into an open image, whose layers it reads itself. Does nothing yet. */
export function createStepIn(
  context: Context,
  opened: OpenedImage,
  asked: string,
  read: ReadLayers,
  { leave, made }: Notes,
): StepIn {
  return {
    async shell(n, options) {
      options.onProgress('reading layers');
      const layers = await unlessAborted(read, options.signal);
      await asRoot(context, { image: asked, layer: n, then: 'shell' }, options, leave);
      const { readyShell } = await import('./shell.js');
      const anomalies = { list: [], counts: new Map() };
      const snapshot = { ...opened, ...layers, anomalies, n };
      const ready = await readyShell(stepContext(context, options), snapshot, asked);
      made.set(ready.id, ready.name);
      return ready;
    },
    async changes(id, options) {
      await asRoot(context, { image: asked, then: { changes: id } }, options, leave);
      const { openChanges } = await import('./commit.js');
      return openChanges(stepContext(context, options), id);
    },
    async preview(changes, choice) {
      const { previewCommit } = await import('./commit.js');
      return previewCommit(context, changes, choice);
    },
    async commit(changes, choice, options) {
      const { commitChosen } = await import('./commit.js');
      return commitChosen(stepContext(context, options), changes, choice);
    },
    async remove(id) {
      const [{ removeContainer }, { findContainer }, { containerPlace }] = await Promise.all([
        import('../../runtime/container/remove.js'),
        import('../../runtime/container/containers.js'),
        import('../container/place.js'),
      ]);
      const place = await containerPlace(context);
      await removeContainer(place, findContainer(place.store, id), true);
      made.delete(id);
    },
  };
}

/** Returns the names of containers that the store still has: they can be removed elsewhere, too. */
export async function stillThere(
  context: Pick<Context, 'store'>,
  made: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  if (made.size === 0) return [];
  const { listContainers } = await import('../../runtime/container/containers.js');
  const there = listContainers(await context.store());
  return there.filter(({ id }) => made.has(id)).map(({ name }) => name);
}

/** Nothing is written beside the screen, and what is asked for can be given up. */
function stepContext(context: Context, { signal, onProgress }: StepOptions): Context {
  const log = { info: onProgress, warn: onProgress, lines: () => undefined };
  return { ...context, signal, progress: stepProgress(onProgress), log };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
    work.then(resolve, reject);
  });
}
