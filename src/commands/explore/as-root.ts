import { fail } from '../../model/error.js';
import type { StepOptions } from '../../tui/effects/step-in.js';
import type { Context } from '../program/context.js';
import type { OpenedImage } from '../image/open.js';

/** What the explorer goes on with when it is started again. */
export interface GoOn {
  /** Image as it was asked for. */
  readonly image: string;
  /** Snapshot to be at; undefined: the one that the name says. */
  readonly layer?: number | undefined;
  /** A shell in that snapshot, or what a container (its id) changed. */
  readonly then: 'shell' | { readonly changes: string };
}

/** Why the explorer is left: everything is ready for it to be root of the user's namespace. */
export class EntryReady extends Error {
  constructor(
    /** Makes this process the explorer again, as root there. */
    readonly enter: () => never,
  ) {
    super('the explorer goes on as root of a user namespace');
  }
}

/** What is to be gone on with, in the environment of who does. */
const MARK = 'STRATA_EXPLORE';

/**
 * Returns at once for root. An ordinary user is root of a namespace of his own for containers, which a process comes to by
 * being started again: then `leave` is told so, and nothing follows. Rejects with what is missing for that, and when aborted.
 */
export async function asRoot(
  { env }: Pick<Context, 'env'>,
  goOn: GoOn,
  { signal, onProgress }: StepOptions,
  leave: (ready: EntryReady) => void,
): Promise<void> {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return;
  if (goOn.image === '-')
    fail(
      'E_PRIVILEGE',
      'running a container of an image of standard input: it cannot be read again as root',
      {
        hint: 'keep it: strata copy - store:NAME, then explore that',
      },
    );
  onProgress('becoming root of a user namespace');
  const { prepareEntry } = await import('../../runtime/rootless/enter.js');
  const { enter, release } = await prepareEntry(uid, env, signal);
  if (signal.aborted) release();
  signal.throwIfAborted();
  await new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    leave(
      new EntryReady(() => {
        process.env[MARK] = JSON.stringify(goOn);
        return enter();
      }),
    );
  });
}

/** Returns where in an image the explorer begins, and what it does first, as what was left says. */
export function whereFrom(
  goOn: GoOn | undefined,
  { image, n }: Pick<OpenedImage, 'image' | 'n'>,
): { n: number; begin?: 'shell' | 'commit'; stepped?: { id: string; name: string } } {
  if (goOn === undefined) return { n };
  const { layer = n, then } = goOn;
  const at = layer >= 1 && layer <= image.layers.length ? layer : n;
  if (then === 'shell') return { n: at, begin: 'shell' };
  // Its name is read with its changes.
  return { n: at, begin: 'commit', stepped: { id: then.changes, name: then.changes.slice(0, 12) } };
}

/** Returns what is to be gone on with and takes it out of the environment; undefined for one that nobody left. */
export function takeGoOn(env: NodeJS.ProcessEnv): GoOn | undefined {
  const text = env[MARK];
  if (text === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- it is one name.
  delete env[MARK];
  try {
    return readGoOn(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readGoOn(value: unknown): GoOn | undefined {
  const { image, layer, then } = (value ?? {}) as Partial<Record<keyof GoOn, unknown>>;
  if (typeof image !== 'string') return undefined;
  const at = typeof layer === 'number' && Number.isSafeInteger(layer) ? layer : undefined;
  if (then === 'shell') return { image, layer: at, then };
  const { changes } = (then ?? {}) as { changes?: unknown };
  return typeof changes === 'string' ? { image, layer: at, then: { changes } } : undefined;
}
