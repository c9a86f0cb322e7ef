import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { decompress } from '../../../src/io/codec/decompress.js';
import { type AnomalyLog, createAnomalyLog } from '../../../src/model/anomaly.js';
import { StrataError } from '../../../src/model/error.js';
import type { Compression } from '../../../src/model/image.js';
import { DEFAULT_LIMITS, type Limits } from '../../../src/model/limits.js';
import { needTool } from '../../helpers/tool.js';

/** Yields `bytes` in pieces of these sizes in turn, the last one for all the rest; each in a buffer of its own. */
export async function* split(
  bytes: Uint8Array,
  sizes: readonly number[] = [],
): AsyncGenerator<Uint8Array, void> {
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) return;
    await Promise.resolve();
    yield Uint8Array.from(bytes.subarray(at, at + size));
    at += size;
  }
  if (at < bytes.length) yield Uint8Array.from(bytes.subarray(at));
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Returns the code of the StrataError that `promise` ends with; any other error is thrown, none is ''. */
export async function errorCode(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return '';
  } catch (thrown) {
    if (thrown instanceof StrataError) return thrown.code;
    throw thrown;
  }
}

export interface Outcome {
  /** '' when the stream was read to its end. */
  readonly code: string;
  /** What was handed out, also before an error. */
  readonly plain: Buffer;
  readonly anomalies: AnomalyLog;
}

export interface Decoding {
  readonly sizes?: readonly number[];
  readonly limits?: Partial<Limits>;
}

/** Decodes and tells how it ended. */
export async function decode(
  bytes: Uint8Array,
  compression: Compression,
  { sizes, limits }: Decoding = {},
): Promise<Outcome> {
  const anomalies = createAnomalyLog();
  const parts: Uint8Array[] = [];
  const run = async (): Promise<void> => {
    const options = { limits: { ...DEFAULT_LIMITS, ...limits }, anomalies };
    for await (const part of decompress(split(bytes, sizes), compression, options)) parts.push(part);
  };
  const code = await errorCode(run());
  return { code, plain: Buffer.concat(parts), anomalies };
}

/** Returns what the program makes of `input`. */
export function pipe(command: string, args: readonly string[], input: Uint8Array): Buffer {
  needTool(command);
  const { status, stdout, stderr } = spawnSync(command, args, { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.toString()}`);
  return stdout;
}

/** Chunk sizes, small ones often: boundaries within headers and trailers are what goes wrong. */
export const anySizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 70_000 })),
  { maxLength: 60 },
);

/** Compressible, but not all of it: words, a run, and noise from a fixed generator. */
export function sample(bytes: number): Buffer {
  const out = Buffer.alloc(bytes, 'the quick brown fox jumps over the lazy dog; ');
  let state = 1;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    if ((i >> 12) % 3 === 1) out[i] = state >>> 24;
    else if ((i >> 12) % 7 === 2) out[i] = 0;
  }
  return out;
}
