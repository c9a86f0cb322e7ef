import { mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { removeTree } from '../../helpers/remove.js';
import { needRoot } from '../../helpers/tool.js';
import { killRandomly } from './kills.js';

/* `npm run faults` does the same two hundred times. */

// Not the folder for temporary files: EROFS takes no image in memory.
let folder = '';
beforeAll(() => {
  needRoot();
  mkdirSync('/var/tmp', { recursive: true });
  folder = mkdtempSync(path.join('/var/tmp', 'strata-kills-'));
  vi.stubEnv('STRATA_STORE', path.join(folder, 'store'));
  vi.stubEnv('NODE_ENV', 'production');
});
afterAll(() => {
  vi.unstubAllEnvs();
  removeTree(folder);
});

test('after kill -9 of strata, conmon or crun nothing is left that is not true, and nothing is lost', async () => {
  const outcomes = [];
  for await (const outcome of killRandomly(folder, { kills: 12, seed: 4 })) outcomes.push(outcome);
  expect(outcomes).toHaveLength(13);
  expect(outcomes.filter(({ problems }) => problems.length > 0)).toEqual([]);
}, 300_000);
