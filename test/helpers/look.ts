import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { schemaErrors } from './json-schema.js';
import { removeTree } from './remove.js';
import { type Ended, FIXTURES } from './run-command.js';

/** The demo image. */
export const DEMO = path.join(FIXTURES, 'demo.tar');

/** Everything a terminal may take for a command, and what hides text, but the line feed. */
export const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Gives the tests of a file a store and a folder of their own; returns the folder, valid inside tests. */
export function useFolder(): () => string {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'strata-look-'));
    vi.stubEnv('STRATA_STORE', path.join(folder, 'store'));
    // As bin/run.js has it: oclif warns of its own matters elsewhere.
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('LC_ALL', 'C.UTF-8');
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', undefined);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    removeTree(folder);
  });
  return () => folder;
}

/** Returns the JSON that a command printed, after its schema and its silence on stderr were checked. */
export function validJson(schema: string, ended: Pick<Ended, 'stdout'>): unknown {
  expect(ended.stdout).not.toMatch(CONTROL);
  const value: unknown = JSON.parse(ended.stdout);
  expect(schemaErrors(schema, value)).toEqual([]);
  return value;
}

/** The lines of a text, without the empty one behind the last line feed. */
export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** Takes out the colours that strata itself puts in. */
export function withoutColour(text: string): string {
  return text.replace(/\x1b\[[0-9;]*m/g, '');
}
