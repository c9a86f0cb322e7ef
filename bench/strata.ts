import { rm } from 'node:fs/promises';
import path from 'node:path';
import { run, type Run } from './measure.js';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Runs of the program as its users start it, with a store of its own. */
export interface Strata {
  readonly store: string;
  readonly run: (...argv: readonly string[]) => Promise<Run>;
  /** Forgets everything that was indexed. */
  readonly forget: () => Promise<void>;
}

/** Returns the program with its store below `scratch`. */
export function strataIn(scratch: string): Strata {
  const store = path.join(scratch, 'store');
  return {
    store,
    run: (...argv) =>
      run(process.execPath, [path.join(ROOT, 'bin/run.js'), ...argv], { STRATA_STORE: store }),
    forget: () => rm(store, { recursive: true, force: true }),
  };
}

/** What Node needs before a program does anything. */
export const node = (): Promise<Run> => run(process.execPath, ['-e', '0']);

/** The same with oclif loaded and its configuration read, as every command line of it needs. */
export const nodeWithOclif = (): Promise<Run> =>
  run(process.execPath, [
    '--input-type=module',
    '-e',
    `await import('@oclif/core/command'); const { Config } = await import('@oclif/core/config'); await Config.load(${JSON.stringify(ROOT)});`,
  ]);
