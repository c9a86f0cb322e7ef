import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TEMPORARY } from '../../store/layout-names.js';
import type { Store } from '../../store/store.js';
import { erofsWorks } from '../erofs/probe.js';
import { enterPrivateMounts } from '../sys/namespace.js';

/**
 * True when snapshots of this store can be mounted as EROFS. It is tried once and kept in the file `memory`, which a start
 * of the machine removes; a process that tries is in a mount namespace of its own from then on.
 */
export function erofsServes(store: Store, memory: string): boolean {
  const known = knownToServe(memory);
  if (known !== undefined) return known;
  let works = false;
  try {
    enterPrivateMounts();
    works = erofsWorks(path.join(store.paths.root, TEMPORARY));
  } catch {
    // Whoever may not mount at all has no use for it.
  }
  try {
    mkdirSync(path.dirname(memory), { recursive: true, mode: 0o711 });
    writeFileSync(memory, works ? 'yes' : 'no', { mode: 0o600 });
  } catch {
    // Then it is tried again.
  }
  return works;
}

/** Returns what {@link erofsServes} said before; undefined when it has not been tried. */
export function knownToServe(memory: string): boolean | undefined {
  try {
    const text = readFileSync(memory, 'utf8');
    return text === 'yes' || text === 'no' ? text === 'yes' : undefined;
  } catch {
    return undefined;
  }
}
