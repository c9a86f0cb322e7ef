import { existsSync } from 'node:fs';
import path from 'node:path';
import { CORPORA_DIR } from './corpora.js';

interface SetupScript {
  readonly build: () => void;
  readonly makeFixtures: () => void;
}

/** True when the shared corpora are there to be tested with. */
export function haveCorpora(): boolean {
  return existsSync(path.join(CORPORA_DIR, 'MANIFEST.tsv'));
}

/**
 * Builds dist and the fixtures where they are stale. Without the corpora their tests are left out (vitest.config.ts),
 * and without root those that need it (root.ts), with a notice; in CI that is an error, so that it cannot go unseen.
 */
export default async function setup(): Promise<void> {
  if (!haveCorpora()) {
    const absent = `no corpora at ${CORPORA_DIR} (set STRATA_CORPORA)`;
    if (process.env.CI === 'true') throw new Error(`${absent}: CI needs them`);
    console.warn(`\n  NOTICE: ${absent}: *.corpora.test.ts are left out.\n`);
  }
  if (process.getuid?.() !== 0) {
    const need = 'owners, devices and mounts';
    if (process.env.CI === 'true') throw new Error(`not root: CI compares ${need}`);
    console.warn(`\n  NOTICE: not root: tests that compare ${need} are left out; sudo npm test runs them.\n`);
  }
  const script = (await import(new URL('../../scripts/setup.mjs', import.meta.url).href)) as SetupScript;
  script.build();
  script.makeFixtures();
}
