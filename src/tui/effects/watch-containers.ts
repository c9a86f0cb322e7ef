import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../state/action.js';
import type { Containers } from './containers.js';

/** Milliseconds between two looks, at least. */
const INTERVAL = 1000;
/** How much longer than looking the rest between two looks is, so that many containers do not keep the machine busy. */
const REST = 10;

/**
 * Sends what containers there are, again and again until the signal aborts; `woken` ends a rest. Rejects with what the first
 * look throws: a later one that fails is tried again.
 */
export async function watchContainers(
  { list }: Pick<Containers, 'list'>,
  id: number,
  signal: AbortSignal,
  send: (action: Action) => void,
  woken: () => Promise<void>,
): Promise<void> {
  const left = (): boolean => signal.aborted;
  for (let first = true; !left(); first = false) {
    const begun = performance.now();
    const wake = woken();
    try {
      const rows = await list();
      if (left()) return;
      send({ type: 'containers', id, rows, now: BigInt(Date.now()) * 1_000_000n });
    } catch (thrown) {
      if (first) throw thrown;
    }
    const rest = Math.max(INTERVAL, (performance.now() - begun) * REST);
    await Promise.race([sleep(rest, undefined, { signal }), wake]).catch(() => undefined);
  }
}
