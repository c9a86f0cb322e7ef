import type { Engine } from '../engine/find-engine.js';

interface Flaw {
  readonly ids: string;
  /** First version in which it is gone. */
  readonly fixed: string;
}

/** Flaws of runtimes that let out of a container, or give more rights in it; not those of mounts that we never ask for. */
const FLAWS: Readonly<Record<Engine['kind'], readonly Flaw[]>> = {
  crun: [{ ids: 'CVE-2026-30892', fixed: '1.27' }],
  runc: [{ ids: 'CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881', fixed: '1.3.3' }],
};

/** Returns what is known to be wrong with that version of a runtime, in words; distributions mend some in older versions. */
export function knownFlaws(kind: Engine['kind'], version: string): readonly string[] {
  const have = numbersOf(version);
  return FLAWS[kind]
    .filter(({ fixed }) => compare(have, numbersOf(fixed)) < 0)
    .map(({ ids, fixed }) => `${ids} (mended in ${fixed})`);
}

function numbersOf(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a.at(i) ?? 0) - (b.at(i) ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
