import type { Engine } from '../engine/find-engine.js';

interface Flaw {
  readonly ids: string;
  /** First version of each line of releases in which it is gone, the newest line last. */
  readonly fixed: readonly string[];
}

/** Flaws of runtimes that let out of a container, or give more rights in it; not those of mounts that we never ask for. */
const FLAWS: Readonly<Record<Engine['kind'], readonly Flaw[]>> = {
  crun: [{ ids: 'CVE-2026-30892', fixed: ['1.27'] }],
  runc: [
    {
      ids: 'CVE-2024-21626',
      fixed: ['1.1.12'],
    },
    {
      ids: 'CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881',
      fixed: ['1.2.8', '1.3.3'],
    },
  ],
};

/** Returns what is known to be wrong with that version of a runtime, in words; distributions mend some in older versions. */
export function knownFlaws(kind: Engine['kind'], version: string): readonly string[] {
  return FLAWS[kind]
    .filter(({ fixed }) => !isFixed(version, fixed))
    .map(({ ids, fixed }) => `${ids} (mended in ${fixed.join(' and ')})`);
}

function isFixed(version: string, fixed: readonly string[]): boolean {
  const have = numbersOf(version);
  // In an older line of releases from its own first version on.
  return fixed.some((one, i) => {
    const first = numbersOf(one);
    const sameLine = have[0] === first[0] && have[1] === first[1];
    return i === fixed.length - 1 || sameLine ? compare(have, first) >= 0 : false;
  });
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
