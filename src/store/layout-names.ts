import { createHash } from 'node:crypto';
import path from 'node:path';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.js';
import type { StorePaths } from './paths.js';

/** OCI image-spec 1.1, image-layout.md. */
export const LAYOUT_FILE = 'oci-layout';
export const INDEX_FILE = 'index.json';
/** Bytes of an index.json at most, a hundred thousand references, and of everything else of a layout that is read as a whole. */
export const DOCUMENT_LIMIT = 64 * 1024 * 1024;
export const LAYOUT_TEXT = '{"imageLayoutVersion":"1.0.0"}';

/** Folders of a store's root. */
export const BLOBS = 'blobs';
export const TEMPORARY = 'tmp';
export const LOCKS = 'locks';
/** The last states of index.json, each named by its SHA-256: what tells damage from change, and what repair restores. */
export const REFS = 'refs';
/** Where `fsck --repair` puts what is damaged; nothing of strata ever deletes from it. */
export const QUARANTINE = 'quarantine';
/** Plain tars of layers; see plain-layers.ts. */
export const PLAIN = 'plain';
/** Layers as directories; see unpacked-layers.ts. */
export const UNPACKED = 'unpacked';
/** One folder for each container. */
export const CONTAINERS = 'containers';
const CACHE = 'cache';

export const FOLDERS: ReadonlySet<string> = new Set([
  BLOBS,
  TEMPORARY,
  LOCKS,
  REFS,
  QUARANTINE,
  PLAIN,
  UNPACKED,
  CONTAINERS,
  CACHE,
]);

/** The lock under which index.json changes and blobs are removed. */
export const REFS_LOCK = 'refs';

/** Algorithms with a folder below `blobs`. */
export const ALGORITHMS = ['sha256', 'sha512'] as const;

/** True when the text of an oci-layout file says version 1.0.0, the only one there is. */
export function isLayoutFile(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      typeof value === 'object' &&
      value !== null &&
      'imageLayoutVersion' in value &&
      value.imageLayoutVersion === '1.0.0'
    );
  } catch {
    return false;
  }
}

/** Returns where the blob of this digest is or would be. */
export function blobPath(paths: StorePaths, digest: Digest): string {
  return path.join(paths.root, BLOBS, digestAlgorithm(digest), digestHex(digest));
}

/** Returns the name under which `refs` keeps a state of index.json. */
export function stateName(index: Uint8Array): string {
  return `${createHash('sha256').update(index).digest('hex')}.json`;
}
