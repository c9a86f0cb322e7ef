import { afterAll, beforeAll, expect, vi } from 'vitest';

/* Files share a process: each leaves it as it found it, or the next one would be judged by what this one did. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGWINCH', 'SIGTSTP', 'SIGCONT'] as const;

function stateOfProcess(): Readonly<Record<string, unknown>> {
  return {
    exitCode: process.exitCode,
    environment: { ...process.env },
    listeners: SIGNALS.map((signal) => `${signal} ${String(process.listenerCount(signal))}`),
    write: [process.stdout, process.stderr].map((stream): unknown => Reflect.get(stream, 'write')),
  };
}

let directory = '';
let found: Readonly<Record<string, unknown>> = {};
beforeAll(() => {
  directory = process.cwd();
  found = stateOfProcess();
});
afterAll(() => {
  process.chdir(directory);
  vi.unstubAllEnvs();
  expect(stateOfProcess()).toEqual(found);
});
