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

async function run(bytes: number, storedBytes: number, layerBytes = DEFAULT_LIMITS.layerBytes) {
  const anomalies = createAnomalyLog();
  let passed = 0;
  const read = async (): Promise<void> => {
    const limits = { layerBytes, expansion: 2000 };
    for await (const chunk of bounded(repeat(bytes), { limits, anomalies, storedBytes, what: 'x' }))
      passed += chunk.length;
  };
  const code = await errorCode(read());
  return { code, passed, anomalies: anomalies.list.map((item) => item.code) };
}

test('layerBytes is the most that passes', async () => {
  expect(await run(5 * MiB, MiB, 5 * MiB)).toEqual({ code: '', passed: 5 * MiB, anomalies: [] });
  expect(await run(5 * MiB + 1, MiB, 5 * MiB)).toEqual({ code: 'E_LIMIT', passed: 5 * MiB, anomalies: [] });
});

test('the expansion counts beyond 1 GiB only', async () => {
  expect(await run(1024 * MiB, 1)).toEqual({ code: '', passed: 1024 * MiB, anomalies: [] });
  expect((await run(1025 * MiB, 1)).code).toBe('E_LIMIT');
  expect((await run(1025 * MiB, MiB)).anomalies).toEqual(['expansion-ratio']);
  expect((await run(1025 * MiB, 2 * MiB)).anomalies).toEqual([]);
});
