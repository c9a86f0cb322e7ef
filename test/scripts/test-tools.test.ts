import { expect, test } from 'vitest';
import { PACKAGES } from '../helpers/tool.js';

interface Script {
  readonly TOOLS: readonly (readonly [program: string, debianPackage: string])[];
}

const { TOOLS } = (await import(new URL('../../scripts/test-tools.mjs', import.meta.url).href)) as Script;

/** Only benchmarks run these. */
const BENCHES: ReadonlySet<string> = new Set(['mmdebstrap']);

test('what npm test installs is what tests say how to install', () => {
  const tests = Object.entries(PACKAGES).filter(([program]) => !BENCHES.has(program));
  expect(Object.fromEntries(TOOLS)).toEqual(Object.fromEntries(tests));
});
