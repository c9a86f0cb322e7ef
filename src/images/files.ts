import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { ByteRange } from '../model/byte-range.js';
import type { Descriptor } from '../model/descriptor.js';
import { type Digest, digestAlgorithm, digestHex } from '../model/digest.js';
import type { ErrorCode } from '../model/error-codes.js';
import { fail } from '../model/error.js';
import { type JsonNode } from '../model/json.js';
import { parseJson } from '../model/json-parse.js';
import { limitHint, type Limits } from '../model/limits.js';
import { failFile } from './failure.js';

/** The named files an image is read from: a directory's, or the members of an archive. Read-only. */
export interface Files {
  /** What to call them in messages: the path as the user gave it. */
  readonly name: string;
  /**
   * Returns where the bytes of the regular file `path` are (a relative path with `/`), undefined when there is none.
   * Throws E_MANIFEST when something else than a regular file has the name.
   */
  find(path: string): Promise<ByteRange | undefined>;
}

/** Returns the path of a blob in an image layout (OCI image-spec 1.1 image-layout.md). */
export function layoutBlobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** Returns the first bytes of a range, at most `length`. Throws E_UNREADABLE. */
export function readHead(range: ByteRange, length: number): Buffer {
  return readAt(range, Math.min(length, range.length));
}

/** Returns all bytes of a small document. Throws E_LIMIT before it reads or allocates beyond `limits.json`, E_TRUNCATED. */
export function readDocument(range: ByteRange, what: string, limits: Pick<Limits, 'json'>): Buffer {
  if (range.length > limits.json)
    fail(
      'E_LIMIT',
      `reading ${what}: ${range.length} bytes, the limit for a JSON document is ${limits.json}`,
      {
        hint: limitHint('json'),
      },
    );
  const bytes = readAt(range, range.length);
  if (bytes.length < range.length)
    fail('E_TRUNCATED', `reading ${what}: ${bytes.length} bytes of ${range.length} are there`);
  return bytes;
}

/** In this thread: what a document has is read sooner than another thread is woken for it, 0.3 ms each way. */
function readAt(range: ByteRange, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  try {
    // What became a FIFO meanwhile is not waited for.
    const file = openSync(range.path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      while (filled < length) {
        const count = readSync(file, bytes, filled, length - filled, range.offset + filled);
        if (count === 0) break;
        filled += count;
      }
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    failFile(`reading '${range.path}'`, thrown);
  }
  return bytes.subarray(0, filled);
}

/** A JSON document with the bytes it was read from. */
export interface Document {
  readonly raw: Uint8Array;
  readonly root: JsonNode;
}

/** Returns the document in `range`, parsed. `code` is that of complaints about its values. */
export function readJson(range: ByteRange, what: string, limits: Limits, code: ErrorCode): Document {
  const raw = readDocument(range, what, limits);
  return { raw, root: parseJson(raw, what, limits, code) };
}

/** Returns the document of a descriptor. Throws E_BLOB_MISSING, E_SIZE_MISMATCH, E_DIGEST_MISMATCH, E_LIMIT, E_JSON. */
export async function readBlobJson(
  files: Files,
  path: string,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  kind: string,
  limits: Limits,
  code: ErrorCode,
): Promise<Document> {
  const what = `${kind} ${descriptor.digest}`;
  const range = await files.find(path);
  if (range === undefined)
    return fail('E_BLOB_MISSING', `reading ${what}: its blob is not in ${files.name}`, {
      hint: 'the image was copied incompletely; copy it again',
    });
  checkSize(range.length, descriptor.size, what);
  const document = readJson(range, what, limits, code);
  checkDigest(document.raw, descriptor.digest, what);
  return document;
}

/** Throws E_SIZE_MISMATCH unless the blob is as long as its descriptor says. */
export function checkSize(actual: number, promised: number, what: string): void {
  if (actual !== promised)
    fail('E_SIZE_MISMATCH', `reading ${what}: the blob has ${actual} bytes, its descriptor says ${promised}`);
}

/** Throws E_DIGEST_MISMATCH unless the bytes have the digest. */
function checkDigest(bytes: Uint8Array, promised: Digest, what: string): void {
  const actual = digestOf(bytes, digestAlgorithm(promised));
  if (actual !== promised) fail('E_DIGEST_MISMATCH', `reading ${what}: the bytes have digest ${actual}`);
}

/** Returns `algorithm:hex` of the bytes. */
export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
