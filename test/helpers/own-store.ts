import path from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import Ps from '../../src/commands/ps.js';
import Rm from '../../src/commands/rm.js';
import { linesOf } from './look.js';
import { runCommand } from './run-command.js';

/** Gives each test of a file a store of its own below `folder`, whose containers are removed after it. */
export function useOwnStore(folder: () => string): () => string {
  let stores = 0;
  let store = '';
  beforeEach(() => {
    store = path.join(folder(), `s${String((stores += 1))}`);
    vi.stubEnv('STRATA_STORE', store);
  });
  afterEach(async () => {
    const { stdout } = await runCommand(Ps, ['-aq']);
    if (stdout !== '') await runCommand(Rm, ['-f', ...linesOf(stdout)]);
  });
  return () => store;
}
