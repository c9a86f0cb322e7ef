import { availableParallelism } from 'node:os';
import type { ContentOptions } from './content.js';
import { createContentVerifier } from './content-verifier.js';

/** Bytes of content that are digested faster here than a thread starts. */
const WORTH_A_THREAD = 32 * 1024 * 1024;

/**
 * Runs `read`, which reads some `bytes` of contents with these options; when it resolves, all of them are verified. Much
 * is verified in a second thread. Throws E_DIGEST_MISMATCH and what `read` throws; no thread is left behind.
 */
export async function whileVerifying<Options extends ContentOptions>(
  bytes: number,
  options: Options,
  read: (options: Options) => Promise<void>,
): Promise<void> {
  if (bytes < WORTH_A_THREAD || availableParallelism() < 2) return read(options);
  const verifier = createContentVerifier();
  try {
    await read({ ...options, verifier });
    await verifier.settled();
  } finally {
    await verifier.close();
  }
}
