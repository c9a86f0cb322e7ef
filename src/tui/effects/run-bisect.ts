import type { Union } from '../../layers/union/union.js';
import { StrataError } from '../../model/error.js';
import type { ContainerAction } from '../state/container-action.js';
import type { Bisect, BisectRequest } from './bisect.js';
import { imagesBody } from './show-images.js';

/**
 * Searches, and sends each step and what came of it, also that it was given up: that is heard although the signal is
 * aborted, since what it ran is gone only then.
 */
export async function runBisect(
  bisect: Bisect,
  { id, request }: { readonly id: number; readonly request: BisectRequest },
  union: Union,
  signal: AbortSignal,
  send: (action: ContainerAction) => void,
): Promise<void> {
  try {
    const end = await bisect(request, {
      signal,
      onStep: (step) => {
        if (!signal.aborted) send({ type: 'bisect-step', id, step });
      },
    });
    const { change } = end;
    const changes =
      change === undefined ? undefined : imagesBody({ union, n: change.before }, { union, n: change.after });
    send({ type: 'bisect-end', id, end, changes });
  } catch (thrown) {
    send({ type: 'bisect-stopped', id, why: signal.aborted ? [GIVEN_UP] : reasons(thrown) });
  }
}

const GIVEN_UP = 'stopped; nothing of it is left';

function reasons(thrown: unknown): string[] {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof StrataError && thrown.hint !== undefined ? [text, thrown.hint] : [text];
}
