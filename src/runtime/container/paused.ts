import { pauseContainer, resumeContainer } from '../engine/engine.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, stateOf } from './state.js';

/**
 * Returns what `read` gives, a running container standing still meanwhile; it goes on afterwards, whatever came of it. One
 * that stood still before does so afterwards too. One that cannot be paused goes on, which `log` is told. Throws E_ENGINE and what `read` throws.
 */
export async function whilePaused<T>(
  place: ContainerPlace,
  record: ContainerRecord,
  pause: boolean,
  read: () => Promise<T>,
  log?: { info(note: string): void },
): Promise<T> {
  const state = await stateOf(place, record);
  if (!pause || state.status !== 'running') return read();
  if (record.engine.cgroups === 'none') {
    log?.info(`${record.name} runs on meanwhile: without a control group of its own it cannot be paused`);
    return read();
  }
  const engine = engineOf(place, record);
  try {
    await pauseContainer(engine, record.id);
  } catch (thrown) {
    // It may have ended just now.
    if ((await stateOf(place, record)).status === 'running') throw thrown;
    return read();
  }
  try {
    return await read();
  } finally {
    await resumeContainer(engine, record.id);
  }
}
