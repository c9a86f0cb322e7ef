import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { indexDirectory } from '../../../src/layers/index/index-directory.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => void process.on('unhandledRejection', note));
afterEach(() => {
  process.off('unhandledRejection', note);
  vi.unstubAllEnvs();
});

const folder = import.meta.dirname;

it('ends with its own error and no other one behind it', async () => {
  const limits = DEFAULT_LIMITS;
  await expect(indexDirectory(folder, { limits, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'E_INTERRUPTED',
  });
  await expect(indexDirectory(folder, { limits: { ...limits, entries: 1 } })).rejects.toMatchObject({
    code: 'E_LIMIT',
  });
  await expect(indexDirectory(`${folder}/absent`, { limits })).rejects.toMatchObject({
    code: 'E_UNREADABLE',
  });
  vi.stubEnv('PATH', folder);
  await expect(indexDirectory(folder, { limits })).rejects.toMatchObject({ code: 'E_TOOL_MISSING' });
  await sleep(50);
  expect(unhandled).toEqual([]);
});
