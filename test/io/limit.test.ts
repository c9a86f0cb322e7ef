import { expect, test } from 'vitest';
import { bounded } from '../../src/io/limit.js';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { errorCode } from './codec/streams.js';

const MiB = 2 ** 20;

/** The same chunk again and again. */
async function* repeat(bytes: number): AsyncGenerator<Uint8Array, void> {
  const chunk = new Uint8Array(MiB);
  for (let left = bytes; left > 0; left -= MiB) {
    await Promise.resolve();
    yield left < MiB ? chunk.subarray(0, left) : chunk;
  }
}

async function run(
  bytes: number,
  storedBytes: number,
  layerBytes = DEFAULT_LIMITS.layerBytes,
  allowance?: number,
) {
  const anomalies = createAnomalyLog();
  let passed = 0;
  const read = async (): Promise<void> => {
    const limits = { layerBytes, expansion: DEFAULT_LIMITS.expansion };
    for await (const chunk of bounded(repeat(bytes), {
      limits,
      anomalies,
      storedBytes,
      allowance,
      what: 'x',
    }))
      passed += chunk.length;
  };
  const code = await errorCode(read());
  return { code, passed, anomalies: anomalies.list.map((item) => item.code) };
}

test('layerBytes is the most that passes', async () => {
  expect(await run(5 * MiB, MiB, 5 * MiB)).toEqual({ code: '', passed: 5 * MiB, anomalies: [] });
  expect(await run(5 * MiB + 1, MiB, 5 * MiB)).toEqual({ code: 'E_LIMIT', passed: 5 * MiB, anomalies: [] });
});

test('the expansion counts beyond the allowance only', async () => {
  const free = 4096;
  expect((await run(free * MiB, 1)).code).toBe('');
  expect((await run(free * MiB + MiB, 1)).code).toBe('E_LIMIT');
  // 25 MiB stored: 200 times as much is more than the allowance.
  expect((await run(5000 * MiB, 25 * MiB)).code).toBe('');
  expect((await run(5001 * MiB, 25 * MiB)).code).toBe('E_LIMIT');
});

test('the ratio of gzip, which cannot exceed 1032:1, reaches the limit', () => {
  expect(DEFAULT_LIMITS.expansion).toBeLessThan(1000);
});

test('who writes it down may allow less', async () => {
  expect(await run(3 * MiB, 1, undefined, 2 * MiB)).toMatchObject({ code: 'E_LIMIT', passed: 2 * MiB });
});

test('a high expansion beyond 1 GiB is an anomaly', async () => {
  expect((await run(1024 * MiB, 1)).anomalies).toEqual([]);
  expect((await run(1025 * MiB, 5 * MiB)).anomalies).toEqual(['expansion-ratio']);
  expect((await run(1025 * MiB, 6 * MiB)).anomalies).toEqual([]);
});
